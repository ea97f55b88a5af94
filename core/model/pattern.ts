/**
 * Regular expressions that cannot hang: a pattern is matched in time that
 * grows with the value's length times the pattern's, whatever either holds.
 *
 * The values of parameters come from anybody who may start a run, so the
 * runtime's own regular expressions, which backtrack, are no choice. This is a
 * simulation of all paths at once (Thompson 1968, as in Pike's and Cox's
 * engines) over the part of the usual syntax that such an engine can do:
 * characters, `.`, classes, groups, `|`, `* + ? {n,m}`, `^` and `$`. There are
 * no back-references and no look-around.
 *
 * @module
 */

/** The longest pattern. */
export const MAX_PATTERN_CHARS = 500;

/** The most steps that a pattern may stand for once its repeats are written out. */
export const MAX_PATTERN_STEPS = 2_000;

/** The longest value that a pattern is held against. */
export const MAX_PATTERN_VALUE_CHARS = 10_000;

const MAX_NESTING = 50;

/** A pattern that was read. */
export interface Pattern {
  /** The pattern as written. */
  readonly text: string;
  /** Whether the whole of `value` has this form; `false` beyond {@linkcode MAX_PATTERN_VALUE_CHARS}. */
  matches(value: string): boolean;
}

/** A pattern, or why the text is none. */
export type ParsedPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly message: string };

/**
 * Reads a pattern.
 *
 * @example
 * ```ts
 * import { parsePattern } from "./pattern.ts";
 * import { equal } from "node:assert/strict";
 *
 * const parsed = parsePattern("[a-z]+-\\d{4}");
 * equal(parsed.ok && parsed.pattern.matches("run-2026"), true);
 * equal(parsed.ok && parsed.pattern.matches("run-2026!"), false);
 * ```
 */
export function parsePattern(text: string): ParsedPattern {
  if (text.length > MAX_PATTERN_CHARS) {
    return refused(`it has ${text.length} characters; the most is ${MAX_PATTERN_CHARS}`);
  }
  const reader = new Reader(text);
  const tree = readAlternatives(reader, 0);
  if (!reader.failure && !reader.done()) reader.fail("a group is closed that was never opened");
  if (reader.failure) return refused(reader.failure);

  const steps: Step[] = [];
  if (!compile(tree, steps)) {
    return refused(`its repeats stand for more than ${MAX_PATTERN_STEPS} steps`);
  }
  steps.push({ op: "match" });
  return { ok: true, pattern: { text, matches: (value) => run(steps, value) } };
}

function refused(message: string): ParsedPattern {
  return { ok: false, message };
}

// ---------------------------------------------------------------- the tree

type CharTest = (char: number) => boolean;

type Tree =
  | { readonly kind: "char"; readonly test: CharTest }
  | { readonly kind: "start" }
  | { readonly kind: "end" }
  | { readonly kind: "all"; readonly parts: readonly Tree[] }
  | { readonly kind: "any"; readonly parts: readonly Tree[] }
  | { readonly kind: "repeat"; readonly part: Tree; readonly min: number; readonly max: number };

const NOTHING: Tree = { kind: "all", parts: [] };

/** Goes through the characters of a pattern and keeps the first thing that is wrong. */
class Reader {
  readonly #chars: readonly string[];
  #at = 0;
  failure = "";

  constructor(text: string) {
    this.#chars = [...text];
  }

  done(): boolean {
    return this.#at >= this.#chars.length || this.failure !== "";
  }

  peek(ahead = 0): string {
    return this.#chars[this.#at + ahead] ?? "";
  }

  next(): string {
    return this.#chars[this.#at++] ?? "";
  }

  take(wanted: string): boolean {
    const found = [...wanted].every((char, ahead) => this.peek(ahead) === char);
    if (found) this.#at += wanted.length;
    return found;
  }

  fail(message: string): Tree {
    this.failure ||= message;
    return NOTHING;
  }
}

function readAlternatives(reader: Reader, depth: number): Tree {
  if (depth > MAX_NESTING) {
    return reader.fail(`its groups are nested more than ${MAX_NESTING} deep`);
  }
  const parts = [readSequence(reader, depth)];
  while (reader.take("|")) parts.push(readSequence(reader, depth));
  return parts.length === 1 ? parts[0] ?? NOTHING : { kind: "any", parts };
}

function readSequence(reader: Reader, depth: number): Tree {
  const parts: Tree[] = [];
  while (!reader.done() && reader.peek() !== "|" && reader.peek() !== ")") {
    parts.push(readRepeat(reader, readAtom(reader, depth)));
  }
  return { kind: "all", parts };
}

function readAtom(reader: Reader, depth: number): Tree {
  const char = reader.next();
  switch (char) {
    case "(":
      return readGroup(reader, depth);
    case "[":
      return { kind: "char", test: readClass(reader) };
    case ".":
      return { kind: "char", test: (code) => !isLineEnd(code) };
    case "^":
      return { kind: "start" };
    case "$":
      return { kind: "end" };
    case "\\":
      return { kind: "char", test: readEscape(reader) };
    case "*":
    case "+":
    case "?":
      return reader.fail(`"${char}" has nothing to repeat`);
    default:
      return { kind: "char", test: only(char) };
  }
}

function readGroup(reader: Reader, depth: number): Tree {
  if (reader.peek() === "?" && !reader.take("?:")) {
    return reader.fail(`groups that begin with "(?${reader.peek(1)}" are not supported`);
  }
  const inner = readAlternatives(reader, depth + 1);
  return reader.take(")") ? inner : reader.fail("a group is not closed");
}

function readRepeat(reader: Reader, part: Tree): Tree {
  const bounds = readBounds(reader);
  if (bounds === undefined) return part;
  reader.take("?"); // Whether it is lazy makes no difference to whether it matches.
  if (["*", "+", "?"].includes(reader.peek())) {
    return reader.fail(`"${reader.peek()}" repeats what is repeated already`);
  }
  return { kind: "repeat", part, min: bounds[0], max: bounds[1] };
}

function readBounds(reader: Reader): readonly [number, number] | undefined {
  if (reader.take("*")) return [0, Infinity];
  if (reader.take("+")) return [1, Infinity];
  if (reader.take("?")) return [0, 1];
  if (!reader.take("{")) return undefined;

  let inner = "";
  while (!reader.done() && reader.peek() !== "}") inner += reader.next();
  const shape = /^(\d{1,4})(?:(,)(\d{1,4})?)?$/.exec(inner);
  if (!reader.take("}") || shape === null) {
    reader.fail(`"{${inner}" is no repeat; write a brace as "\\{"`);
    return undefined;
  }
  const [, min = "0", comma, max] = shape;
  const most = comma === undefined ? Number(min) : max === undefined ? Infinity : Number(max);
  if (most < Number(min)) reader.fail(`"{${inner}}" ends before it starts`);
  return [Number(min), most];
}

function readClass(reader: Reader): CharTest {
  const negated = reader.take("^");
  const tests: CharTest[] = [];
  while (!reader.done() && reader.peek() !== "]") tests.push(readClassPart(reader));
  if (!reader.take("]")) reader.fail("a class is not closed");
  return (code) => tests.some((test) => test(code)) !== negated;
}

function readClassPart(reader: Reader): CharTest {
  const first = reader.next();
  if (first === "\\" && isShorthand(reader.peek())) return readEscape(reader);

  const low = first === "\\" ? readEscapedChar(reader) : first;
  if (reader.peek() !== "-" || reader.peek(1) === "]") return only(low);

  reader.next();
  const last = reader.next();
  const high = last === "\\" ? readEscapedChar(reader) : last;
  const [from, to] = [codeOf(low), codeOf(high)];
  if (to < from) reader.fail(`the range "${low}-${high}" ends before it starts`);
  return (code) => code >= from && code <= to;
}

const isDigit: CharTest = (code) => code >= 48 && code <= 57;
const isLetter: CharTest = (code) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const isWord: CharTest = (code) => isDigit(code) || isLetter(code) || code === 95;
const isSpace: CharTest = (code) => String.fromCodePoint(code).trim() === "";
const isLineEnd: CharTest = (code) => [10, 13, 0x2028, 0x2029].includes(code);

const SHORTHANDS: ReadonlyMap<string, CharTest> = new Map<string, CharTest>([
  ["d", isDigit],
  ["w", isWord],
  ["s", isSpace],
  ["D", (code) => !isDigit(code)],
  ["W", (code) => !isWord(code)],
  ["S", (code) => !isSpace(code)],
]);

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ["t", "\t"],
  ["n", "\n"],
  ["r", "\r"],
  ["f", "\f"],
  ["v", "\v"],
]);

function isShorthand(char: string): boolean {
  return SHORTHANDS.has(char);
}

function readEscape(reader: Reader): CharTest {
  const shorthand = SHORTHANDS.get(reader.peek());
  if (shorthand === undefined) return only(readEscapedChar(reader));
  reader.next();
  return shorthand;
}

function readEscapedChar(reader: Reader): string {
  const char = reader.next();
  const control = CONTROLS.get(char);
  if (control !== undefined) return control;
  if (char === "" || /[A-Za-z0-9]/.test(char)) reader.fail(`"\\${char}" is not supported`);
  return char;
}

function only(char: string): CharTest {
  const wanted = codeOf(char);
  return (code) => code === wanted;
}

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

// ------------------------------------------------------------- the program

type Step =
  | { readonly op: "char"; readonly test: CharTest }
  | { readonly op: "fork"; readonly ways: readonly number[] }
  | { readonly op: "start" }
  | { readonly op: "end" }
  | { readonly op: "match" };

/** Appends the steps for `tree`; `false` when there would be too many. */
function compile(tree: Tree, steps: Step[]): boolean {
  if (steps.length > MAX_PATTERN_STEPS) return false;
  switch (tree.kind) {
    case "char":
      steps.push({ op: "char", test: tree.test });
      return true;
    case "start":
    case "end":
      steps.push({ op: tree.kind });
      return true;
    case "all":
      return tree.parts.every((part) => compile(part, steps));
    case "any":
      return compileAny(tree.parts, steps);
    case "repeat":
      return compileRepeat(tree, steps);
    default:
      return tree satisfies never;
  }
}

function compileAny(parts: readonly Tree[], steps: Step[]): boolean {
  const fork = steps.length;
  steps.push({ op: "fork", ways: [] });
  const starts: number[] = [];
  const ends: number[] = [];
  for (const part of parts) {
    starts.push(steps.length);
    if (!compile(part, steps)) return false;
    ends.push(steps.length);
    steps.push({ op: "fork", ways: [] });
  }
  steps[fork] = { op: "fork", ways: starts };
  for (const end of ends) steps[end] = { op: "fork", ways: [steps.length] };
  return true;
}

function compileRepeat(
  { part, min, max }: { readonly part: Tree; readonly min: number; readonly max: number },
  steps: Step[],
): boolean {
  for (let round = 0; round < min; round++) {
    const before = steps.length;
    if (!compile(part, steps)) return false;
    if (steps.length === before) return true; // Nothing, however often it is repeated.
  }
  if (max === Infinity) return compileLoop(part, steps);

  const exits: number[] = [];
  for (let round = min; round < max; round++) {
    exits.push(steps.length);
    steps.push({ op: "fork", ways: [] });
    if (!compile(part, steps)) return false;
  }
  for (const exit of exits) steps[exit] = { op: "fork", ways: [exit + 1, steps.length] };
  return true;
}

function compileLoop(part: Tree, steps: Step[]): boolean {
  const loop = steps.length;
  steps.push({ op: "fork", ways: [] });
  if (!compile(part, steps)) return false;
  steps.push({ op: "fork", ways: [loop] });
  steps[loop] = { op: "fork", ways: [loop + 1, steps.length] };
  return true;
}

// ------------------------------------------------------------- the matching

function run(steps: readonly Step[], value: string): boolean {
  if (value.length > MAX_PATTERN_VALUE_CHARS) return false;
  const chars = [...value];
  let places = follow(steps, [0], { first: true, last: chars.length === 0 });
  for (const [at, char] of chars.entries()) {
    const code = codeOf(char);
    const next: number[] = [];
    for (const place of places) {
      const step = steps[place];
      if (step?.op === "char" && step.test(code)) next.push(place + 1);
    }
    if (next.length === 0) return false;
    places = follow(steps, next, { first: false, last: at === chars.length - 1 });
  }
  return places.some((place) => steps[place]?.op === "match");
}

/** All places that can be reached from `from` without reading a character, each once. */
function follow(
  steps: readonly Step[],
  from: readonly number[],
  edge: { readonly first: boolean; readonly last: boolean },
): readonly number[] {
  const seen = new Set<number>();
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (seen.has(place)) continue;
    seen.add(place);
    const step = steps[place];
    if (step?.op === "fork") open.push(...step.ways);
    if ((step?.op === "start" && edge.first) || (step?.op === "end" && edge.last)) {
      open.push(place + 1);
    }
  }
  return [...seen];
}
