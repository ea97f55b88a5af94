/**
 * Colour, or none.
 *
 * @module
 */

/** The few colours there are, each with one meaning. */
export interface Paint {
  /** What matters most. */
  bold(text: string): string;
  /** What stands back. */
  dim(text: string): string;
  /** What went well. */
  green(text: string): string;
  /** What went wrong. */
  red(text: string): string;
  /** What deserves a look. */
  yellow(text: string): string;
  /** What is under way, and names. */
  cyan(text: string): string;
}

/** Leaves text as it is. */
export const PLAIN: Paint = {
  bold: same,
  dim: same,
  green: same,
  red: same,
  yellow: same,
  cyan: same,
};

/** Colours text for a terminal. */
export const COLORED: Paint = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  green: (text) => `\x1b[32m${text}\x1b[39m`,
  red: (text) => `\x1b[31m${text}\x1b[39m`,
  yellow: (text) => `\x1b[33m${text}\x1b[39m`,
  cyan: (text) => `\x1b[36m${text}\x1b[39m`,
};

function same(text: string): string {
  return text;
}
