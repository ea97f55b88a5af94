/**
 * Ends processes that outlived whoever started them.
 *
 * @module
 */
import { DEFAULT_GRACE_MS, type EndMarkedOptions, HostError } from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { processTable } from "./process_table.ts";

/** Milliseconds that a process has to vanish after SIGKILL: one that waits for a dead disk never does. */
export const MAX_KILL_MS = 5_000;

/** Milliseconds between two looks. */
const POLL_MS = 20;

/** Ends the groups of all processes that carry one of the marks; see `Host.endMarked`. */
export async function endMarked(
  marks: ReadonlySet<string>,
  { graceMs = DEFAULT_GRACE_MS }: EndMarkedOptions = {},
): Promise<number> {
  if (marks.size === 0) return 0;
  const found = new Set<number>();
  const startedAt = performance.now();
  // A process that is about to become another program shows no environment for
  // a moment, so nothing counts as gone before it was looked for twice.
  for (let looksInVain = 0; looksInVain < 2; await pause()) {
    const alive = await groupsLeft(marks, found);
    looksInVain = alive.length === 0 ? looksInVain + 1 : 0;
    const tookMs = performance.now() - startedAt;
    if (tookMs > graceMs + MAX_KILL_MS && alive.length > 0) throw stillThere(alive);
    // Once is enough for SIGTERM: a script may count how often it is asked.
    for (const group of alive) {
      if (tookMs > graceMs) send(group, "SIGKILL");
      else if (!found.has(group)) send(group, "SIGTERM");
      found.add(group);
    }
  }
  return found.size;
}

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

/**
 * What carries a mark now, and what is left of groups where one did: a process
 * may have started others without its environment.
 */
async function groupsLeft(
  marks: ReadonlySet<string>,
  found: ReadonlySet<number>,
): Promise<readonly number[]> {
  const { groups, own, groupsOf } = await processTable();
  // A stage may have resumed its own run.
  return [...groupsOf(marks).union(found.intersection(groups))].filter((group) => group !== own);
}

function send(group: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    system.kill(-group, signal);
  } catch {
    // It is gone, which is what was wanted.
  }
}

function stillThere(groups: readonly number[]): HostError {
  const names = groups.map((group) => `process group ${group}`).join(", ");
  return new HostError("EBUSY", `Cannot end ${names}: it is still there after SIGKILL`);
}
