/**
 * Texts with `${{ … }}` in them.
 *
 * What a hole gives is put in and never looked at again: neither templates nor
 * `${NAME}` in it mean anything (REFERENCE W-08).
 *
 * @module
 */
import { isForbiddenKey } from "../source/forbidden_key.ts";
import type { Located } from "./ast.ts";
import { BoundedCache } from "./bounded_cache.ts";
import { substituteEnv } from "./env_text.ts";
import type { EvaluationContext } from "./evaluation_context.ts";
import { type Expression, MAX_CACHED_CHARS, parseExpression } from "./expression.ts";
import { ExpressionError } from "./expression_error.ts";
import { HOLE_END, HOLE_START, HoleScanner } from "./hole.ts";
import { refusedKey } from "./json.ts";
import { boundedText, MAX_VALUE_DEPTH, textOf, tooDeep } from "./text.ts";
import type { Value, ValueObject } from "./value.ts";
import { entriesOf, isList, isMapping, isView } from "./view.ts";

/** A stretch of a template. */
export interface TemplatePart extends Located {
  /** Whether it is the author's text or a hole. */
  readonly kind: "text" | "hole";
  /** The author's text, or what stands between the braces of a hole. */
  readonly text: string;
}

/** A stretch of a template that has been parsed. */
export interface ParsedPart extends TemplatePart {
  /** The expression of a hole. */
  readonly expression?: Expression;
}

/** A template whose holes have been parsed. */
export interface Template {
  /** Its stretches, in order; white space at the ends of the text is gone. */
  readonly parts: readonly ParsedPart[];
  /** Whether the text is one hole and nothing else but white space. */
  readonly isWhole: boolean;
}

/** Options for {@linkcode renderTemplate}. */
export interface RenderOptions {
  /**
   * Substitutes `${NAME}` and `${NAME:default}` in the author's own text: the
   * value, else the default, else `null`; an empty value counts as none. Write
   * `$${NAME}` for a literal `${NAME}`. Without it they stay as they are.
   */
  readonly env?: (name: string) => string | undefined;
  /** Whether a text that its variables leave nothing of but `null` is null. @default false */
  readonly unsetIsNull?: boolean;
}

/** The most holes that one text may have. */
export const MAX_TEMPLATE_HOLES = 10_000;

/**
 * Splits a text into the author's words and the holes. `start` and `end` of a
 * hole include its braces; a `}}` in quotes does not end it. A hole that is
 * never closed reaches to the end of the text.
 *
 * @example
 * ```ts
 * import { splitTemplate } from "./template.ts";
 *
 * const [, hole] = splitTemplate("Hello ${{ params.name }}!");
 * console.assert(hole?.kind === "hole" && hole.text === " params.name ");
 * ```
 */
export function splitTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  const scanner = new HoleScanner(text);
  for (let at = 0; at < text.length;) {
    const start = scanner.startFrom(at) ?? text.length;
    if (start > at) {
      parts.push({ kind: "text", text: text.slice(at, start), start: at, end: start });
    }
    if (start === text.length) break;
    at = scanner.endOf(start) ?? text.length;
    parts.push({ kind: "hole", text: insideOf(text, start, at), start, end: at });
  }
  return parts;
}

/** Whether a text has a hole. */
export function hasTemplate(text: string): boolean {
  return text.includes(HOLE_START);
}

/**
 * Parses a text with holes. Parsed texts are kept.
 *
 * @throws {ExpressionError} with the name `SyntaxError` and offsets into `text`.
 */
export function parseTemplate(text: string): Template {
  return text.length > MAX_KEPT_CHARS ? parsed(text) : templates.getOrMake(text, parsed);
}

/**
 * The expression of a hole, with the error's place in the text that was split.
 *
 * @throws {ExpressionError} for a hole that is not closed or does not parse.
 */
export function parseHole(text: string, hole: TemplatePart): Expression {
  if (!text.endsWith(HOLE_END, hole.end)) {
    const message = `Cannot find the "}}" that closes this "\${{"`;
    throw new ExpressionError(message, { name: "SyntaxError", start: hole.start, end: hole.end });
  }
  try {
    return parseExpression(hole.text);
  } catch (error) {
    throw moved(error, hole);
  }
}

/**
 * Renders a text. One hole alone keeps its native type. Otherwise values
 * become text ({@linkcode textOf}), white space at the ends is taken off, and
 * a result `None` is null (REFERENCE C-342 to C-344). Text without a hole is
 * returned as it is, but for `options.env`.
 *
 * @throws {ExpressionError} with offsets into `text`.
 * @example
 * ```ts
 * import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS, renderTemplate } from "./mod.ts";
 *
 * const context = {
 *   lookup: (name: string) => name === "item" ? 3 : undefined,
 *   functions: BUILTIN_FUNCTIONS,
 *   filters: BUILTIN_FILTERS,
 *   nowMs: 0,
 *   status: "success",
 * } as const;
 * console.assert(renderTemplate("${{ item }}", context) === 3);
 * console.assert(renderTemplate("item ${{ item }}", context) === "item 3");
 * ```
 */
export function renderTemplate(
  text: string,
  context: EvaluationContext,
  options: RenderOptions = {},
): Value {
  const { env, unsetIsNull = false } = options;
  if (!hasTemplate(text)) {
    const result = env === undefined ? text : substituteEnv(text, env);
    return unsetIsNull && result !== text && result.trim() === "null" ? null : result;
  }
  const { isWhole, parts } = parseTemplate(text);
  const [only] = parts;
  if (isWhole && only !== undefined) return valueOf(only, context);
  const rendered = boundedText(parts.map((part) => renderedPart(part, { context, env })));
  return rendered === "None" ? null : rendered;
}

/**
 * Renders all texts in a value. Names in mappings stay as they are
 * (REFERENCE C-345); what holds no template is not copied.
 *
 * @throws {ExpressionError} with offsets into the text that is wrong.
 */
export function renderDeep(
  value: Value,
  context: EvaluationContext,
  options: RenderOptions = {},
): Value {
  return renderedWithin(value, 0, (text) => renderTemplate(text, context, options));
}

/** A longer text is parsed anew each time: it would push out all others. */
const MAX_KEPT_CHARS = 8_192;

const templates = new BoundedCache<Template>(MAX_CACHED_CHARS);

const HOLE_START_CHARS = HOLE_START.length;

function insideOf(text: string, start: number, end: number): string {
  const isClosed = text.endsWith(HOLE_END, end);
  return text.slice(start + HOLE_START_CHARS, isClosed ? end - HOLE_END.length : end);
}

function parsed(text: string): Template {
  const split = splitTemplate(text);
  const holes = split.filter(({ kind }) => kind === "hole");
  if (holes.length > MAX_TEMPLATE_HOLES) throw tooManyHoles(text);
  const parts = trimmedEnds(split).map((part) =>
    part.kind === "text" ? part : { ...part, expression: parseHole(text, part) }
  );
  return { parts, isWhole: parts.length === 1 && holes.length === 1 };
}

/** The author's white space at both ends is taken off; what a hole gives there is not. */
function trimmedEnds(parts: readonly TemplatePart[]): readonly TemplatePart[] {
  const trimmed = parts.map((part, i) => {
    if (part.kind === "hole") return part;
    const text = i === 0 ? part.text.trimStart() : part.text;
    return { ...part, text: i === parts.length - 1 ? text.trimEnd() : text };
  });
  return trimmed.filter(({ text, kind }) => kind === "hole" || text !== "");
}

function tooManyHoles(text: string): ExpressionError {
  const message = `Cannot render a text with more than ${MAX_TEMPLATE_HOLES} templates`;
  return new ExpressionError(message, { name: "SyntaxError", end: text.length });
}

interface Rendering {
  readonly context: EvaluationContext;
  readonly env: ((name: string) => string | undefined) | undefined;
}

function renderedPart(part: ParsedPart, { context, env }: Rendering): string {
  if (part.kind === "text") return env === undefined ? part.text : substituteEnv(part.text, env);
  return textOf(valueOf(part, context));
}

function valueOf(part: ParsedPart, context: EvaluationContext): Value {
  try {
    return part.expression?.evaluate(context) ?? null;
  } catch (error) {
    throw moved(error, part);
  }
}

/** A place in an expression as the place in the text around it. */
function moved(error: unknown, hole: Located): unknown {
  return error instanceof ExpressionError ? error.movedBy(hole.start + HOLE_START_CHARS) : error;
}

function renderedWithin(value: Value, depth: number, render: (text: string) => Value): Value {
  if (typeof value === "string") return render(value);
  if (value === null || typeof value !== "object" || isView(value)) return value;
  if (depth === MAX_VALUE_DEPTH) throw tooDeep();
  if (isList(value)) {
    const items = value.map((item) => renderedWithin(item, depth + 1, render));
    return items.every((item, i) => item === value[i]) ? value : items;
  }
  return isMapping(value) ? renderedMapping(value, depth + 1, render) : value;
}

function renderedMapping(
  mapping: ValueObject,
  depth: number,
  render: (text: string) => Value,
): ValueObject {
  const rendered: Record<string, Value> = {};
  let isChanged = false;
  for (const [name, value] of entriesOf(mapping)) {
    if (isForbiddenKey(name)) throw refusedKey(name);
    const entry = renderedWithin(value, depth, render);
    rendered[name] = entry;
    isChanged ||= entry !== value;
  }
  return isChanged ? rendered : mapping;
}
