/**
 * The stage kind `until`: the same stages again and again until an expression
 * holds (REFERENCE C-241 to C-248).
 *
 * @module
 */
import { z } from "zod";
import { ExpressionError } from "../core/expr/expression_error.ts";
import { mappingOf } from "../core/expr/mapping.ts";
import { shortReprOf } from "../core/expr/text.ts";
import type { Value } from "../core/expr/value.ts";
import { isValue } from "../core/model/written.ts";
import type { Expansion, ExpansionFacts, Refusal, Round } from "../core/plan/expansion.ts";
import { type CompositeStageKind, defineComposite } from "../core/plugin/stage_kind.ts";
import { countOf, type CountRule, countSchema } from "./count.ts";

/** How often the stages run at most where a stage does not say. */
export const DEFAULT_MAX_LOOP = 10;

/** The most rounds of a stage. */
export const MAX_LOOP = 99;

/**
 * Runs its stages until an expression holds. Each round sees `item` and `loop`;
 * an output `item` of a nested stage is the item of the next round, else the
 * number of the round is.
 */
export function until(): CompositeStageKind {
  return defineComposite({
    name: "until",
    keys: ["until"],
    summary: "Runs the same stages until an expression holds.",
    fields: {
      until: z.union([z.string(), z.boolean()]).describe("The condition that ends the rounds."),
      item: z.custom<Value>(isValue).optional().describe("What the first round sees as `item`."),
      stages: z.array(z.unknown()).nullable().optional().describe("What is done in each round."),
      "max-loop": countSchema(ROUNDS).optional().describe("How many rounds there are at most."),
      max_loop: countSchema(ROUNDS).optional(),
    },
    raw: ["until", "max-loop", "max_loop"],
    bodies: () => ({ stages: ["stages"] }),
    outputs: z.object({}),
    scope: {
      binds: { item: z.unknown(), loop: z.number() },
      boundIn: ["until"],
      under: "until",
      shown: ["loop", "item"],
    },
    expand: ({ until, item = FIRST_ITEM, ...input }, facts) => {
      const written = input["max-loop"] ?? input.max_loop;
      const most = countOf(written, { ...ROUNDS, render: facts.render });
      return nextRound({ until, item, most }, facts);
    },
  });
}

const ROUNDS: CountRule = { name: "max-loop", max: MAX_LOOP, fallback: DEFAULT_MAX_LOOP };

const FIRST_ITEM = 0;

interface Loop {
  readonly until: string | boolean;
  readonly item: Value;
  readonly most: number;
}

/** The condition is looked at behind each round, with the item of the next one. */
function nextRound({ until, item: first, most }: Loop, facts: ExpansionFacts): Expansion | Refusal {
  const last = facts.rounds.at(-1);
  const loop = facts.rounds.length + 1;
  const item = last === undefined ? first : itemAfter(last) ?? loop;
  if (last !== undefined && holds(until, { item, loop, facts })) return rounds([], false);
  if (loop > most) return exceeded(most);
  return rounds([{ key: String(loop), body: "stages", bindings: { item, loop } }], true);
}

/** The output `item` of the last stage that has one. */
function itemAfter({ outputs }: Round): Value | undefined {
  return Object.values(outputs)
    .map(mappingOf)
    .findLast((output) => Object.hasOwn(output, "item"))
    ?.item;
}

function holds(
  until: string | boolean,
  { item, loop, facts }: {
    readonly item: Value;
    readonly loop: number;
    readonly facts: ExpansionFacts;
  },
): boolean {
  const verdict = typeof until === "string" ? facts.evaluate(until, { item, loop }) : until;
  if (typeof verdict === "boolean") return verdict;
  const shown = shortReprOf(verdict);
  const message = `Return type of until condition not be \`boolean\`, getting: ${shown}`;
  throw new ExpressionError(message, { name: "TypeError" });
}

function exceeded(most: number): Refusal {
  const message = `Loop was exceed the maximum ${most} loop${most === 1 ? "" : "s"}.`;
  return { outcome: "failed", name: "StageError", message };
}

function rounds(branches: Expansion["branches"], again: boolean): Expansion {
  return {
    branches,
    limit: 1,
    failFast: true,
    again,
    header: {},
    noun: "loop",
    under: "until",
    shown: ["loop", "item"],
  };
}
