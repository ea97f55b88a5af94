/**
 * How many runs may go on at once: groups that workflows share by name.
 *
 * @module
 */
import { z } from "zod";
import { MAX_DURATION_MS, parseDuration } from "../expr/duration.ts";

/** The most runs of one group that may go on at once. */
export const MAX_GROUP_LIMIT = 10_000;

/** The longest name of a group. */
export const MAX_GROUP_NAME_LENGTH = 200;

/** The greatest priority, and the smallest below zero. */
export const MAX_PRIORITY = 1_000;

/** What becomes of a run for which its group has no room. */
export type OnOverflow = "queue" | "skip" | "cancel-oldest" | "cancel-newest";

/** What a run does with its permit while it only waits: give it back until then, or keep it. */
export type WhileWaiting = "yield" | "hold";

/** How many may begin within a time. */
export interface Rate {
  /** So many. */
  readonly count: number;
  /** Within so many milliseconds. */
  readonly perMs: number;
}

/** What a group allows; what is not there is said by the settings, or else 1 and no rate. */
export interface GroupLimits {
  /** How many runs may go on at once. */
  readonly limit?: number;
  /** How many may begin within a time. */
  readonly rate?: Rate;
}

/** The group of a workflow's runs. */
export interface Concurrency extends GroupLimits {
  /** Its name, or a template over `params`; absent means the workflow's name. */
  readonly group?: string;
  /** What becomes of a run for which there is no room. @default "queue" */
  readonly onOverflow?: OnOverflow;
  /** Higher ones go first. @default 0 */
  readonly priority?: number;
  /** Whether a run that only waits for a retry lets others go on meanwhile. @default "yield" */
  readonly whileWaiting?: WhileWaiting;
}

/** How `concurrency` is written: the name of a group, or a mapping. */
export function concurrencySchema(): z.ZodType<Concurrency> {
  const written = z.strictObject({
    group: groupName().optional(),
    ...limitsShape(),
    "on-overflow": z.enum(["queue", "skip", "cancel-oldest", "cancel-newest"]).optional(),
    "cancel-in-progress": z.boolean().optional(),
    priority: z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY).optional(),
    "while-waiting": z.enum(["yield", "hold"]).optional(),
  }).refine((entry) => !("on-overflow" in entry && "cancel-in-progress" in entry), {
    error:
      '"on-overflow" and "cancel-in-progress" say the same; write "on-overflow: cancel-oldest"',
    path: ["cancel-in-progress"],
  });
  return z.union([groupName(), written]).transform((entry): Concurrency => {
    if (typeof entry === "string") return { group: entry };
    const { group, limit, rate, priority } = entry;
    const whileWaiting = entry["while-waiting"];
    const onOverflow = entry["on-overflow"] ?? (entry["cancel-in-progress"] && "cancel-oldest");
    return {
      ...(group !== undefined && { group }),
      ...(limit !== undefined && { limit }),
      ...(rate && { rate }),
      ...(onOverflow && { onOverflow }),
      ...(priority !== undefined && { priority }),
      ...(whileWaiting && { whileWaiting }),
    };
  });
}

/** How the settings write what holds for all runs. */
export function concurrencySettingsSchema(): z.ZodType<ConcurrencySettings> {
  return z.strictObject({
    ...limitsShape(),
    groups: z.record(groupName(), z.strictObject(limitsShape())).optional(),
  }).transform(({ groups = {}, ...all }) => ({
    all: present(all),
    groups: new Map(Object.entries(groups).map(([name, limits]) => [name, present(limits)])),
  }));
}

/** What holds for all runs of a store. */
export interface ConcurrencySettings {
  /** For all runs together; without a limit there is none. */
  readonly all: GroupLimits;
  /** For groups by name, where a workflow says nothing. */
  readonly groups: ReadonlyMap<string, GroupLimits>;
}

/** No limit but those of the workflows themselves. */
export const NO_LIMITS: ConcurrencySettings = { all: {}, groups: new Map() };

function limitsShape() {
  return {
    limit: z.int().min(1).max(MAX_GROUP_LIMIT).optional(),
    rate: rateSchema().optional(),
  };
}

function groupName() {
  return z.string().min(1).max(MAX_GROUP_NAME_LENGTH);
}

const RATE = /^(\d{1,6})\s*(?:per|\/)\s*(\S+)$/;

/** `10 per 1m`, `10/m`. */
function rateSchema(): z.ZodType<Rate, string> {
  return z.string().transform((written, context) => {
    const [, count = "0", per = ""] = RATE.exec(written.trim()) ?? [];
    const perMs = parseDuration(/^\d/.test(per) ? per : `1${per}`);
    if (Number(count) > 0 && perMs) return { count: Number(count), perMs };
    const days = MAX_DURATION_MS / 86_400_000;
    const message = `A rate is a number within a time of at most ${days} days: "10 per 1m"`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function present(
  { limit, rate }: { readonly limit?: number | undefined; readonly rate?: Rate | undefined },
): GroupLimits {
  return { ...(limit !== undefined && { limit }), ...(rate && { rate }) };
}
