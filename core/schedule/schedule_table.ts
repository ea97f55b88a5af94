/**
 * All schedules of all workflows, in the order in which they are to be looked
 * at.
 *
 * @module
 */
import { type Schedule, slotsKey } from "../model/triggers.ts";
import type { Workflow } from "../model/workflow.ts";
import { jitterOffset, type Judgement, judgeSchedule } from "./judge_schedule.ts";
import { pauseOf, slotCursor } from "./schedule_cursors.ts";
import type { Calendar } from "./slots.ts";
import { WakeQueue } from "./wake_queue.ts";

/** A schedule of a workflow. */
export interface ScheduleEntry {
  /** The workflow that it starts. */
  readonly workflow: Workflow;
  /** The schedule. */
  readonly schedule: Schedule;
  /** Names it among those of the workflow. */
  readonly key: string;
  /** By so much its runs begin later than their slots. */
  readonly offsetMs: number;
}

/** A schedule whose time has come, and what is to be done about it. */
export interface DueSchedule extends Pick<Judgement, "due" | "missedMs" | "cursorMs"> {
  /** The schedule. */
  readonly entry: ScheduleEntry;
}

/** What the table is brought up to date with. */
export interface TableFacts {
  /** The time. */
  readonly nowMs: number;
  /** The cursors of the store. */
  readonly cursors: ReadonlyMap<string, number>;
}

interface Slot extends ScheduleEntry {
  cursorMs: number;
  firstMs: number | undefined;
  /** Still in the queue, but no schedule of a workflow any more. */
  dropped: boolean;
}

/** All schedules, the next one first. Knows no clock. */
export class ScheduleTable {
  readonly #calendar: Calendar;
  readonly #queue = new WakeQueue<Slot>();
  readonly #slots = new Map<Workflow, readonly Slot[]>();

  /**
   * Makes one without schedules.
   *
   * @param calendar Knows when cron texts fire.
   */
  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  /** How many schedules there are. */
  get size(): number {
    let size = 0;
    for (const slots of this.#slots.values()) size += slots.length;
    return size;
  }

  /** When to look again; `undefined` when no slot will come. */
  get nextMs(): number | undefined {
    return this.#queue.nextMs;
  }

  /**
   * Takes over the schedules of these workflows and drops all others. What was
   * known before goes on where it was; what is new begins now, and what was
   * seen by an earlier process where that left off.
   *
   * @returns Cursors to keep, so that the next process knows since when a schedule has been there.
   */
  replace(workflows: readonly Workflow[], facts: TableFacts): ReadonlyMap<string, number> {
    const fresh = new Map<string, number>();
    const known = this.#cursorsByKey(facts.cursors);
    const wanted = new Set(workflows);
    for (const [workflow, slots] of this.#slots) {
      if (wanted.has(workflow)) continue;
      for (const slot of slots) slot.dropped = true;
      this.#slots.delete(workflow);
    }
    for (const workflow of wanted) {
      if (this.#slots.has(workflow) || workflow.triggers.schedules.length === 0) continue;
      this.#add(workflow, { nowMs: facts.nowMs, known, fresh });
    }
    return fresh;
  }

  /** Takes what is due and moves on behind it. */
  takeDue({ nowMs, cursors }: TableFacts): readonly DueSchedule[] {
    const due: DueSchedule[] = [];
    for (let slot = this.#queue.takeDue(nowMs); slot; slot = this.#queue.takeDue(nowMs)) {
      if (slot.dropped) continue;
      const { workflow, schedule, offsetMs, cursorMs, firstMs } = slot;
      const { paused, endedMs } = pauseOf(workflow.name, cursors);
      const isOver = firstMs !== undefined && firstMs <= endedMs;
      const judgement = judgeSchedule(schedule, {
        cursorMs: Math.max(cursorMs, endedMs),
        nowMs: nowMs - offsetMs,
        paused,
        firstMs: isOver ? undefined : firstMs,
        calendar: this.#calendar,
      });
      slot.cursorMs = judgement.cursorMs;
      this.#enqueue(slot, judgement.nextMs);
      due.push({ entry: slot, ...judgement });
    }
    return due;
  }

  /** All schedules. */
  *entries(): Generator<ScheduleEntry> {
    for (const slots of this.#slots.values()) yield* slots;
  }

  #add(
    workflow: Workflow,
    { nowMs, known, fresh }: {
      readonly nowMs: number;
      readonly known: ReadonlyMap<string, number>;
      readonly fresh: Map<string, number>;
    },
  ): void {
    const slots = workflow.triggers.schedules.map((schedule) => {
      const key = slotsKey(schedule);
      const cursor = slotCursor(workflow.name, key);
      const cursorMs = known.get(cursor) ?? nowMs;
      if (!known.has(cursor)) fresh.set(cursor, nowMs);
      const offsetMs = jitterOffset(schedule, { workflow: workflow.name, key });
      return { workflow, schedule, key, offsetMs, cursorMs, firstMs: undefined, dropped: false };
    });
    this.#slots.set(workflow, slots);
    for (const slot of slots) {
      const facts = { cursorMs: slot.cursorMs, nowMs: -Infinity, paused: false };
      this.#enqueue(
        slot,
        judgeSchedule(slot.schedule, { ...facts, calendar: this.#calendar }).nextMs,
      );
    }
  }

  #enqueue(slot: Slot, firstMs: number | undefined): void {
    slot.firstMs = firstMs;
    if (firstMs !== undefined) this.#queue.add(slot, firstMs + slot.offsetMs);
  }

  /** A workflow whose file has changed goes on where it was, also where the store is not that far yet. */
  #cursorsByKey(stored: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const known = new Map(stored);
    for (const [workflow, slots] of this.#slots) {
      for (const { key, cursorMs } of slots) {
        const cursor = slotCursor(workflow.name, key);
        known.set(cursor, Math.max(cursorMs, known.get(cursor) ?? cursorMs));
      }
    }
    return known;
  }
}
