/**
 * Decides which slots of a schedule start runs now, which have passed for
 * good, and when to look again.
 *
 * @module
 */
import { sha256Hex } from "../expr/sha256.ts";
import type { Schedule } from "../model/triggers.ts";
import type { SlotRange } from "./missed_slots.ts";
import { type Calendar, nextSlot, previousSlot } from "./slots.ts";

/** A slot that begins within this is on time; what is older has to be caught up with, or is missed. */
export const ON_TIME_MS = 60_000;

/** The most slots of one schedule that are caught up with; the newest are. */
export const MAX_CATCH_UP_SLOTS = 1_000;

/** What is known of a schedule. */
export interface ScheduleFacts {
  /** Slots up to here have been decided. */
  readonly cursorMs: number;
  /** The time, on the schedule's own clock: behind by its {@linkcode jitterOffset}. */
  readonly nowMs: number;
  /** Whether it is to start nothing. */
  readonly paused: boolean;
  /** The first slot behind the cursor, where it is known already. */
  readonly firstMs?: number | undefined;
  /** The slot after that one, where it is known already; `undefined` inside when there is none. */
  readonly second?: { readonly slotMs: number | undefined } | undefined;
  /** Knows when cron texts fire. */
  readonly calendar: Calendar;
}

/** What is to be done about a schedule. */
export interface Judgement {
  /** The slots that are to start runs, oldest first. */
  readonly due: readonly number[];
  /** The slots that passed and neither start a run nor are stood in for by a newer one. */
  readonly missed?: SlotRange;
  /** Slots up to here are decided by this. */
  readonly cursorMs: number;
  /** The first slot that is not: when to look again. `undefined` when none will come. */
  readonly nextMs: number | undefined;
}

/**
 * Judges a schedule. Of several slots that have come since it was last looked
 * at only the newest can be on time; the policy says what becomes of the others.
 */
export function judgeSchedule(schedule: Schedule, facts: ScheduleFacts): Judgement {
  const { cursorMs, nowMs, paused, calendar } = facts;
  const firstMs = facts.firstMs ?? nextSlot(schedule, cursorMs, { calendar });
  if (firstMs === undefined || firstMs > nowMs) return { due: [], cursorMs, nextMs: firstMs };
  // Almost always one slot has come, and this finds the next one as well.
  const secondMs = facts.second === undefined
    ? nextSlot(schedule, firstMs, { calendar })
    : facts.second.slotMs;
  const isOnly = secondMs === undefined || secondMs > nowMs;
  const lastMs = isOnly ? firstMs : previousSlot(schedule, nowMs + 1, { calendar }) ?? firstMs;
  const nextMs = isOnly ? secondMs : nextSlot(schedule, nowMs, { calendar });
  if (paused) return { due: [], cursorMs: lastMs, nextMs };
  return { ...chosenSlots(schedule, { ...facts, firstMs, lastMs }), cursorMs: lastMs, nextMs };
}

interface Passed extends ScheduleFacts {
  readonly firstMs: number;
  readonly lastMs: number;
}

function chosenSlots(schedule: Schedule, passed: Passed): Pick<Judgement, "due" | "missed"> {
  const { firstMs, lastMs, nowMs, calendar } = passed;
  const { catchUp, catchUpWindowMs } = schedule.policy;
  const isOnTime = nowMs - lastMs <= ON_TIME_MS;
  switch (catchUp) {
    case "none": {
      if (!isOnTime) return { due: [], missed: { firstMs, lastMs } };
      const before = firstMs === lastMs ? undefined : previousSlot(schedule, lastMs, { calendar });
      return {
        due: [lastMs],
        ...(before === undefined ? {} : { missed: { firstMs, lastMs: before } }),
      };
    }
    case "latest":
      return isOnTime || nowMs - lastMs <= catchUpWindowMs
        ? { due: [lastMs] }
        : { due: [], missed: { firstMs, lastMs } };
    case "all":
      return allSlots(schedule, { ...passed, oldestMs: nowMs - catchUpWindowMs });
    default:
      return catchUp satisfies never;
  }
}

/** Backwards from the newest, so that a long absence costs no more than what is caught up with. */
function allSlots(
  schedule: Schedule,
  { firstMs, lastMs, oldestMs, nowMs, calendar }: Passed & { readonly oldestMs: number },
): Pick<Judgement, "due" | "missed"> {
  const due: number[] = [];
  let slot: number | undefined = lastMs;
  while (slot !== undefined && slot >= firstMs) {
    const isOnTime = nowMs - slot <= ON_TIME_MS;
    if (due.length === MAX_CATCH_UP_SLOTS || (slot < oldestMs && !isOnTime)) {
      return { due: due.reverse(), missed: { firstMs, lastMs: slot } };
    }
    due.push(slot);
    slot = previousSlot(schedule, slot, { calendar });
  }
  return { due: due.reverse() };
}

/** A part of its jitter by which a schedule is always late: the same on every machine, another for each schedule. */
export function jitterOffset(
  { policy: { jitterMs } }: Schedule,
  { workflow, key }: { readonly workflow: string; readonly key: string },
): number {
  if (jitterMs === 0) return 0;
  const share = parseInt(sha256Hex(`${workflow}\n${key}`).slice(0, 8), 16) / 2 ** 32;
  return Math.floor(share * jitterMs);
}
