/**
 * Sluice: a workflow engine for Deno and Bun.
 *
 * @example Run a workflow of the conf folder
 * ```ts no-eval
 * import { Workflow } from "@sluice/sluice";
 *
 * const workflow = await Workflow.fromConf("city-weather");
 * const result = await workflow.execute({ unit: "celsius" });
 * console.log(result.status, result.errors);
 * ```
 *
 * @module
 */
export * from "./core/engine/errors.ts";
export * from "./core/engine/result.ts";
export type { AuditOptions, StartOptions } from "./core/engine/engine.ts";
export { Engine } from "./core/engine/engine.ts";
export type { RunHandle } from "./core/engine/run_handle.ts";
export type { ExecuteOptions, ReleaseOptions } from "./core/engine/workflow.ts";
export { ReleaseType } from "./core/engine/workflow.ts";
export type { ConfFolder, ConfListing } from "./core/engine/conf_folder.ts";
export type { Settings } from "./core/engine/settings.ts";
export { Datetime } from "./core/expr/datetime.ts";
export type { Value, ValueObject, View } from "./core/expr/value.ts";
export type { Diagnostic, Severity } from "./core/source/diagnostic.ts";
export type { Place, Position, Span } from "./core/source/span.ts";
export type { RunEvent } from "./core/run/event.ts";
export type { Status } from "./core/run/status.ts";
export { type CheckedFile, type OpenOptions, openSluice, type Sluice } from "./preset.ts";
export { type FromConfOptions, Workflow } from "./workflow.ts";
export { VERSION } from "./version.ts";
