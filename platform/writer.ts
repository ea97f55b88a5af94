/**
 * Which process writes, and whether another one still can.
 *
 * @module
 */
import type { Writer } from "../core/plugin/journal.ts";
import { system } from "./current_system.ts";
import { bootId, processFacts } from "./process_table.ts";

/**
 * This process as a writer; each call gives another id.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(writerLives(thisWriter()), true);
 * ```
 */
export function thisWriter(): Writer {
  return { id: crypto.randomUUID(), pid: system.pid, birth: birthOf(system.pid) ?? "" };
}

/** Whether the process that a writer stands for still runs: the same one, not a later one with its pid. */
export function writerLives(writer: Writer): boolean {
  if (!processExists(writer.pid) || processFacts(writer.pid)?.isZombie) return false;
  const birth = birthOf(writer.pid);
  return writer.birth === "" || birth === undefined || birth === writer.birth;
}

function processExists(pid: number): boolean {
  try {
    system.kill(pid, 0);
    return true;
  } catch (error) {
    return !isAbsence(error); // Somebody else's process lives, too.
  }
}

function isAbsence(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "NotFound" || ("code" in error && error.code === "ESRCH");
}

/** When a process started: ticks count from the boot, so the boot belongs to it. */
function birthOf(pid: number): string | undefined {
  const facts = processFacts(pid);
  return facts && `${bootId()}:${facts.startTicks}`;
}
