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
  const pids = await allPids();
  if (pids.length === 0) return undefined;
  return (await groupsAlive()).has(group);
}

/** The groups that have a process which is more than a zombie. */
export async function groupsAlive(): Promise<ReadonlySet<number>> {
  const groups = new Set<number>();
  for (const pid of await allPids()) {
    const facts = processFacts(pid);
    if (facts !== undefined && !facts.isZombie) groups.add(facts.group);
  }
  return groups;
}

/** The groups of all processes in whose environment `name` has one of `values`. */
export async function groupsWith(
  name: string,
  values: ReadonlySet<string>,
): Promise<ReadonlySet<number>> {
  const groups = new Set<number>();
  for (const pid of await allPids()) {
    const value = variableOf(pid, name);
    if (value === undefined || !values.has(value)) continue;
    const facts = processFacts(pid);
    if (facts !== undefined && !facts.isZombie) groups.add(facts.group);
  }
  return groups;
}

/** What a process was started with, whatever it did to its environment since. */
function variableOf(pid: string, name: string): string | undefined {
  const entry = readNow(`/proc/${pid}/environ`)?.split("\0")
    .find((entry) => entry.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}

/** Empty where there is no `/proc`. */
async function allPids(): Promise<readonly string[]> {
  const entries = await system.list("/proc").catch(() => []);
  return entries.map(({ name }) => name).filter(isPid);
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
