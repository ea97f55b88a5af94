/**
 * What stands where there is nothing to show: not yet, not at all, or because
 * something went wrong.
 *
 * @module
 */
/** @import { Child } from "../core/child.ts" */
/** @import { Resource } from "../core/api.js" */
import { h } from "../core/dom.js";

/**
 * What a resource holds, once it is there.
 *
 * @template {object} T
 * @param {Resource<T>} resource
 * @param {(value: T) => Child} render
 * @returns {() => Child}
 */
export function loaded({ value, error, reload }, render) {
  return () => {
    if (error.value !== undefined) return problemBox(error.value, reload);
    return value.value === undefined
      ? h("p", { class: "loading" }, "Loading …")
      : render(value.value);
  };
}

/**
 * Why something is not here.
 *
 * @param {Error} error
 * @param {() => void} [retry]
 * @returns {HTMLElement}
 */
export function problemBox(error, retry) {
  const again = retry === undefined
    ? null
    : h("button", { type: "button", onclick: () => retry() }, "Try again");
  return h("div", { class: "problem", role: "alert" }, h("p", {}, error.message), again);
}

/**
 * There is nothing, and this is what to do.
 *
 * @param {string} title
 * @param {...Child} advice
 * @returns {HTMLElement}
 */
export function emptyState(title, ...advice) {
  return h("div", { class: "empty" }, h("p", { class: "strong" }, title), h("p", {}, advice));
}
