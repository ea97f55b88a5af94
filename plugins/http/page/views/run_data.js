/**
 * What went into a run and what came out of it.
 *
 * @module
 */
/** @import { RunOutputs } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
/** @import { LiveRun } from "./live_run.js" */
import { request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { emptyState, loaded } from "../parts/states.js";
import { jsonView } from "../parts/json_view.js";

/** Outputs are looked for so deep. */
const MAX_DEPTH = 12;

/**
 * Inputs and outputs.
 *
 * @param {LiveRun} run
 * @returns {Child}
 */
export function runData(run) {
  /** @type {import("../core/api.js").Resource<RunOutputs>} */
  const outputs = resource((signal) => {
    run.detail.value?.status; // Once more when it has ended.
    return request(["runs", run.id, "outputs"], { query: { at: run.at.value }, signal });
  });
  return [
    h("h2", {}, "Inputs"),
    () => jsonOr(run.detail.value?.params ?? {}, "It was started without parameters"),
    h("h2", {}, "Outputs"),
    loaded(outputs, ({ context }) => [
      jsonOr(outputsIn(context["jobs"]), "No stage has left any outputs"),
      h("details", {}, h("summary", {}, "All that expressions see"), jsonView(context)),
    ]),
  ];
}

/**
 * All outputs there are, by where they were left: `load.stages.fetch`.
 *
 * @param {unknown} value
 * @returns {Readonly<Record<string, unknown>>}
 */
export function outputsIn(value) {
  /** @type {Map<string, unknown>} */
  const found = new Map();
  collect(value, { path: [], found });
  return Object.fromEntries(found);
}

/**
 * @param {unknown} value
 * @param {{ path: readonly string[], found: Map<string, unknown> }} into
 */
function collect(value, { path, found }) {
  if (typeof value !== "object" || value === null || path.length > MAX_DEPTH) return;
  for (const [name, inner] of Object.entries(value)) {
    if (name !== "outputs") collect(inner, { path: [...path, name], found });
    else if (typeof inner === "object" && inner !== null && Object.keys(inner).length > 0) {
      found.set(path.join("."), inner);
    }
  }
}

/**
 * @param {Readonly<Record<string, unknown>>} value
 * @param {string} otherwise
 */
function jsonOr(value, otherwise) {
  return Object.keys(value).length === 0
    ? emptyState(otherwise)
    : h("div", { class: "json-frame" }, jsonView(value));
}
