/**
 * JSON that folds. What is folded has not been made yet, so that large values
 * cost nothing before somebody opens them.
 *
 * @module
 */
import { h } from "../core/dom.js";

/** So many entries are shown at once. */
const MAX_ENTRIES = 200;
/** So many characters of a text are shown at once. */
const MAX_TEXT = 400;
/** Folded where they stand deeper. */
const OPEN_DEPTH = 2;

/**
 * A value.
 *
 * @param {unknown} value
 * @param {{ name?: string, depth?: number }} [options]
 * @returns {HTMLElement}
 */
export function jsonView(value, { name, depth = 0 } = {}) {
  const label = name === undefined ? null : h("span", { class: "json-key" }, `${name}: `);
  if (typeof value !== "object" || value === null) {
    return h("div", { class: "json-line" }, label, scalar(value));
  }
  const entries = Object.entries(value);
  const isList = Array.isArray(value);
  if (entries.length === 0) {
    return h("div", { class: "json-line" }, label, h("span", {}, isList ? "[ ]" : "{ }"));
  }
  const size = isList ? `[${entries.length}]` : `{${entries.length}}`;
  const inside = h("div", { class: "json-inside" });
  const details = h(
    "details",
    { class: "json", open: depth < OPEN_DEPTH, ontoggle: () => fill() },
    h("summary", {}, label, h("span", { class: "soft" }, size)),
    inside,
  );
  const fill = () => {
    if (details.open && inside.childNodes.length === 0) showEntries(inside, { entries, depth });
  };
  fill();
  return details;
}

/**
 * @param {HTMLElement} inside
 * @param {{ entries: readonly (readonly [string, unknown])[], depth: number }} what
 */
function showEntries(inside, { entries, depth }) {
  for (const [name, value] of entries.slice(0, MAX_ENTRIES)) {
    inside.append(jsonView(value, { name, depth: depth + 1 }));
  }
  const rest = entries.slice(MAX_ENTRIES);
  if (rest.length === 0) return;
  const more = h("button", {
    type: "button",
    onclick: () => {
      more.remove();
      showEntries(inside, { entries: rest, depth });
    },
  }, `Show ${Math.min(MAX_ENTRIES, rest.length)} of ${rest.length} more`);
  inside.append(more);
}

/** @param {unknown} value */
function scalar(value) {
  if (typeof value !== "string") return h("span", { class: `json-${typeof value}` }, String(value));
  if (value.length <= MAX_TEXT) return h("span", { class: "json-string" }, JSON.stringify(value));
  const shown = h("span", { class: "json-string" }, JSON.stringify(value.slice(0, MAX_TEXT)));
  const more = h("button", {
    type: "button",
    onclick: () => {
      shown.textContent = JSON.stringify(value);
      more.remove();
    },
  }, `… ${value.length - MAX_TEXT} more characters`);
  return h("span", {}, shown, more);
}
