/**
 * What may follow the beginning of an expression: names, properties by their
 * types, functions, filters, and the texts that a value is compared with.
 *
 * @module
 */
import { expressionType, optionsOf, type Type, typeText } from "../check/types/mod.ts";
import type { ObjectType, Property } from "../check/types/type.ts";
import { ExpressionError } from "../expr/expression_error.ts";
import type { FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import { HOLE_START } from "../expr/hole.ts";
import { Lexer, type Token } from "../expr/lexer.ts";
import { parse } from "../expr/parser.ts";
import type { Completion } from "./completion_item.ts";
import { filterSignature, functionSignature } from "./signature.ts";

/** What expressions see. */
export interface ExpressionFacts {
  /** The names. */
  readonly context: ObjectType;
  /** What can be called. */
  readonly functions: FunctionTable;
  /** What can stand behind a bar. */
  readonly filters: FilterTable;
}

/** What may follow the text of an expression up to the cursor, at which a word may have begun. */
export function expressionCompletions(
  expression: string,
  facts: ExpressionFacts,
): readonly Completion[] {
  // In a condition, what counts is the hole that the cursor is in.
  const inner = expression.slice(expression.lastIndexOf(HOLE_START) + 1).replace(/^\{\{/, "");
  const text = expression.includes(HOLE_START) ? inner : expression;
  const { tokens, openQuote } = wordsOf(text);
  if (openQuote !== undefined) return textsFor(text, tokens, { facts, openQuote });
  const last = tokens.at(-1);
  const isWord = last?.kind === "name" && last.end === text.length;
  const before = isWord ? tokens.slice(0, -1) : tokens;
  const previous = before.at(-1);
  // A digit that touches the cursor is a number being written, not a name.
  if (!isWord && last?.kind === "number" && last.end === text.length) return [];
  if (isOperator(previous, ".")) return propertiesOf(text, before.slice(0, -1), facts);
  if (isOperator(previous, "|")) return filtersOf(facts);
  return namesOf(facts);
}

interface Words {
  readonly tokens: readonly Token[];
  /** Offset of a quote that nothing closes. */
  readonly openQuote?: number;
}

/** The words up to where they cannot be read any more. */
function wordsOf(text: string): Words {
  const lexer = new Lexer(text, { start: 0, end: text.length, holes: false });
  const tokens: Token[] = [];
  try {
    for (let token = lexer.next(); token.kind !== "end"; token = lexer.next()) tokens.push(token);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const at = text.slice(tokens.at(-1)?.end ?? 0).search(/\S/) + (tokens.at(-1)?.end ?? 0);
    return /["']/.test(text.charAt(at)) ? { tokens, openQuote: at } : { tokens };
  }
  return { tokens };
}

function isOperator(token: Token | undefined, text: string): boolean {
  return token?.kind === "operator" && token.text === text;
}

function namesOf({ context, functions }: ExpressionFacts): readonly Completion[] {
  return [
    ...entriesOf(context, "name"),
    ...Array.from(functions.values(), (each): Completion => ({
      label: each.name,
      kind: "function",
      detail: functionSignature(each),
      doc: each.summary,
      text: each.params.length === 0 ? `${each.name}()` : `${each.name}(`,
    })),
  ];
}

function filtersOf({ filters }: ExpressionFacts): readonly Completion[] {
  return Array.from(filters.values(), (each) => ({
    label: each.name,
    kind: "filter",
    detail: filterSignature(each),
    doc: each.summary,
    text: each.name,
  }));
}

/** What a value before the dot has: all that it has as any of the types that it may be of. */
function propertiesOf(
  text: string,
  tokens: readonly Token[],
  facts: ExpressionFacts,
): readonly Completion[] {
  const type = typeBefore(text, tokens, facts);
  if (type === undefined) return [];
  const found = optionsOf(type).flatMap((option) =>
    option.kind === "object" ? entriesOf(option, "property") : []
  );
  // Behind a dot, only what reads as a name can be written.
  const named = found.filter(({ label }) => STEP_NAME.test(label));
  return [...new Map(named.map((each) => [each.label, each])).values()];
}

const STEP_NAME = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:-+[\p{L}\p{M}\p{N}_]+)*$/u;

/** The most names of one mapping that are looked at. */
const MAX_ENTRIES = 1_000;

function entriesOf(object: ObjectType, kind: "name" | "property"): readonly Completion[] {
  const entries: Completion[] = [];
  for (const label of object.properties.names()) {
    if (entries.length === MAX_ENTRIES) break;
    const property = object.properties.get(label);
    if (property !== undefined) entries.push(entryOf(label, kind, property));
  }
  return entries;
}

function entryOf(label: string, kind: "name" | "property", { type, absent }: Property): Completion {
  const title = type.kind === "object" ? type.title ?? "" : "";
  const doc = [title, ...(absent === undefined ? [] : [`May be missing: ${absent}.`])];
  return {
    ...{ label, kind, text: label },
    detail: detailOf(type),
    doc: doc.filter((line) => line !== "").join("\n\n"),
  };
}

/** The most texts of a type that are written out. */
const MAX_TEXTS = 8;

/** A type in words, with the texts that it may be while they are few. */
export function detailOf(type: Type): string {
  const options = optionsOf(type).map((option) => {
    const texts = option.kind === "string" ? option.oneOf : undefined;
    if (texts === undefined || texts.length > MAX_TEXTS) return typeText(option);
    return texts.map((text) => JSON.stringify(text)).join(" or ");
  });
  return [...new Set(options)].join(" or ");
}

/** In quotes behind a comparison: the texts that the other side may be; in brackets: the names. */
function textsFor(
  text: string,
  tokens: readonly Token[],
  { facts, openQuote }: { readonly facts: ExpressionFacts; readonly openQuote: number },
): readonly Completion[] {
  const previous = tokens.at(-1);
  const before = tokens.slice(0, -1);
  const close = text.charAt(openQuote);
  if (isOperator(previous, "[")) {
    const type = typeBefore(text, before, facts);
    const objects = type === undefined ? [] : optionsOf(type);
    return objects.flatMap((option) =>
      option.kind === "object" ? entriesOf(option, "property") : []
    );
  }
  if (!isOperator(previous, "==") && !isOperator(previous, "!=")) return [];
  const type = typeBefore(text, before, facts);
  const texts = type === undefined
    ? []
    : optionsOf(type).flatMap((option) => option.kind === "string" ? option.oneOf ?? [] : []);
  return texts.filter((each) => !each.includes(close)).map((label): Completion => ({
    ...{ label, kind: "value", detail: "", doc: "", text: label },
  }));
}

/** The type of the value that the last of these words end; `undefined` when they end none. */
function typeBefore(
  text: string,
  tokens: readonly Token[],
  facts: ExpressionFacts,
): Type | undefined {
  const first = startOfValue(tokens);
  const last = tokens.at(-1);
  if (first === undefined || last === undefined) return undefined;
  try {
    const root = parse(text.slice(first.start, last.end));
    return expressionType(root, { ...facts, report: () => {} });
  } catch (error) {
    if (error instanceof ExpressionError) return undefined;
    throw error;
  }
}

const OPENING: Readonly<Record<string, string>> = { ")": "(", "]": "[" };

/** The word that begins the value which the last word ends: names, dots, calls and brackets, backwards. */
function startOfValue(tokens: readonly Token[]): Token | undefined {
  let at = tokens.length - 1;
  if (isOperator(tokens[at], "?")) at--;
  for (; at >= 0; at--) {
    const opening = OPENING[tokens[at]?.text ?? ""];
    if (tokens[at]?.kind === "operator" && opening !== undefined) {
      at = openingOf(tokens, at, opening);
      if (at < 0) return undefined;
      const caller = tokens[at - 1];
      const isCalled = caller?.kind === "name" || isOperator(caller, "]") ||
        isOperator(caller, ")");
      if (!isCalled) return tokens[at];
      continue;
    }
    if (tokens[at]?.kind !== "name" && tokens[at]?.kind !== "number") return undefined;
    if (!isOperator(tokens[at - 1], ".")) return tokens[at];
    at--;
    if (isOperator(tokens[at - 1], "?")) at--;
  }
  return undefined;
}

function openingOf(tokens: readonly Token[], from: number, opening: string): number {
  const closing = tokens[from]?.text ?? "";
  let depth = 0;
  for (let at = from; at >= 0; at--) {
    if (isOperator(tokens[at], closing)) depth++;
    else if (isOperator(tokens[at], opening) && --depth === 0) return at;
  }
  return -1;
}
