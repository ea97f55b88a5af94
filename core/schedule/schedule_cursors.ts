/**
 * What the scheduler remembers between two processes, as cursors of the store:
 * each of them only moves on, so that two schedulers cannot set one another back.
 *
 * @module
 */

/** What all keys begin with. */
export const SCHEDULE_CURSORS = "schedule/";

/** What the cursors of slots begin with. */
export const SLOT_CURSORS: string = `${SCHEDULE_CURSORS}slot/`;

/** What the cursors of followed workflows begin with. */
export const FOLLOWED_CURSORS: string = `${SCHEDULE_CURSORS}followed/`;

/** What the cursors of triggers begin with. */
export const WATCHED_CURSORS: string = `${SCHEDULE_CURSORS}watched/`;

/** Slots of a schedule up to here have been decided, and their runs begun. */
export function slotCursor(workflow: string, key: string): string {
  return `${SLOT_CURSORS}${encoded(workflow)}/${encoded(key)}`;
}

/** What the cursors of missed slots begin with. */
export const MISSED_CURSORS: string = `${SCHEDULE_CURSORS}missed`;

/** The newest slot of a schedule that was missed. */
export function missedCursor(workflow: string, key: string): string {
  return `${MISSED_CURSORS}/${encoded(workflow)}/${encoded(key)}`;
}

/** The first of the slots up to that one that were missed one after another. */
export function missedSinceCursor(workflow: string, key: string): string {
  return `${MISSED_CURSORS}-since/${encoded(workflow)}/${encoded(key)}`;
}

/** Runs of another workflow that ended up to here have been followed. */
export function followedCursor(workflow: string, followed: string): string {
  return `${FOLLOWED_CURSORS}${encoded(workflow)}/${encoded(followed)}`;
}

/** What a trigger tells of up to here has been decided. */
export function watchedCursor(workflow: string, trigger: string): string {
  return `${WATCHED_CURSORS}${encoded(workflow)}/${encoded(trigger)}`;
}

/** What the cursors that say who is paused begin with. */
export const PAUSE_CURSORS: string = `${SCHEDULE_CURSORS}pause/`;

/** What those of one workflow begin with. */
export function pauseCursors(workflow: string): string {
  return `${PAUSE_CURSORS}${encoded(workflow)}/`;
}

/** Since when a workflow is paused, and until when it was. */
export interface Pause {
  /** Whether it is paused now. */
  readonly paused: boolean;
  /** The last pause ended here: slots up to then are no concern any more. 0 when there was none. */
  readonly endedMs: number;
}

/** Whether a workflow is paused: while its last pause is later than its last resumption. */
export function pauseOf(workflow: string, cursors: ReadonlyMap<string, number>): Pause {
  const { pausedMs, resumedMs } = pauseTimes(workflow, cursors);
  return { paused: pausedMs > resumedMs, endedMs: resumedMs };
}

/** The cursors that pause a workflow; a clock that was put back makes no difference. */
export function pausing(
  workflow: string,
  { cursors, nowMs }: { readonly cursors: ReadonlyMap<string, number>; readonly nowMs: number },
): ReadonlyMap<string, number> {
  const { resumedMs } = pauseTimes(workflow, cursors);
  return new Map([[pausedKey(workflow), Math.max(nowMs, resumedMs + 1)]]);
}

/** The cursors that end the pause of a workflow. */
export function resuming(
  workflow: string,
  { cursors, nowMs }: { readonly cursors: ReadonlyMap<string, number>; readonly nowMs: number },
): ReadonlyMap<string, number> {
  const { pausedMs } = pauseTimes(workflow, cursors);
  return new Map([[resumedKey(workflow), Math.max(nowMs, pausedMs)]]);
}

function pauseTimes(workflow: string, cursors: ReadonlyMap<string, number>) {
  return {
    pausedMs: cursors.get(pausedKey(workflow)) ?? 0,
    resumedMs: cursors.get(resumedKey(workflow)) ?? 0,
  };
}

function pausedKey(workflow: string): string {
  return `${pauseCursors(workflow)}from`;
}

function resumedKey(workflow: string): string {
  return `${pauseCursors(workflow)}until`;
}

/** As the store wants keys: printable, and without the sign between the parts. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
