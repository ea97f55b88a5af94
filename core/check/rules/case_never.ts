/**
 * A case that no value can choose.
 *
 * @module
 */
import type { Value } from "../../expr/value.ts";
import type { Stage } from "../../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import { closestName } from "../../source/closest_name.ts";
import type { Rule, RuleFinding } from "../rule.ts";
import { placedStages } from "../site.ts";
import { overlap } from "../types/accepts.ts";
import { optionsOf, type Type, typeText } from "../types/type.ts";
import { valueType } from "../types/value_type.ts";

/** The case for all that no other matches. */
const DEFAULT_CASE = "_";

/** Reports cases that are never chosen, since the value that decides is always another. */
export const caseNever: Rule = {
  code: "case-never",
  summary: "A case stands for a value that never comes",
  check({ jobs }, { types, report }) {
    for (const job of jobs.values()) {
      for (const { stage, branch } of placedStages(job)) {
        if (stage.syntax.name !== "case") continue;
        const typeOf = (value: Value) =>
          valueType(value, (text) => types.templateType(text, { job, stage, branch }));
        for (const finding of problemsOf(stage, typeOf)) report(finding);
      }
    }
  },
};

function problemsOf(
  { input, path }: Stage,
  typeOf: (value: Value) => Type,
): readonly RuleFinding[] {
  const decides = typeOf(input.case ?? null);
  const cases = isWrittenList(input.match) ? input.match : [];
  return cases.flatMap((written, at) => {
    if (!isWrittenMapping(written) || !Object.hasOwn(written, "case")) return [];
    const value = written.case ?? null;
    if (value === DEFAULT_CASE) return [];
    const type = typeOf(value);
    if (overlap(decides, type)) return [];
    return [{
      severity: "warning" as const,
      path: [...path, "match", at, "case"],
      ...wordsFor(value, { decides, type }),
    }];
  });
}

function wordsFor(
  value: Value,
  { decides, type }: { readonly decides: Type; readonly type: Type },
): Pick<RuleFinding, "message" | "fix"> {
  const texts = optionsOf(decides).flatMap((option) =>
    option.kind === "string" ? option.oneOf ?? [] : []
  );
  const guess = typeof value === "string" ? closestName(value, texts) : undefined;
  if (typeof value !== "string" || guess === undefined) {
    const given = texts.length > 0 && typeof value === "string"
      ? `one of ${texts.map((text) => `"${text}"`).join(", ")}`
      : typeText(decides);
    return {
      message: `This case is never chosen: the value is ${given}, the case ${shown(value, type)}`,
    };
  }
  return {
    message: `This case is never chosen: the value is never "${value}"; did you mean "${guess}"?`,
    fix: { text: guess, was: value, within: { start: 0, end: value.length } },
  };
}

function shown(value: Value, type: Type): string {
  return typeof value === "string" ? `"${value}"` : typeText(type);
}
