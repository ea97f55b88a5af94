/**
 * Finds what is large in a record, so that it can be kept apart and once.
 *
 * Records are lines of JSON, and what makes one large is one value in it: the
 * output of a stage, the plan. The same value is in many records, each time
 * beside something small that is its own (an address, a time). So values are
 * cut out, not records. Nothing depends on the text being JSON: a cut is a
 * piece of the text as it is, and putting it back gives the very same text.
 *
 * @module
 */

/** So many UTF-16 code units make a value large: four pages of the database. */
export const LARGE_VALUE_UNITS = 16_384;

/** A piece that was cut out of a text. */
export interface Cut {
  /** Where it was: a position in the text that is left. */
  readonly at: number;
  /** What was there. */
  readonly piece: string;
}

/** A text, and what was cut out of it. */
export interface CutText {
  /** What is left. */
  readonly rest: string;
  /** The pieces, by their position. */
  readonly cuts: readonly Cut[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** A list or a mapping that has begun. */
interface Open {
  readonly start: number;
  /** How many spans had been found when it began. */
  readonly spans: number;
}

/** Cuts the large values out of a record. One that is small, or no well-formed text, stays whole. */
export function cutLargeValues(text: string): CutText {
  if (text.length < LARGE_VALUE_UNITS || !text.isWellFormed()) return { rest: text, cuts: [] };
  const rest: string[] = [];
  const cuts: Cut[] = [];
  let [at, end] = [0, 0];
  for (const span of largeValues(text)) {
    rest.push(text.slice(end, span.start));
    at += span.start - end;
    cuts.push({ at, piece: text.slice(span.start, span.end) });
    end = span.end;
  }
  return cuts.length === 0
    ? { rest: text, cuts }
    : { rest: [...rest, text.slice(end)].join(""), cuts };
}

/** The text as it was. */
export function withCuts({ rest, cuts }: CutText): string {
  let whole = "";
  let end = 0;
  for (const { at, piece } of cuts) {
    whole += rest.slice(end, at) + piece;
    end = at;
  }
  return whole + rest.slice(end);
}

const BRACKETS = /["{}[\]]/g;

/**
 * The smallest values that are large, in order. A list or a mapping in which
 * much is left besides its large values is taken as a whole; the record itself
 * never is.
 */
function largeValues(text: string): readonly Span[] {
  const spans: Span[] = [];
  const open: Open[] = [];
  const brackets = new RegExp(BRACKETS);
  for (let found = brackets.exec(text); found !== null; found = brackets.exec(text)) {
    const { 0: bracket, index } = found;
    if (bracket === '"') {
      const end = endOfString(text, index);
      if (end === undefined) break;
      if (end - index >= LARGE_VALUE_UNITS) spans.push({ start: index, end });
      brackets.lastIndex = end;
    } else if (bracket === "{" || bracket === "[") {
      open.push({ start: index, spans: spans.length });
    } else {
      closeValue(spans, { open: open.pop(), end: index + 1, outermost: open.length === 0 });
    }
  }
  return spans;
}

function closeValue(
  spans: Span[],
  { open, end, outermost }: {
    readonly open: Open | undefined;
    readonly end: number;
    readonly outermost: boolean;
  },
): void {
  if (open === undefined || outermost) return;
  const apart = spans.slice(open.spans).reduce((sum, span) => sum + span.end - span.start, 0);
  if (end - open.start - apart < LARGE_VALUE_UNITS) return;
  spans.splice(open.spans, Infinity, { start: open.start, end });
}

/** Behind the closing quote of the string that begins at `start`. */
function endOfString(text: string, start: number): number | undefined {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text[quote - slashes - 1] === "\\") slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
  return undefined;
}
