/**
 * What Linux tells of processes in `/proc`.
 *
 * @module
 */
import { system } from "./current_system.ts";
import { processesByProgram, type ProcessRow } from "./process_program.ts";

/** The variable that carries the mark of a process. */
export const MARK = "SLUICE_MARK";

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

/** What is known of a process; `undefined` when it is gone, or where `/proc` tells nothing. */
export function processFacts(pid: number | string): ProcessFacts | undefined {
  const stat = readNow(`/proc/${pid}/stat`);
  return stat === undefined ? undefined : factsOf(stat);
}

function factsOf(stat: string): ProcessFacts {
  const fields = stat.replace(NAME, "").split(" ");
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

/** The processes that are there, as one look shows them; zombies are not. */
export interface ProcessTable {
  /** The groups that have any. */
  readonly groups: ReadonlySet<number>;
  /** The group of this process. */
  readonly own: number | undefined;
  /** The groups that have one of these marks. */
  groupsOf(marks: ReadonlySet<string>): ReadonlySet<number>;
}

/**
 * Looks at all processes. Deno shows `/proc` only to those who are allowed
 * everything, so that others have a program look, which is not Deno.
 *
 * @throws {HostError} `ENOSYS` where the system has no `/proc`, `EACCES` where nothing may look at it.
 */
export async function processTable(): Promise<ProcessTable> {
  const pids = await visiblePids();
  const rows = pids === undefined ? await processesByProgram(MARK) : pids.flatMap(rowOf);
  const processes = rows
    .map(({ pid, stat, mark }) => ({ pid, mark, ...factsOf(stat) }))
    .filter(({ isZombie }) => !isZombie);
  return {
    groups: new Set(processes.map(({ group }) => group)),
    own: processes.find(({ pid }) => pid === system.pid)?.group,
    groupsOf: (marks) =>
      new Set(
        processes.filter(({ mark }) => mark !== undefined && marks.has(mark))
          .map(({ group }) => group),
      ),
  };
}

function rowOf(pid: string): readonly ProcessRow[] {
  const stat = readNow(`/proc/${pid}/stat`);
  if (stat === undefined) return [];
  const entry = readNow(`/proc/${pid}/environ`)?.split("\0")
    .find((entry) => entry.startsWith(`${MARK}=`));
  return [{ pid: Number(pid), stat, mark: entry?.slice(MARK.length + 1) }];
}

/** Whether a group has a process that is more than a zombie; `undefined` where nobody can tell. */
export async function groupIsAlive(group: number): Promise<boolean | undefined> {
  const table = await processTable().catch(() => undefined); // It is asked whether it answers to signals.
  return table?.groups.has(group);
}

/** `undefined` where `/proc` is not shown to this process. */
async function visiblePids(): Promise<readonly string[] | undefined> {
  const entries = await system.list("/proc").catch(() => []);
  const pids = entries.map(({ name }) => name).filter(isPid);
  return pids.length === 0 ? undefined : pids;
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
