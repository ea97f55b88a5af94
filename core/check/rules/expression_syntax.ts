/**
 * An expression cannot be read.
 *
 * @module
 */
import { embedCode } from "../../expr/embed_code.ts";
import { parseCondition } from "../../expr/condition.ts";
import { parseExpression } from "../../expr/expression.ts";
import { ExpressionError } from "../../expr/expression_error.ts";
import { hasTemplate, parseHole, splitTemplate } from "../../expr/template.ts";
import type { Rule } from "../rule.ts";
import { type WrittenText, writtenTexts } from "../written_texts.ts";

/** Reports templates and conditions that do not parse, at the word where they go wrong. */
export const expressionSyntax: Rule = {
  code: "expression-syntax",
  summary: "An expression cannot be read",
  check(workflow, { facts, report }) {
    for (const written of writtenTexts(workflow, facts)) {
      for (const { message, start, end } of errorsIn(written)) {
        report({
          message: `Cannot read the expression: ${message}`,
          path: written.path,
          within: { start, end },
        });
      }
    }
  },
};

function errorsIn({ text, reading }: WrittenText): readonly ExpressionError[] {
  if (reading === "condition") return errorOf(() => parseCondition(text));
  if (!hasTemplate(text)) return [];
  if (reading === "template") {
    const holes = splitTemplate(text).filter(({ kind }) => kind === "hole");
    return holes.flatMap((hole) => errorOf(() => parseHole(text, hole)));
  }
  const embedding = embedCode(reading, text);
  // A script that cannot carry values is for the rule about code.
  if (!embedding.ok) return [];
  const holes = embedding.script.holes.filter(({ place }) => place !== "comment");
  return holes.flatMap(({ expression, expressionStart }) =>
    errorOf(() => parseExpression(expression), expressionStart)
  );
}

function errorOf(parse: () => unknown, offset = 0): readonly ExpressionError[] {
  try {
    parse();
    return [];
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const { message, name, start, end } = error;
    return [new ExpressionError(message, { name, start: start + offset, end: end + offset })];
  }
}
