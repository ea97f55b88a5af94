/**
 * The texts of a workflow with their expressions parsed, once for all rules.
 *
 * @module
 */
import type { Node } from "../expr/ast.ts";
import { parseCondition } from "../expr/condition.ts";
import type { Embedding } from "../expr/embed.ts";
import { embedCode } from "../expr/embed_code.ts";
import { parseExpression } from "../expr/expression.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import { HOLE_START } from "../expr/hole.ts";
import { hasTemplate, parseHole, splitTemplate } from "../expr/template.ts";
import type { Workflow } from "../model/workflow.ts";
import type { CheckFacts } from "./check_facts.ts";
import { type WrittenText, writtenTexts } from "./written_texts.ts";

/** A text with what it says. */
export interface ReadText extends WrittenText {
  /** Its expressions, in order, without those that do not parse. */
  readonly expressions: readonly ReadExpression[];
  /** Why some of it does not parse, with offsets in the text. */
  readonly errors: readonly ExpressionError[];
  /** For code with templates: what becomes of it. */
  readonly embedding?: Embedding;
}

/** An expression in a text. */
export interface ReadExpression {
  /** Its tree. */
  readonly root: Node;
  /** What its offsets are to be moved by to be offsets in the text. */
  readonly offset: number;
  /** Whether it is the whole text, but for white space. */
  readonly isWhole: boolean;
}

/** The texts of a workflow that hold expressions or must be of a type, and all code: it may read names without them. */
export function readTexts(workflow: Workflow, facts: CheckFacts): readonly ReadText[] {
  const read: ReadText[] = [];
  for (const written of writtenTexts(workflow, facts)) {
    const isPlain = written.reading === "template" && !hasTemplate(written.text);
    if (!isPlain || written.expects !== undefined) read.push(readText(written));
  }
  return read;
}

/** One text with what it says. */
export function readText(written: WrittenText): ReadText {
  const { text, reading } = written;
  if (reading === "condition") {
    if (text.trim() === "") return { ...written, expressions: [], errors: [] };
    const condition = attempt(() => parseCondition(text).root, 0);
    return { ...written, ...sorted([{ ...condition, offset: 0, isWhole: true }]) };
  }
  if (reading === "template") return { ...written, ...holesOf(text) };
  if (!hasTemplate(text)) return { ...written, expressions: [], errors: [] };
  const embedding = embedCode(reading, text);
  // A script that cannot carry values is for the rule about code.
  const holes = embedding.ok ? embedding.script.holes : [];
  const parsed = holes.filter(({ place }) => place !== "comment").map((hole) => ({
    ...attempt(() => parseExpression(hole.expression).root, hole.expressionStart),
    offset: hole.expressionStart,
    isWhole: false,
  }));
  return { ...written, ...sorted(parsed), embedding };
}

type Attempt = { readonly root: Node } | { readonly error: ExpressionError };
type Attempted = Attempt & { readonly offset: number; readonly isWhole: boolean };

function holesOf(text: string): Pick<ReadText, "expressions" | "errors"> {
  const parts = splitTemplate(text);
  const isWhole = parts.every(({ kind, text }) => kind === "hole" || text.trim() === "") &&
    parts.filter(({ kind }) => kind === "hole").length === 1;
  return sorted(
    parts.filter(({ kind }) => kind === "hole").map((hole) => ({
      ...attempt(() => parseHole(text, hole).root, 0),
      offset: hole.start + HOLE_START.length,
      isWhole,
    })),
  );
}

function sorted(attempts: readonly Attempted[]): Pick<ReadText, "expressions" | "errors"> {
  return {
    expressions: attempts.flatMap((each) => "root" in each ? [each] : []),
    errors: attempts.flatMap((each) => "error" in each ? [each.error] : []),
  };
}

function attempt(parse: () => Node, offset: number): Attempt {
  try {
    return { root: parse() };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { error: error.movedBy(offset) };
  }
}
