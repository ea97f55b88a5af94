/**
 * What a trigger is: something in the world that starts workflows, besides
 * schedules and other workflows.
 *
 * @module
 */
import type { z } from "zod";
import type { ValueObject } from "../expr/value.ts";
import type { TriggerSyntax } from "../model/trigger_syntax.ts";
import type { Clock, Host } from "./ports.ts";

/** A trigger of one workflow that is being watched. */
export interface WatchedTrigger<Options = unknown> {
  /** The workflow that it starts. */
  readonly workflow: string;
  /** What is written under the trigger's key. */
  readonly options: Options;
  /** What happened before this moment is past, in epoch milliseconds: nobody had written the trigger yet, or a scheduler before this one has seen to it. */
  readonly sinceMs: number;
}

/** Something that happened, for which a run is to start. */
export interface Occurrence {
  /**
   * What happened, in a text that nothing else has and that stays the same
   * whoever sees it: the run's id follows from it, so that one occurrence makes
   * one run, over restarts and over any number of schedulers.
   */
  readonly key: string;
  /** When it happened, in epoch milliseconds: what the run stands for. */
  readonly atMs: number;
  /** The parameters of the run. @default none */
  readonly params?: ValueObject;
}

/** What a watcher works with. */
export interface TriggerContext<Options = unknown> {
  /** The machine. */
  readonly host: Host;
  /** Time. */
  readonly clock: Clock;
  /** Aborted when nobody wants to know any more. */
  readonly signal: AbortSignal;
  /**
   * Tells that something happened. It need not be new: what has a run already
   * starts no other. Occurrences of one trigger are told in the order of their times.
   */
  fire(trigger: WatchedTrigger<Options>, occurrence: Occurrence): void;
  /** Tells that what happened up to a moment starts nothing, so that nobody looks at it again after a restart. */
  pass(trigger: WatchedTrigger<Options>, untilMs: number): void;
  /** Tells people what goes wrong. */
  warn(message: string): void;
}

/** Watches all triggers of one kind. */
export interface TriggerWatcher<Options = unknown> {
  /**
   * Looks at what has happened. Called again and again, never twice at once,
   * with the triggers that there are now: one that stays is the same object as
   * before. What throws is told to people, and the look is repeated.
   *
   * @returns When to look again, in epoch milliseconds; `Infinity` for one that is told of everything.
   */
  look(triggers: readonly WatchedTrigger<Options>[]): Promise<number>;
}

/** A kind of trigger. */
export interface TriggerKind<Options = unknown> extends TriggerSyntax {
  /** Begins to watch; nothing is looked at yet. A kind without it is served by somebody else, as webhooks are by the endpoint. */
  watch?(context: TriggerContext<Options>): TriggerWatcher<Options>;
}

/**
 * Defines a kind of trigger, with the type of its options taken from its fields.
 *
 * @example A new day
 * ```ts
 * import { defineTrigger } from "@sluice/sluice/plugin";
 * import { z } from "zod";
 *
 * const DAY_MS = 86_400_000;
 *
 * const newDay = defineTrigger({
 *   name: "new_day",
 *   summary: "A day has begun in UTC.",
 *   fields: { greeting: z.string() },
 *   watch: ({ clock, fire }) => ({
 *     look: (triggers) => {
 *       const today = Math.floor(clock.now() / DAY_MS) * DAY_MS;
 *       for (const trigger of triggers) {
 *         if (trigger.sinceMs > today) continue;
 *         const params = { greeting: trigger.options.greeting };
 *         fire(trigger, { key: String(today), atMs: today, params });
 *       }
 *       return Promise.resolve(today + DAY_MS);
 *     },
 *   }),
 * });
 * console.assert(newDay.name === "new_day");
 * ```
 */
export function defineTrigger<Shape extends z.ZodRawShape>(
  kind: Omit<TriggerKind<z.infer<z.ZodObject<Shape>>>, "fields"> & { readonly fields: Shape },
): TriggerKind<z.infer<z.ZodObject<Shape>>> {
  return kind;
}
