/**
 * Says what a run waits for that has no permit.
 *
 * @module
 */
import type { JournalStore } from "../core/plugin/journal.ts";
import { type GroupQueue, queuesOf } from "../core/schedule/permits.ts";

/** So many runs are named. */
const MAX_NAMED = 3;

/** One line for each group that the run waits for. */
export async function queueLines(store: JournalStore, runId: string): Promise<string[]> {
  return queuesOf(await store.permits(), runId).map(lineOf);
}

function lineOf({ group, heldBy, ahead }: GroupQueue): string {
  const what = group === "" ? "room among all runs" : `room in group "${group}"`;
  const others = heldBy.length - MAX_NAMED;
  const named = heldBy.slice(0, MAX_NAMED).join(", ") + (others > 0 ? ` and ${others} more` : "");
  const line = ahead === 0 ? "first in line" : `${ahead} before it in line`;
  return `waits for ${what}, ${line}${named === "" ? "" : `; going on: ${named}`}`;
}
