/** How much memory a process takes. @module */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

const BYTES_PER_MEGABYTE = 1_048_576;
const COLLECTIONS = 3;
const KILOBYTES_PER_MEGABYTE = 1_024;

/** The most that this process has ever taken. */
export function peakMegabytes(): number {
  return statusNumber("VmHWM") ?? process.memoryUsage().rss / BYTES_PER_MEGABYTE;
}

/** What this process takes now. */
export function residentMegabytes(): number {
  return statusNumber("VmRSS") ?? process.memoryUsage().rss / BYTES_PER_MEGABYTE;
}

/** What lives on the heap, garbage collected first where the runtime lets us. */
export async function heapMegabytes(): Promise<number> {
  // What a finalizer lets go of in one collection is gone after the next.
  for (let i = 0; i < COLLECTIONS; i++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return process.memoryUsage().heapUsed / BYTES_PER_MEGABYTE;
}

/** How many files this process has open; `undefined` where nobody says. */
export function openFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return undefined; // Safe: this system has no such folder.
  }
}

/**
 * Deno has it with `--v8-flags=--expose-gc`, Bun under its own name. The `true`
 * that makes Bun wait makes V8 collect the young ones alone, and all that has
 * died old would count as alive.
 */
function collectGarbage(): void {
  const onBun: unknown = Reflect.get(globalThis, "Bun");
  const bunGc: unknown = onBun instanceof Object ? Reflect.get(onBun, "gc") : undefined;
  if (typeof bunGc === "function") return bunGc(true);
  const gc: unknown = Reflect.get(globalThis, "gc");
  if (typeof gc === "function") gc();
}

function statusNumber(name: string): number | undefined {
  try {
    const status = readFileSync("/proc/self/status", "utf8");
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) / KILOBYTES_PER_MEGABYTE;
  } catch {
    return undefined; // Safe: this system has no such file.
  }
}
