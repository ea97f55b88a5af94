/**
 * Where the reader is: everything behind the `#`, so that any server and any
 * path will do.
 *
 * @module
 */
import { signal } from "./signal.js";

/**
 * A place: `#/runs/42?part=load` has the path `["runs", "42"]`.
 *
 * @typedef {object} Place
 * @property {readonly string[]} path
 * @property {URLSearchParams} query
 */

/** Where the reader is. */
export const place = signal(placeOf(location.hash));

addEventListener("hashchange", () => {
  place.value = placeOf(location.hash);
});

/**
 * The address of a place; its parts may hold any sign.
 *
 * @param {readonly string[]} path
 * @param {Readonly<Record<string, string | null | undefined>>} [query]
 * @returns {string}
 */
export function hrefOf(path, query = {}) {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) said.set(name, value);
  const tail = said.size === 0 ? "" : `?${said}`;
  return `#/${path.map(encodeURIComponent).join("/")}${tail}`;
}

/**
 * Goes somewhere.
 *
 * @param {readonly string[]} path
 * @param {Readonly<Record<string, string | null | undefined>>} [query]
 */
export function go(path, query = {}) {
  location.hash = hrefOf(path, query);
}

/**
 * Changes what is asked of this place, without a step in the history.
 *
 * @param {Readonly<Record<string, string | null | undefined>>} changes
 */
export function ask(changes) {
  const { path, query } = place.peek();
  const href = hrefOf(path, { ...Object.fromEntries(query), ...changes });
  history.replaceState(null, "", href);
  place.value = placeOf(href);
}

/**
 * @param {string} hash
 * @returns {Place}
 */
function placeOf(hash) {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return {
    path: path.split("/").filter((part) => part !== "").map(decoded),
    query: new URLSearchParams(query),
  };
}

/** @param {string} part */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // Somebody typed it; it is not found under this name either.
  }
}
