/**
 * What the engine's own process must be allowed for something, in the words of
 * Deno's flags, and why.
 *
 * @module
 */

/** What a process may be allowed. */
export type NeedPermission = "read" | "write" | "net" | "env" | "run" | "sys";

/** One thing that must be allowed. */
export interface Need {
  /** What kind of thing it is. */
  readonly permission: NeedPermission;
  /** Which: a path, a host, a variable, a program. Without it all of the kind, since it is known only once a stage begins. */
  readonly name?: string;
  /** What for: `stage "Load" runs bash`. */
  readonly reason: string;
}

/** What a stage kind says of its needs; whoever asks says what for. */
export type StageNeed = Omit<Need, "reason"> & {
  /** What for, where that is not plain. @default what it is */
  readonly reason?: string;
};

/** What code may reach of the machine, by kind: hosts, paths, variables, secrets. */
export type ReachNames = Readonly<
  Partial<Record<"net" | "read" | "write" | "env" | "secrets", readonly string[]>>
>;

/** What the isolated code of a stage asks for, and what there is to be had. */
export interface StageReach {
  /** Whose code it is: `script`, or where a plugin comes from. */
  readonly code: string;
  /** What it asks for; names may hold templates. */
  readonly asks: ReachNames;
  /** What it is granted; it gets what is in both. */
  readonly granted: ReachNames;
  /** Whether a run is refused where it asks for what it is granted nothing of. */
  readonly strict: boolean;
}

/** The names of each permission, in order; `undefined` for all of it. */
export function needsByPermission(
  needs: readonly Need[],
): ReadonlyMap<NeedPermission, readonly string[] | undefined> {
  const byPermission = new Map<NeedPermission, readonly string[] | undefined>();
  for (const permission of PERMISSIONS) {
    const some = needs.filter((need) => need.permission === permission);
    if (some.length === 0) continue;
    const names = some.flatMap(({ name }) => name === undefined ? [] : [name]);
    const isAll = names.length < some.length;
    byPermission.set(permission, isAll ? undefined : [...new Set(names)]);
  }
  return byPermission;
}

/**
 * The flags of `deno run` that allow all of it.
 *
 * @example
 * ```ts
 * import { flagsOfNeeds } from "./need.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * deepEqual(
 *   flagsOfNeeds([
 *     { permission: "run", name: "bash", reason: "a stage" },
 *     { permission: "read", name: "conf", reason: "workflows" },
 *     { permission: "read", name: "data", reason: "a stage" },
 *   ]),
 *   ["--allow-read=conf,data", "--allow-run=bash"],
 * );
 * ```
 */
export function flagsOfNeeds(needs: readonly Need[]): readonly string[] {
  return Array.from(
    needsByPermission(needs),
    ([permission, names]) =>
      names === undefined ? `--allow-${permission}` : `--allow-${permission}=${names.join(",")}`,
  );
}

const PERMISSIONS: readonly NeedPermission[] = ["read", "write", "net", "env", "run", "sys"];
