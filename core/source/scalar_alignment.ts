/**
 * Which character of the source each character of a text comes from.
 *
 * @module
 */
import { Scalar } from "yaml";

/** The source offset of a text's character, by its offset in the text; `undefined` where it cannot be told. */
export type Alignment = (offset: number) => number | undefined;

/**
 * Lays a text beside the source lines it was written in. Indentation and the
 * ends of lines are where the two differ; between them each line is the same
 * in both, unless the text is quoted with escapes. Then nothing is told.
 */
export function alignmentOf(scalar: Scalar, source: string): Alignment {
  const { value } = scalar;
  const stretches = typeof value === "string" ? stretchesOf(value, contentOf(scalar, source)) : [];
  return (offset) => {
    const stretch = stretchAt(stretches, offset);
    return stretch === undefined ? undefined : stretch.inSource + offset - stretch.inText;
  };
}

interface Content {
  readonly text: string;
  /** Offset of the content in the source. */
  readonly offset: number;
}

/** A piece of a line that is the same in the text and in the source. */
interface Stretch {
  readonly inText: number;
  readonly inSource: number;
  readonly length: number;
}

/** The source of a scalar without its quotes or its block header. */
function contentOf({ range, type }: Scalar, source: string): Content {
  const [start, end] = range ?? [0, 0];
  const isQuoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
  if (isQuoted) return { text: source.slice(start + 1, end - 1), offset: start + 1 };
  const isBlock = type === Scalar.BLOCK_FOLDED || type === Scalar.BLOCK_LITERAL;
  const offset = isBlock ? source.indexOf("\n", start) + 1 : start;
  return { text: source.slice(offset, end), offset };
}

/** Empty when the two do not run in step. */
function stretchesOf(value: string, { text, offset }: Content): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let inText = 0;
  for (const { 0: line, index } of text.matchAll(LINE)) {
    inText = behindSpace(value, inText);
    // What follows the text is a comment behind a block.
    if (inText === value.length) break;
    if (!value.startsWith(line, inText)) return [];
    stretches.push({ inText, inSource: offset + index, length: line.length });
    inText += line.length;
  }
  return behindSpace(value, inText) === value.length ? stretches : [];
}

/** A line from its first to its last character that is no white space. */
const LINE = /\S(?:[^\n]*\S)?/g;

function behindSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at++;
  return at;
}

function stretchAt(stretches: readonly Stretch[], offset: number): Stretch | undefined {
  let [low, high] = [0, stretches.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((stretches[middle]?.inText ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const stretch = stretches[low - 1];
  return stretch !== undefined && offset < stretch.inText + stretch.length ? stretch : undefined;
}
