/**
 * An expression cannot be read.
 *
 * @module
 */
import type { ExpressionError } from "../../expr/expression_error.ts";
import { hasTemplate, parseHole, splitTemplate } from "../../expr/template.ts";
import type { ReadText } from "../read_texts.ts";
import type { Rule, RuleFinding } from "../rule.ts";

/** Reports templates and conditions that do not parse, at the word where they go wrong. */
export const expressionSyntax: Rule = {
  code: "expression-syntax",
  summary: "An expression cannot be read",
  vital: true,
  check(_, { texts, report }) {
    for (const text of texts) {
      for (const error of text.errors) report(findingOf(error, text));
    }
  },
};

function findingOf({ message, start, end }: ExpressionError, text: ReadText): RuleFinding {
  const { path } = text;
  if (text.reading === "condition" && hasTextAround(text.text)) {
    return {
      code: "condition-text",
      message:
        'The text around "${{ }}" is read as part of the condition, and does not fit there; ' +
        'put the whole condition into one "${{ }}"',
      path,
    };
  }
  return { message: `Cannot read the expression: ${message}`, path, within: { start, end } };
}

/** Whether the holes of a condition would be right by themselves, so that it is the text around them which is wrong. */
function hasTextAround(text: string): boolean {
  const parts = splitTemplate(text);
  const holes = parts.filter(({ kind }) => kind === "hole");
  const around = parts.some((part) => part.kind === "text" && part.text.trim() !== "");
  return hasTemplate(text) && around && holes.every((hole) => parses(() => parseHole(text, hole)));
}

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    // Why it does not parse is for the other message to say.
    return false;
  }
}
