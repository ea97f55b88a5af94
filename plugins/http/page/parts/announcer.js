/**
 * What screen readers are told, and short notes that everybody sees.
 *
 * @module
 */
/** @import { Signal } from "../core/signal.js" */
import { h } from "../core/dom.js";
import { signal } from "../core/signal.js";

/** @typedef {{ readonly text: string, readonly kind: string }} Note */

/** Milliseconds that a note stays. */
const NOTE_MS = 6_000;

const spoken = signal("");
/** @type {Signal<readonly Note[]>} */
const notes = signal([]);

/**
 * Tells screen readers, as soon as they have nothing better to say.
 *
 * @param {string} text
 */
export function announce(text) {
  spoken.value = text;
}

/**
 * Shows a note for a while.
 *
 * @param {string} text
 * @param {"info" | "error"} [kind]
 */
export function note(text, kind = "info") {
  const added = { text, kind };
  notes.value = [...notes.peek(), added];
  setTimeout(() => {
    notes.value = notes.peek().filter((known) => known !== added);
  }, NOTE_MS);
}

/**
 * Where they appear.
 *
 * @returns {HTMLElement}
 */
export function announcer() {
  return h(
    "div",
    {},
    h("div", { class: "unseen", role: "status" }, () => spoken.value),
    h(
      "div",
      { class: "notes", role: "alert" },
      () => notes.value.map(({ text, kind }) => h("p", { class: `note is-${kind}` }, text)),
    ),
  );
}
