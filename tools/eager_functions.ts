/**
 * Has the functions that a start calls compiled together with their file.
 *
 * V8 compiles a function when it is first called, and what the runtime keeps of
 * a file holds only what was compiled with it: the rest is compiled anew at each
 * start. A function in parentheses is taken for one that is called at once, so
 * it is compiled with the file, and kept.
 *
 * @module
 */

/** Where a function stands in its file. */
export interface FunctionRange {
  /** Where it begins. */
  readonly start: number;
  /** The first place behind it. */
  readonly end: number;
}

/** The functions of a file. */
export interface FoundFunctions {
  /** All of them. */
  readonly all: readonly FunctionRange[];
  /** Those that were called. */
  readonly called: readonly FunctionRange[];
}

/**
 * A file that does the same, with parentheses around what was called. What is
 * declared at its top level becomes a variable at its very beginning, so that
 * it is there as early as a declaration. Methods stay as they are.
 */
export function withEagerFunctions(text: string, { all, called }: FoundFunctions): string {
  const declared = called
    .filter((range) => isDeclared(text, range) && !all.some((other) => isWithin(range, other)))
    .toSorted((one, other) => one.start - other.start);
  const marks = parentheses(called.filter((range) => isExpression(text, range)));
  const moved = declared.map((range) => asVariable(marked(text, { range, marks })));
  const rest = between(declared, text.length).map((range) => marked(text, { range, marks }));
  return [...moved, ...rest].join("");
}

const DECLARATION = /^((?:async\s+)?function(?:\s*\*)?)\s*([\w$]+)\s*(?=\()/;
const FUNCTION = /^(?:async\s+)?function\b/;
const ARROW = /^(?:async\s+)?[\w$]+\s*=>|^(?:async\s*)?\(/;
const METHOD_CALLED_ASYNC = /^async\s*\([^)]*\)\s*\{/;

/** A statement follows a statement. */
function isDeclared(text: string, { start, end }: FunctionRange): boolean {
  return DECLARATION.test(text.slice(start, end)) && /[;}]\s*$|^$/.test(lastOf(text, start));
}

function isExpression(text: string, { start, end }: FunctionRange): boolean {
  const own = text.slice(start, end);
  if (FUNCTION.test(own)) return !/[;{}]\s*$|^$/.test(lastOf(text, start));
  return ARROW.test(own) && !METHOD_CALLED_ASYNC.test(own);
}

/** Enough of what stands before to see how the last statement ended. */
function lastOf(text: string, at: number): string {
  return text.slice(Math.max(0, at - 100), at).trimEnd();
}

function isWithin(inner: FunctionRange, outer: FunctionRange): boolean {
  return outer.start < inner.start && inner.end < outer.end;
}

/** What is put where. */
type Marks = ReadonlyMap<number, string>;

function parentheses(ranges: readonly FunctionRange[]): Marks {
  const marks = new Map<number, string>();
  for (const { start, end } of ranges) {
    marks.set(start, `${marks.get(start) ?? ""}(`);
    marks.set(end, `${marks.get(end) ?? ""})`);
  }
  return marks;
}

function marked(
  text: string,
  { range: { start, end }, marks }: { readonly range: FunctionRange; readonly marks: Marks },
): string {
  const places = [...marks.keys()].filter((at) => start < at && at < end).sort((a, b) => a - b);
  const cuts = [start, ...places, end];
  return cuts.slice(1)
    .map((cut, at) => text.slice(cuts[at], cut) + (cut === end ? "" : marks.get(cut) ?? ""))
    .join("");
}

function asVariable(declaration: string): string {
  return `var ${declaration.replace(DECLARATION, "$2=($1")});\n`;
}

/** What is left of a text without these ranges, in order. */
function between(ranges: readonly FunctionRange[], length: number): readonly FunctionRange[] {
  const starts = [0, ...ranges.map(({ end }) => end)];
  const ends = [...ranges.map(({ start }) => start), length];
  return starts.map((start, at) => ({ start, end: ends[at] ?? length }));
}
