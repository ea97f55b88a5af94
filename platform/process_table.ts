/**
 * What Linux tells of processes in `/proc`.
 *
 * @module
 */
import { system } from "./current_system.ts";

/** A process in the table. */
export interface ProcessFacts {
  /** Whether it has ended and only waits for its parent to notice. */
  readonly isZombie: boolean;
  /** The id of its group. */
  readonly group: number;
  /** When it started, in clock ticks since boot. */
  readonly startTicks: string;
}

/** Where the fields of `stat` begin that follow the name, which may hold anything. */
const NAME = /^.*\) /s;

/** Positions behind the name; proc(5) counts from 1 and has two fields before. */
const STATE = 0;
const GROUP = 2;
const START_TICKS = 19;

/** What is known of a process; `undefined` when it is gone, or where there is no `/proc`. */
export function processFacts(pid: number | string): ProcessFacts | undefined {
  const fields = readNow(`/proc/${pid}/stat`)?.replace(NAME, "").split(" ");
  if (fields === undefined) return undefined;
  const state = fields[STATE];
  return {
    isZombie: state === "Z" || state === "X",
    group: Number(fields[GROUP]),
    startTicks: fields[START_TICKS] ?? "",
  };
}

/** Tells this boot of the machine from others; `undefined` where nothing does. */
export function bootId(): string | undefined {
  return readNow("/proc/sys/kernel/random/boot_id")?.trim();
}

/** Whether a group has a process that is more than a zombie; `undefined` where there is no `/proc`. */
export async function groupIsAlive(group: number): Promise<boolean | undefined> {
  const pids = (await system.list("/proc").catch(() => [])).map((entry) => entry.name).filter(
    isPid,
  );
  if (pids.length === 0) return undefined;
  return pids.some((pid) => {
    const facts = processFacts(pid);
    return facts?.group === group && !facts.isZombie;
  });
}

function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}

function readNow(path: string): string | undefined {
  try {
    return system.readTextNow(path);
  } catch {
    return undefined; // Not Linux, not granted, or gone just now: nothing is known.
  }
}
