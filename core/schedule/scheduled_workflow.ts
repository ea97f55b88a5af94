/**
 * What a scheduler keeps of a workflow: what tells when it starts. The rest is
 * loaded when that comes.
 *
 * @module
 */
import type { CronFields } from "../model/cron_text.ts";
import type { SchedulePolicy } from "../model/schedule_policy.ts";
import type { Schedule, Triggers } from "../model/triggers.ts";

/** A workflow that starts by itself. */
export interface ScheduledWorkflow {
  /** Its name. */
  readonly name: string;
  /** The file that it comes from. */
  readonly file: string;
  /** What the file held: what is right now is not ended by a file that is broken later. */
  readonly text: string;
  /** What starts it. */
  readonly triggers: Triggers;
}

/** So many different parts are remembered, to be found again. */
export const MAX_POOLED = 10_000;

/**
 * Makes what is alike one object: of ten thousand schedules most have the same
 * policy, zone and hours, and where they stand in a file is nobody's concern
 * once they were found to be right.
 */
export class TriggerPool {
  readonly #texts = new Map<string, string>();
  readonly #policies = new Map<string, SchedulePolicy>();
  readonly #fields = new Map<string, CronFields>();

  /** The same triggers, of parts that others have as well. */
  pooled({ schedules, releases, others, manual, policy }: Triggers): Triggers {
    return {
      schedules: schedules.length === 0 ? NONE : schedules.map((it) => this.#schedule(it)),
      releases: releases.length === 0 ? NONE : releases.map((it) => ({ ...it, path: NONE })),
      others: others.length === 0 ? NONE : others.map((it) => ({ ...it, path: NONE })),
      manual,
      policy: this.#policy(policy),
    };
  }

  /** Forgets what it knows; what was made of it stays as it is. */
  clear(): void {
    for (const known of [this.#texts, this.#policies, this.#fields]) known.clear();
  }

  #schedule(schedule: Schedule): Schedule {
    const { params } = schedule;
    const common = {
      text: this.#text(schedule.text),
      timezone: this.#text(schedule.timezone),
      policy: this.#policy(schedule.policy),
      params: Object.keys(params).length === 0 ? NOTHING : params,
      path: NONE,
    };
    if (schedule.type !== "cron") return { ...schedule, ...common };
    return {
      ...schedule,
      ...common,
      cron: this.#text(schedule.cron),
      fields: this.#cron(schedule.fields),
    };
  }

  #cron(fields: CronFields): CronFields {
    const key = Object.values(fields).join(" ");
    const { second, minute, hour, day, month, weekday, year } = fields;
    return remembered(this.#fields, key, () => ({
      second: this.#text(second),
      minute: this.#text(minute),
      hour: this.#text(hour),
      day: this.#text(day),
      month: this.#text(month),
      weekday: this.#text(weekday),
      year: this.#text(year),
    }));
  }

  #policy(policy: SchedulePolicy): SchedulePolicy {
    const { catchUp, catchUpWindowMs, overlap, jitterMs } = policy;
    const key = `${catchUp} ${catchUpWindowMs} ${overlap} ${jitterMs}`;
    return remembered(this.#policies, key, () => policy);
  }

  #text(text: string): string {
    return remembered(this.#texts, text, () => text);
  }
}

const NONE: readonly never[] = [];
const NOTHING = {};

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  if (known.size >= MAX_POOLED) known.clear();
  known.set(key, made);
  return made;
}
