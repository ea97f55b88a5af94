/**
 * Shortcuts. A combination is one key or two, one after the other: `g w`.
 *
 * @module
 */
import { onEnd } from "./signal.js";

/**
 * @typedef {object} Shortcut
 * @property {string} keys
 * @property {string} what For the list of shortcuts.
 * @property {() => void} act
 */

/** Milliseconds within which the second key must follow. */
const MAX_PAUSE_MS = 1_200;

/** @type {Shortcut[]} */
const shortcuts = [];
let first = "";
let firstMs = 0;

addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  if (ctrlKey || metaKey || altKey || isTyping(target) || isModal()) return;
  const isSecond = first !== "" && event.timeStamp - firstMs < MAX_PAUSE_MS;
  const keys = isSecond ? `${first} ${key}` : key;
  const shortcut = shortcuts.findLast((known) => known.keys === keys);
  const begins = !isSecond && shortcuts.some((known) => known.keys.startsWith(`${key} `));
  first = shortcut === undefined && begins ? key : "";
  firstMs = event.timeStamp;
  if (shortcut === undefined) return;
  event.preventDefault();
  shortcut.act();
});

/**
 * Adds a shortcut, until the scope ends; the newest of the same keys counts.
 *
 * @param {string} keys
 * @param {string} what
 * @param {() => void} act
 */
// deno-lint-ignore sluice/two-parameters -- reads as a table where it is used
export function shortcut(keys, what, act) {
  const added = { keys, what, act };
  shortcuts.push(added);
  onEnd(() => {
    shortcuts.splice(shortcuts.indexOf(added), 1);
  });
}

/**
 * The shortcuts that there are here.
 *
 * @returns {readonly Shortcut[]}
 */
export function allShortcuts() {
  return [...new Map(shortcuts.map((known) => [known.keys, known])).values()];
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "range"].includes(target.type);
  }
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}

function isModal() {
  return document.querySelector("dialog[open]") !== null;
}
