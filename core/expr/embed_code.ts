/**
 * Code fields: taking their values out, and filling them in when they are
 * known.
 *
 * @module
 */
import { HARMLESS_NAME } from "./bash_variables.ts";
import { embedBash } from "./embed_bash.ts";
import type { CodeLanguage, EmbeddedCode, EmbeddedHole, Embedding, HolePlace } from "./embed.ts";
import { embedPython } from "./embed_python.ts";
import { embedScript } from "./embed_script.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import { parseExpression } from "./expression.ts";
import { ExpressionError } from "./expression_error.ts";
import { textOf } from "./text.ts";
import type { Value } from "./value.ts";

/** Takes the values out of code, or says why they cannot be. */
export function embedCode(language: CodeLanguage, text: string): Embedding {
  switch (language) {
    case "bash":
      return embedBash(text);
    case "ts":
    case "js":
      return embedScript(text);
    case "python":
      return embedPython(text);
    default:
      return language satisfies never;
  }
}

/**
 * Evaluates the templates of code. Comments are left alone.
 *
 * @throws {ExpressionError} With offsets into the code as written: for a
 * template that cannot be evaluated, for a value that its place cannot take,
 * and for the first problem of an embedding that has any.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const code = fillCode(embedCode("bash", "cat ${{ item }}"), {
 *   lookup: () => "my file",
 *   functions: new Map(),
 *   filters: new Map(),
 *   nowMs: 0,
 *   status: "success",
 * });
 * assert.equal(code.text, 'cat "${SLUICE_VALUE_1}"');
 * assert.deepEqual(code.values, { SLUICE_VALUE_1: "my file" });
 * ```
 */
export function fillCode(embedding: Embedding, context: EvaluationContext): EmbeddedCode {
  if (!embedding.ok) throw firstProblem(embedding.problems);
  const { holes, pieces } = embedding.script;
  const filled = holes
    .filter(({ place }) => place !== "comment")
    .map((hole) => ({ hole, value: evaluated(hole, context) }));
  const values = new Map(filled.map(({ hole, value }) => [hole, value]));
  const carried = filled.filter(({ hole }) => !hole.unsafe);
  return {
    text: pieces.map((piece) =>
      typeof piece === "string" ? piece : textOf(values.get(piece) ?? null)
    ).join(""),
    values: byVariable(carried, ({ hole, value }) => valueFor(hole, value)),
    places: byVariable(carried, ({ hole }) => hole.place),
  };
}

interface FilledHole {
  readonly hole: EmbeddedHole;
  readonly value: Value;
}

function byVariable<T>(
  filled: readonly FilledHole[],
  property: (filled: FilledHole) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(filled.map((one) => [one.hole.variable, property(one)]));
}

function firstProblem(problems: Extract<Embedding, { ok: false }>["problems"]): Error {
  const [problem] = problems;
  if (problem === undefined) {
    return new Error("Internal error: an embedding failed without problem");
  }
  const { message, start, end } = problem;
  return new ExpressionError(message, { name: "SyntaxError", start, end });
}

function evaluated(hole: EmbeddedHole, context: EvaluationContext): Value {
  try {
    return parseExpression(hole.expression).evaluate(context);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ExpressionError(error.message, {
      name: error.name,
      start: hole.expressionStart + error.start,
      end: hole.expressionStart + error.end,
    });
  }
}

const BASH = {
  who: "Bash",
  instead: "keep any other in a variable that bash does not evaluate",
};

/** What an evaluating place takes; anything else there could be a command. */
const TAKES: Partial<Readonly<Record<HolePlace, Taken>>> = {
  numeric: { ...BASH, what: "a whole number", form: /^-?\d{1,19}$/ },
  name: { ...BASH, what: "letters, digits and _", form: HARMLESS_NAME },
  program: {
    who: "An interpreter",
    what: "letters, digits and _./:,-",
    form: /^[\w./:,-]*$/,
    instead: 'hand over any other as an argument behind the code, where it is "$1"',
  },
};

interface Taken {
  /** Who would evaluate it. */
  readonly who: string;
  readonly what: string;
  readonly form: RegExp;
  readonly instead: string;
}

function valueFor(hole: EmbeddedHole, value: Value): Value {
  if (hole.place === "string") return textOf(value);
  const takes = TAKES[hole.place];
  if (takes === undefined || takes.form.test(textOf(value))) return value;
  throw new ExpressionError(
    `${takes.who} would evaluate the value of "${hole.expression.trim()}" here, so it takes only ` +
      `${takes.what}; ${takes.instead}`,
    { name: "ValueError", start: hole.start, end: hole.end },
  );
}
