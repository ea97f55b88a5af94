/**
 * What is opened when it is first asked for: a store, a list of providers, a
 * file.
 *
 * @module
 */

/** Gives what was opened, and opens it where nobody has asked yet. */
export interface OpenOnce<T> {
  /** All who ask get the same. Where it could not be opened, the next who asks tries again. */
  (): Promise<T>;
  /** What was opened; `undefined` where nothing was, or it could not be. Opens nothing. */
  opened(): Promise<T | undefined>;
  /** Forgets what was opened, and gives it for the last time: for whoever closes it. */
  take(): Promise<T | undefined>;
}

/**
 * Opens something when it is first asked for. What could not be opened is tried
 * again the next time: disks, networks and settings are put right while an
 * engine runs.
 *
 * @example
 * ```ts
 * import { openOnce } from "@sluice/sluice/kit";
 * import { equal, rejects } from "node:assert/strict";
 *
 * let tries = 0;
 * // deno-lint-ignore require-await -- a failure is a rejected promise
 * const store = openOnce(async () => {
 *   if (++tries === 1) throw new Error("The disk is away");
 *   return "store";
 * });
 * await rejects(store());
 * equal(await store(), "store");
 * equal(await store(), "store");
 * equal(tries, 2);
 * ```
 */
export function openOnce<T>(open: () => Promise<T>): OpenOnce<T> {
  let opening: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    const begun = open().catch((error: unknown) => {
      if (opening === begun) opening = undefined;
      throw error;
    });
    return opening = begun;
  };
  // Whoever asked for it was told why there is none.
  const opened = () => opening?.catch(() => undefined) ?? Promise.resolve(undefined);
  const take = () => {
    const last = opened();
    opening = undefined;
    return last;
  };
  return Object.assign(() => opening ?? begin(), { opened, take });
}
