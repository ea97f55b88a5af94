/**
 * The stage kind `case`: the stages of the one case that matches (REFERENCE
 * C-249 to C-254).
 *
 * @module
 */
import { z } from "zod";
import { sameValue } from "../core/expr/equality.ts";
import { textOf } from "../core/expr/text.ts";
import type { Value, ValueObject } from "../core/expr/value.ts";
import { isValue, isWrittenList, isWrittenMapping } from "../core/model/written.ts";
import type { Expansion, ExpansionFacts, Refusal } from "../core/plan/expansion.ts";
import { type CompositeStageKind, defineComposite } from "../core/plugin/stage_kind.ts";

/** What a case is called that stands for all the others. */
export const DEFAULT_CASE = "_";

/** The longest text of a case that names its branch. */
export const MAX_CASE_KEY_CHARS = 200;

/** Runs the stages of the first case whose value is the same, type included; else those of `else` or `_`. */
export function caseStage(): CompositeStageKind {
  return defineComposite({
    name: "case",
    keys: ["case", "match"],
    summary: "Runs the stages of the one case that matches.",
    fields: {
      case: z.custom<Value>(isValue).describe("The value that decides."),
      match: casesSchema().describe("The cases, each with its stages; `else` for all others."),
      "skip-not-match": z.boolean().optional()
        .describe("Whether the stage is skipped when no case matches, instead of failing."),
      skip_not_match: z.boolean().optional(),
    },
    bodies: ({ match }) => Object.fromEntries((isWrittenList(match) ? match : []).flatMap(placeOf)),
    outputs: z.object({ case: z.unknown() }),
    scope: { binds: { case: { valueOf: "case" } } },
    expand: (input, facts) => {
      const skips = input["skip-not-match"] ?? input.skip_not_match ?? false;
      const chosen = choose(input.match, { value: input.case, facts });
      return chosen === undefined ? unmatched(skips) : expansionOf(chosen);
    },
  });
}

const ELSE = "else";

/** One case as written. */
type WrittenCase = { readonly case: Value } | { readonly else: readonly unknown[] | null };

function casesSchema(): z.ZodType<readonly WrittenCase[]> {
  const stages = z.array(z.unknown()).nullable();
  const written = z.union([
    z.strictObject({ else: stages }),
    z.strictObject({ case: z.custom<Value>(isValue), stages: stages.optional() }),
  ], { error: 'A case has "case" and "stages", or "else" alone' });
  return z.array(written)
    .refine((cases) => cases.filter(isElse).length <= 1, {
      error: 'A match has at most one "else"',
    })
    .refine((cases) => cases.filter(isDefault).length <= 1, {
      error: `A match has at most one case "${DEFAULT_CASE}"`,
    });
}

function placeOf(written: Value, at: number): [string, (string | number)[]][] {
  if (!isWrittenMapping(written)) return [];
  return [isElse(written) ? [ELSE, ["match", at, ELSE]] : [String(at), ["match", at, "stages"]]];
}

function isElse(written: WrittenCase | ValueObject): boolean {
  return Object.hasOwn(written, ELSE);
}

function isDefault(written: WrittenCase): boolean {
  return "case" in written && written.case === DEFAULT_CASE;
}

interface ChosenCase {
  readonly value: Value;
  readonly body: string;
}

/** The first case that matches, else the last of those that stand for all the others. */
function choose(
  cases: readonly WrittenCase[],
  { value, facts }: { readonly value: Value; readonly facts: ExpansionFacts },
): ChosenCase | undefined {
  let fallback: ChosenCase | undefined;
  for (const [at, written] of cases.entries()) {
    if (!("case" in written)) fallback = { value: DEFAULT_CASE, body: ELSE };
    else if (isDefault(written)) fallback = { value: DEFAULT_CASE, body: String(at) };
    else {
      const candidate = facts.render(written.case);
      if (sameValue(candidate, value)) return { value: candidate, body: String(at) };
    }
  }
  return fallback;
}

function expansionOf({ value, body }: ChosenCase): Expansion {
  return {
    branches: [{ key: keyOf(value, body), body, bindings: { case: value } }],
    limit: 1,
    failFast: true,
    again: false,
    header: { case: value },
    noun: "case",
    shown: [],
  };
}

/** The case as text, so that addresses tell which one it was; its place where that is long or no plain text. */
function keyOf(value: Value, body: string): string {
  const isShort = typeof value !== "object" && String(value).length <= MAX_CASE_KEY_CHARS;
  return isShort ? textOf(value) : body;
}

function unmatched(skips: boolean): Refusal {
  const message = "This stage does not set else for support not match any case.";
  return { outcome: skips ? "skipped" : "failed", name: "StageError", message };
}
