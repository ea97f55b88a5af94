/**
 * What the author of a plugin imports.
 *
 * @example A stage kind in one file
 * ```ts
 * import { definePlugin, defineStage } from "@sluice/sluice/plugin";
 * import { z } from "zod";
 *
 * const greet = defineStage({
 *   name: "greet",
 *   keys: ["greet"],
 *   summary: "Greets somebody.",
 *   fields: { greet: z.string() },
 *   outputs: z.object({ greeted: z.string() }),
 *   execute: ({ greet }, { print }) => {
 *     print(`Hello ${greet}`);
 *     return Promise.resolve({ greeted: greet });
 *   },
 * });
 *
 * // Export it from the module that is the plugin.
 * const greeting = definePlugin({ name: "greeting", stages: [greet] });
 * console.assert(greeting.name === "greeting");
 * ```
 *
 * @module
 */
export * from "./core/plugin/caller.ts";
export {
  type AuditKind,
  type ConfiguredKind,
  defineAudit,
  defineJournal,
  defineTrace,
  type JournalKind,
  type KindDefinition,
  type KindPorts,
  type TraceKind,
  type TracePorts,
} from "./core/plugin/configured_kind.ts";
export * from "./core/plugin/define_plugin.ts";
export { defineFilter, defineFunction } from "./core/plugin/expression_part.ts";
export * from "./core/plugin/journal.ts";
export type { Permissions } from "./core/plugin/permissions.ts";
export * from "./core/plugin/plugin.ts";
export type { Json, JsonObject } from "./core/expr/json.ts";
export { FUNCTION_CODE } from "./core/plugin/isolation.ts";
export type * from "./core/plugin/isolation.ts";
export * from "./core/plugin/ports.ts";
export { PrintedLines, textOfLines } from "./core/plugin/printed_lines.ts";
export * from "./core/plugin/runner.ts";
export * from "./core/plugin/secrets.ts";
export * from "./core/plugin/sink.ts";
export * from "./core/plugin/stage_kind.ts";
export * from "./core/plugin/trigger.ts";
export type { StagePolicy } from "./core/plugin/stage_policy.ts";
export type { RedactedLines, StreamName } from "./core/plugin/redaction/redactor.ts";
export type * from "./core/model/runner_syntax.ts";
export type * from "./core/model/need.ts";
export type * from "./core/model/stage_syntax.ts";
export type * from "./core/model/trigger_syntax.ts";
export { templated } from "./core/model/templated.ts";
export type * from "./core/plan/expansion.ts";
export type { JobRule, Retry, Runner, Strategy, WrittenCount } from "./core/model/workflow.ts";
export type { Concurrency, OnOverflow, Rate, WhileWaiting } from "./core/model/concurrency.ts";
export type * from "./core/model/declared_output.ts";
export type * from "./core/plan/plan.ts";
export type * from "./core/schedule/permits.ts";
export type * from "./core/run/event.ts";
export { Datetime, type DatetimeOptions } from "./core/expr/datetime.ts";
export type * from "./core/expr/embed.ts";
export type * from "./core/expr/value.ts";
export type * from "./core/expr/evaluation_context.ts";
