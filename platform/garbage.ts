/**
 * Gives memory back to the system that nothing uses any more.
 *
 * @module
 */

/**
 * Collects garbage at once, and returns what it took.
 *
 * An engine of JavaScript collects when it needs room. One that has read a
 * thousand files and now waits for months needs none, and would keep for good
 * what reading took: three times as much as all that it still uses.
 *
 * @example
 * ```ts
 * await collectGarbage();
 * ```
 */
export async function collectGarbage(): Promise<void> {
  const bun: unknown = Reflect.get(globalThis, "Bun");
  const gc: unknown = bun instanceof Object ? Reflect.get(bun, "gc") : undefined;
  if (typeof gc === "function") gc(true);
  else await collectOnV8();
}

// Read when it is first used: most processes end before they have anything to collect.
const V8: string = "node:v8";
const VM: string = "node:vm";

/** V8 hands its collector to contexts that are made while the flag is set. */
async function collectOnV8(): Promise<void> {
  const v8: typeof import("node:v8") = await import(V8);
  const vm: typeof import("node:vm") = await import(VM);
  v8.setFlagsFromString("--expose-gc");
  const collect: unknown = vm.runInNewContext("globalThis.gc");
  v8.setFlagsFromString("--no-expose-gc");
  // The last resort is the one that lets the young generation shrink.
  if (typeof collect === "function") collect({ type: "major", flavor: "last-resort" });
}
