/**
 * All schedules of all workflows, in the order in which they are to be looked
 * at.
 *
 * @module
 */
import { type Schedule, slotsKey } from "../model/triggers.ts";
import { jitterOffset, type Judgement, judgeSchedule } from "./judge_schedule.ts";
import { type NeverStarts, neverStarts } from "./never_starts.ts";
import { pauseOf, slotCursor } from "./schedule_cursors.ts";
import type { ScheduledWorkflow } from "./scheduled_workflow.ts";
import { type Calendar, nextSlot } from "./slots.ts";
import { WakeQueue } from "./wake_queue.ts";

/** A schedule of a workflow. */
export interface ScheduleEntry {
  /** The workflow that it starts. */
  readonly workflow: ScheduledWorkflow;
  /** The schedule. */
  readonly schedule: Schedule;
  /** By so much its runs begin later than their slots. */
  readonly offsetMs: number;
}

/** A schedule whose time has come, and what is to be done about it. */
export interface DueSchedule extends Pick<Judgement, "due" | "missed" | "cursorMs"> {
  /** The schedule. */
  readonly entry: ScheduleEntry;
}

/** A schedule whose time will come soon. */
export interface ComingSchedule {
  /** The schedule. */
  readonly entry: ScheduleEntry;
  /** Its next slot. */
  readonly slotMs: number;
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
  /** The slot behind `firstMs`, where somebody has asked for it ahead of time. */
  second: { readonly slotMs: number | undefined } | undefined;
}

/** A schedule that starts nothing, and why. */
export interface NeverEntry {
  /** The schedule. */
  readonly entry: ScheduleEntry;
  /** Why. */
  readonly why: NeverStarts;
}

interface UnplannedSlot {
  readonly slot: Slot;
  /** What slots it has: the same for all that a calendar can answer at once. */
  readonly key: string;
}

/** All schedules, the next one first. Knows no clock. */
export class ScheduleTable {
  readonly #calendar: Calendar;
  readonly #queue = new WakeQueue<Slot>();
  readonly #slots = new Map<ScheduledWorkflow, readonly Slot[]>();
  /** Those of which nobody has reckoned yet when they come. */
  #unplanned: UnplannedSlot[] = [];

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
   * seen by an earlier process where that left off. {@linkcode ScheduleTable.plan}
   * has to follow.
   *
   * @returns Cursors to keep, so that the next process knows since when a schedule has been there.
   */
  replace(
    workflows: Iterable<ScheduledWorkflow>,
    facts: TableFacts,
  ): ReadonlyMap<string, number> {
    const fresh = new Map<string, number>();
    const wanted = new Set(workflows);
    const left = this.#drop((workflow) => !wanted.has(workflow));
    for (const workflow of wanted) {
      if (this.#slots.has(workflow) || workflow.triggers.schedules.length === 0) continue;
      this.#add(workflow, { ...facts, left, fresh });
    }
    this.#unplanned.sort((one, other) => one.key < other.key ? -1 : 1);
    return fresh;
  }

  /**
   * Reckons when schedules come that are new, `count` of them at most: for ten
   * thousand it takes so long that others must have their turn in between.
   *
   * @returns Whether there are more.
   */
  plan(count: number): boolean {
    for (const { slot } of this.#unplanned.splice(-count)) {
      this.#enqueue(slot, nextSlot(slot.schedule, slot.cursorMs, { calendar: this.#calendar }));
    }
    return this.#unplanned.length > 0;
  }

  /** Those of which no slot will come and none has been decided about: they start nothing, whatever their authors think. */
  never(): readonly NeverEntry[] {
    return [...this.#slots.values()].flat().flatMap((slot) => {
      if (slot.firstMs !== undefined) return [];
      const { schedule, cursorMs } = slot;
      const why = neverStarts(schedule, { cursorMs, nowMs: cursorMs, calendar: this.#calendar });
      return why === undefined ? [] : [{ entry: slot, why }];
    });
  }

  /** Takes what is due and moves on behind it. */
  takeDue({ nowMs, cursors }: TableFacts): readonly DueSchedule[] {
    const due: DueSchedule[] = [];
    for (let slot = this.#queue.takeDue(nowMs); slot; slot = this.#queue.takeDue(nowMs)) {
      const { workflow, schedule, offsetMs, cursorMs, firstMs, second } = slot;
      const { paused, endedMs } = pauseOf(workflow.name, cursors);
      const isOver = firstMs !== undefined && firstMs <= endedMs;
      const judgement = judgeSchedule(schedule, {
        cursorMs: Math.max(cursorMs, endedMs),
        nowMs: nowMs - offsetMs,
        paused,
        ...(isOver ? {} : { firstMs, second }),
        calendar: this.#calendar,
      });
      slot.cursorMs = judgement.cursorMs;
      this.#enqueue(slot, judgement.nextMs);
      due.push({ entry: slot, ...judgement });
    }
    return due;
  }

  /**
   * The slots that come up to a moment, `most` of them at most. What has to be
   * reckoned when they do is reckoned now.
   */
  upcoming(untilMs: number, { most }: { readonly most: number }): readonly ComingSchedule[] {
    const found: ComingSchedule[] = [];
    for (const slot of this.#queue.until(untilMs)) {
      const { schedule, firstMs } = slot;
      if (firstMs === undefined) continue;
      slot.second ??= { slotMs: nextSlot(schedule, firstMs, { calendar: this.#calendar }) };
      found.push({ entry: slot, slotMs: firstMs });
      if (found.length >= most) break;
    }
    return found;
  }

  /** Drops workflows; what is left of them is how far they have come. */
  #drop(isGone: (workflow: ScheduledWorkflow) => boolean): ReadonlyMap<string, number> {
    const left = new Map<string, number>();
    for (const [workflow, slots] of this.#slots) {
      if (!isGone(workflow)) continue;
      this.#slots.delete(workflow);
      for (const { schedule, cursorMs } of slots) {
        left.set(slotCursor(workflow.name, slotsKey(schedule)), cursorMs);
      }
    }
    if (left.size === 0) return left;
    this.#queue.drop(({ workflow }) => !this.#slots.has(workflow));
    this.#unplanned = this.#unplanned.filter(({ slot }) => this.#slots.has(slot.workflow));
    return left;
  }

  #add(
    workflow: ScheduledWorkflow,
    { nowMs, cursors, left, fresh }: TableFacts & {
      readonly left: ReadonlyMap<string, number>;
      readonly fresh: Map<string, number>;
    },
  ): void {
    const slots: Slot[] = [];
    for (const schedule of workflow.triggers.schedules) {
      const key = slotsKey(schedule);
      const cursor = slotCursor(workflow.name, key);
      const stored = cursors.get(cursor);
      const known = left.get(cursor) ?? stored;
      if (known === undefined) fresh.set(cursor, nowMs);
      const slot: Slot = {
        ...{ workflow, schedule },
        offsetMs: jitterOffset(schedule, { workflow: workflow.name, key }),
        // A workflow whose file has changed goes on where it was, also where the store is not that far yet.
        cursorMs: Math.max(known ?? nowMs, stored ?? -Infinity),
        ...{ firstMs: undefined, second: undefined },
      };
      slots.push(slot);
      this.#unplanned.push({ slot, key });
    }
    this.#slots.set(workflow, slots);
  }

  #enqueue(slot: Slot, firstMs: number | undefined): void {
    slot.firstMs = firstMs;
    slot.second = undefined;
    if (firstMs !== undefined) this.#queue.add(slot, firstMs + slot.offsetMs);
  }
}
