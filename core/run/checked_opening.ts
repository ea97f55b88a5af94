/**
 * What a stage kind wants to open, looked at before it goes into the journal:
 * a kind may come from a plugin, and a bad opening could not be taken back.
 *
 * @module
 */
import { ExpressionError } from "../expr/expression_error.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Expansion, Refusal } from "../plan/expansion.ts";
import { branchAddress } from "./address.ts";
import { settledValue } from "./decision.ts";
import { attemptAddress, type RunState, type StageState } from "./state.ts";

/** The most branches that one stage may open, in all its rounds together. */
export const MAX_BRANCHES = 100_000;

/** The most rounds that one stage may open. */
export const MAX_ROUNDS = 10_000;

/**
 * The opening as it goes into the journal, or the refusal.
 *
 * @throws {ExpressionError} when no run could be made of it.
 */
export function checkedOpening(
  opening: Expansion | Refusal,
  { state, stage }: { readonly state: RunState; readonly stage: StageState },
): Expansion | Refusal {
  if ("outcome" in opening) return opening;
  const problem = boundProblem(opening, stage) ?? branchProblem(opening, { state, stage });
  if (problem !== undefined) {
    throw new ExpressionError(`Cannot open stage "${stage.name}": ${problem}`, {
      name: "ValueError",
    });
  }
  return {
    ...opening,
    header: settledMapping(opening.header),
    branches: opening.branches.map((branch) => ({
      ...branch,
      bindings: settledMapping(branch.bindings),
    })),
  };
}

function boundProblem({ branches, limit }: Expansion, { scope }: StageState): string | undefined {
  if (!Number.isInteger(limit) || limit < 1) {
    return `its limit must be a whole number from 1, and is ${limit}`;
  }
  if (branches.length + (scope?.branches.length ?? 0) > MAX_BRANCHES) {
    return `it may have at most ${MAX_BRANCHES} branches`;
  }
  if ((scope?.round ?? 0) >= MAX_ROUNDS) return `it may have at most ${MAX_ROUNDS} rounds`;
  return undefined;
}

function branchProblem(
  { branches }: Expansion,
  { state, stage }: { readonly state: RunState; readonly stage: StageState },
): string | undefined {
  const owner = attemptAddress(stage);
  const keys = new Set<string>();
  for (const { key, body } of branches) {
    if (keys.has(key) || state.branches.has(branchAddress(owner, key))) {
      return `two of its branches have the key "${key}"`;
    }
    if (!Object.hasOwn(stage.planned.bodies ?? {}, body)) return `it has no list "${body}"`;
    keys.add(key);
  }
  return undefined;
}

function settledMapping(mapping: ValueObject): ValueObject {
  return Object.fromEntries(
    Object.entries(mapping).map(([name, value]): [string, Value] => [name, settledValue(value)]),
  );
}
