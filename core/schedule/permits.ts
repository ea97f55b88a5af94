/**
 * Who may go on: runs that share a concurrency group hold permits of it, and
 * only so many at once. One table for all engines that share a store, changed
 * in one step, so a limit that holds here holds over every way to start work.
 *
 * @module
 */
import type { PlannedGroup } from "../plan/plan.ts";

/** An engine that may be asked whether it still lives. */
export interface PermitHolder {
  /** Unique for each engine that was ever started. */
  readonly id: string;
  /** Its process id. */
  readonly pid: number;
  /** A token that tells this process from a later one with the same pid. */
  readonly birth: string;
}

/** What a run claims or holds: a place in each of its groups. */
export interface Permit {
  /** The order in which permits were asked for. */
  readonly seq: number;
  /** The run. */
  readonly runId: string;
  /** The groups that it takes part in, with the limits that it was planned with. */
  readonly groups: readonly PlannedGroup[];
  /** Higher ones go first. */
  readonly priority: number;
  /** Whose run it is. */
  readonly holder: PermitHolder;
  /** `spent` ones were given back, and count only for the rate of their groups. */
  readonly phase: "waiting" | "held" | "spent";
  /** When it was granted, in epoch milliseconds; 0 while it waits. */
  readonly grantedAt: number;
}

/** The permits of one store, in no order. */
export type PermitTable = readonly Permit[];

/** The facts that a decision about permits needs from outside. */
export interface PermitFacts {
  /** Now, in epoch milliseconds. */
  readonly at: number;
  /** Whether an engine is still there. What the dead held is free. */
  readonly lives: (holder: PermitHolder) => boolean;
}

/** A run that asks for a permit. */
export type PermitClaim = Pick<Permit, "runId" | "groups" | "priority" | "holder">;

/** How a claim is met when a group is full and what overflows is not to wait. */
export interface Overflow {
  /** The run is not to run at all, because of this group. */
  readonly refusedBy?: string;
  /** Runs that are to end, so that this one may begin. */
  readonly displaced: readonly string[];
}

/**
 * Says whether a claim goes over the limit of its groups and what its policy
 * makes of that. Asked once, when a run first claims: who comes back from a
 * wait or from a crash waits in line.
 */
export function overflowOf(
  table: PermitTable,
  { runId, groups }: Pick<Permit, "runId" | "groups">,
): Overflow {
  const displaced: string[] = [];
  for (const { name, limit, onOverflow } of groups) {
    const others = membersOf(table, name).filter((permit) => permit.runId !== runId);
    if (others.length < limit || onOverflow === "queue") continue;
    if (onOverflow !== "cancel-oldest") return { refusedBy: name, displaced: [] };
    const oldest = others.toSorted((one, other) => one.seq - other.seq);
    displaced.push(...oldest.slice(0, others.length - limit + 1).map((permit) => permit.runId));
  }
  return { displaced: [...new Set(displaced)] };
}

/** The table with a claim at its end; a claim of the same run takes the place of an earlier one. */
export function withClaim(table: PermitTable, claim: PermitClaim): PermitTable {
  const rest = withoutRun(table, claim.runId);
  const seq = 1 + Math.max(0, ...table.map((permit) => permit.seq));
  return [...rest, { ...claim, seq, phase: "waiting", grantedAt: 0 }];
}

/** The table once a run has given its permit back, or no longer wants one. */
export function withReturn(table: PermitTable, runId: string): PermitTable {
  return table.flatMap((permit) => {
    if (permit.runId !== runId || permit.phase === "spent") return [permit];
    return isRated(permit) && permit.phase === "held" ? [{ ...permit, phase: "spent" }] : [];
  });
}

/**
 * The table once everybody who may has been granted a permit: in order of
 * priority and of asking. Whoever waits for one group does not keep those back
 * who need another.
 */
export function granted(table: PermitTable, facts: PermitFacts): PermitTable {
  const present = table.flatMap((permit) => survivor(permit, facts));
  const room = new Room(present, facts.at);
  const chosen = new Set(
    present.filter(({ phase }) => phase === "waiting").sort(inTurn).filter((permit) =>
      room.take(permit)
    ),
  );
  return present.map((permit) =>
    chosen.has(permit) ? { ...permit, phase: "held", grantedAt: facts.at } : permit
  );
}

/** Why a run waits for a group. */
export interface GroupQueue {
  /** The group; `""` is all runs. */
  readonly group: string;
  /** Who goes on in it. */
  readonly heldBy: readonly string[];
  /** How many runs go before this one. */
  readonly ahead: number;
}

/** The groups that a run waits for, as the table stands; none where it does not wait. */
export function queuesOf(table: PermitTable, runId: string): readonly GroupQueue[] {
  const own = table.find((permit) => permit.runId === runId && permit.phase === "waiting");
  if (own === undefined) return [];
  return own.groups.map(({ name }) => {
    const members = membersOf(table, name);
    const before = members.filter((other) => other.phase === "waiting" && inTurn(other, own) < 0);
    const holders = members.filter(({ phase }) => phase === "held");
    return { group: name, heldBy: holders.map(({ runId }) => runId), ahead: before.length };
  });
}

/** What is left of a permit: nothing of the dead's but what they used up of a rate. */
function survivor(permit: Permit, { at, lives }: PermitFacts): readonly Permit[] {
  if (permit.phase === "spent") return isCounted(permit, at) ? [permit] : [];
  if (lives(permit.holder)) return [permit];
  const isSpent = permit.phase === "held" && isRated(permit);
  return isSpent && isCounted(permit, at) ? [{ ...permit, phase: "spent" }] : [];
}

function inTurn(one: Permit, other: Permit): number {
  return other.priority - one.priority || one.seq - other.seq;
}

function membersOf(table: PermitTable, group: string): Permit[] {
  return table.filter(({ phase, groups }) =>
    phase !== "spent" && groups.some(({ name }) => name === group)
  );
}

function withoutRun(table: PermitTable, runId: string): PermitTable {
  return withReturn(table, runId).filter((permit) =>
    permit.runId !== runId || permit.phase === "spent"
  );
}

function isRated({ groups }: Permit): boolean {
  return groups.some(({ rate }) => rate !== undefined);
}

/** Whether any of its groups still counts it for its rate. A clock that was set back counts too much, never too little. */
function isCounted({ groups, grantedAt }: Permit, at: number): boolean {
  return groups.some(({ rate }) => rate !== undefined && grantedAt > at - rate.perMs);
}

/** What is left of each group while permits are granted one after another. */
class Room {
  readonly #held = new Map<string, number>();
  readonly #times = new Map<string, number[]>();
  readonly #at: number;

  constructor(table: PermitTable, at: number) {
    this.#at = at;
    for (const { phase, groups, grantedAt } of table) {
      if (phase === "waiting") continue;
      for (const { name } of groups) this.#add(name, { isHeld: phase === "held", grantedAt });
    }
  }

  take({ groups }: Permit): boolean {
    if (!groups.every((group) => this.#fits(group))) return false;
    for (const { name } of groups) this.#add(name, { isHeld: true, grantedAt: this.#at });
    return true;
  }

  #fits({ name, limit, rate }: PlannedGroup): boolean {
    if ((this.#held.get(name) ?? 0) >= limit) return false;
    if (rate === undefined) return true;
    const since = this.#at - rate.perMs;
    const recent = (this.#times.get(name) ?? []).filter((time) => time > since);
    return recent.length < rate.count;
  }

  #add(
    name: string,
    { isHeld, grantedAt }: { readonly isHeld: boolean; readonly grantedAt: number },
  ): void {
    if (isHeld) this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
    const times = this.#times.get(name);
    if (times === undefined) this.#times.set(name, [grantedAt]);
    else times.push(grantedAt);
  }
}
