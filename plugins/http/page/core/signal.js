// @ts-check
/// <reference lib="dom" />
/** @import { RunDocument } from "../../api/mod.ts" */

/**
 * @template T
 * @param {T} value
 * @returns {{ value: T }}
 */
export function signal(value) {
  return { value };
}

/** @type {RunDocument | undefined} */
export let run = undefined;

/** @param {RunDocument} one */
export function show(one) {
  document.createElement("div").textContent = one.run_id;
  run = one.foo;
}
