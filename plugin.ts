/**
 * What the author of a plugin imports.
 *
 * @example A stage kind in one file
 * ```ts
 * import { defineStage, type Plugin } from "@sluice/sluice/plugin";
 * import { z } from "zod";
 *
 * export function greeting(): Plugin {
 *   const greet = defineStage({
 *     name: "greet",
 *     keys: ["greet"],
 *     summary: "Greets somebody.",
 *     fields: { greet: z.string() },
 *     execute: ({ greet }, { print }) => {
 *       print(`Hello ${greet}`);
 *       return Promise.resolve({ greeted: greet });
 *     },
 *   });
 *   return { name: "greeting", stages: [greet] };
 * }
 * ```
 *
 * @module
 */
export * from "./core/plugin/caller.ts";
export * from "./core/plugin/journal.ts";
export * from "./core/plugin/plugin.ts";
export * from "./core/plugin/ports.ts";
export * from "./core/plugin/sink.ts";
export * from "./core/plugin/stage_kind.ts";
export type * from "./core/model/stage_syntax.ts";
export { templated } from "./core/model/templated.ts";
export type * from "./core/plan/expansion.ts";
export type { JobRule, Retry, Runner, Strategy, WrittenCount } from "./core/model/workflow.ts";
export type * from "./core/plan/plan.ts";
export type * from "./core/run/event.ts";
export { Datetime, type DatetimeOptions } from "./core/expr/datetime.ts";
export type * from "./core/expr/embed.ts";
export type * from "./core/expr/value.ts";
export type * from "./core/expr/evaluation_context.ts";
