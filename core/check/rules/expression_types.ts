/**
 * An expression reads what is not there, or does with a value what cannot be
 * done with it.
 *
 * @module
 */
import { overlap } from "../types/accepts.ts";
import { optionsOf, type Type, typeText } from "../types/type.ts";
import type { ReadText } from "../read_texts.ts";
import type { Inspection, Rule, RuleFinding } from "../rule.ts";
import type { TypeProblem } from "../types/type_facts.ts";

/** Reports names that nothing has, calls with the wrong arguments, and templates that give the wrong thing. */
export const expressionTypes: Rule = {
  code: "template-type",
  summary: "An expression reads what is not there, or gives what its place cannot take",
  check(_, inspection) {
    for (const text of inspection.texts) checkText(text, inspection);
  },
};

function checkText(text: ReadText, { types, report }: Inspection): void {
  let problems = 0;
  const type = types.typeOf(text, (problem) => {
    problems++;
    report(findingOf(problem, text));
  });
  // What does not parse, or reads what is not there, has no type to complain about.
  if (problems > 0 || text.errors.length > 0) return;
  if (text.expects === undefined || fits(type, text)) return;
  const isCondition = text.reading === "condition";
  report({
    code: isCondition ? "condition-type" : "template-type",
    message: isCondition
      ? `A condition is true or false, but this is ${typeText(type)}${hintFor(type)}`
      : `This must give ${text.expects.what}, a value of type ${
        typeText(text.expects.type)
      }, but it gives ${text.expressions.length === 0 ? `"${text.text}"` : typeText(type)}`,
    path: text.path,
  });
}

function findingOf(
  { code, severity, message, start, end, fix }: TypeProblem,
  { path, text }: ReadText,
): RuleFinding {
  return {
    code,
    message,
    path,
    within: { start, end },
    ...(severity && { severity }),
    ...(fix && { fix: { text: fix.text, was: text.slice(fix.start, fix.end), within: fix } }),
  };
}

/** A condition that is one template takes a text that says `true` or `false` too. */
function fits(type: Type, { expects, reading, expressions: [only] }: ReadText): boolean {
  if (expects === undefined || overlap(type, expects.type)) return true;
  if (reading !== "condition" || only?.root.kind !== "hole") return false;
  return optionsOf(type).some((option) =>
    option.kind === "string" &&
    (option.oneOf?.some((text) => /^(?:true|false)$/i.test(text)) ?? true)
  );
}

function hintFor(type: Type): string {
  const [only] = optionsOf(type);
  switch (only?.kind) {
    case "array":
    case "object":
      return "; to ask whether there is anything in it, write length(…) > 0";
    case "string":
      return '; compare it: … == "…"';
    case "number":
      return "; compare it: … > 0";
    default:
      return "";
  }
}
