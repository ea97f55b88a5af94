/**
 * A text that comes in pieces, with what is found in it hidden.
 *
 * @module
 */
import type { FormMatcher } from "./form_matcher.ts";

/** What is written in place of a secret. */
export const MASK = "***";

const NEWLINE = 10;
const RETURN = 13;

/**
 * Looks through a text as it comes. Line ends are passed over, so that what is
 * broken into lines, as programs do with base64, is found in spite of it.
 *
 * Places are counted in ordinals: how many characters other than line ends
 * came before.
 */
export class HiddenText {
  readonly #matcher: FormMatcher;
  #held = "";
  /** The ordinal of the first character that is held. */
  #base = 0;
  #ordinal = 0;
  #state = 0;
  /** Of each line end that is held, the ordinal of what follows it. */
  #lineEnds: number[] = [];
  /** What is to be hidden, in order and apart from one another. */
  #ranges: Range[] = [];

  /**
   * Makes one that holds nothing yet.
   *
   * @param matcher What is looked for.
   */
  constructor(matcher: FormMatcher) {
    this.#matcher = matcher;
  }

  /** How many of the last characters may be the beginning of a secret. */
  get openLength(): number {
    return this.#matcher.openLength(this.#state);
  }

  /** Takes the next piece. */
  add(text: string): void {
    this.#held += text;
    const matcher = this.#matcher;
    let [state, ordinal] = [this.#state, this.#ordinal];
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      if (unit === NEWLINE || unit === RETURN) {
        this.#lineEnds.push(ordinal);
        continue;
      }
      state = matcher.step(state, unit);
      ordinal++;
      const length = state === 0 ? 0 : matcher.matchLength(state);
      if (length > 0) this.#hide({ start: ordinal - length, end: ordinal });
    }
    [this.#state, this.#ordinal] = [state, ordinal];
  }

  /** All that is held, with secrets hidden; it is held no more. What has begun in it may still go on. */
  take(): string {
    const taken = this.#ranges.length === 0 ? this.#held : this.#masked();
    this.#held = "";
    this.#base = this.#ordinal;
    this.#lineEnds = [];
    this.#ranges = [];
    return taken;
  }

  /** Hides what may be the beginning of a secret, where nothing follows that would tell. */
  hideOpen(): void {
    this.#hide({ start: this.#ordinal - this.openLength, end: this.#ordinal });
  }

  /** What is not held any more cannot be hidden. */
  #hide({ start: from, end }: Range): void {
    let start = Math.max(from, this.#base);
    if (start >= end) return;
    for (let last = this.#ranges.at(-1); last && last.end >= start; last = this.#ranges.at(-1)) {
      start = Math.min(start, last.start);
      this.#ranges.pop();
    }
    this.#ranges.push({ start, end });
  }

  /** Lines stay lines, so that what stands around a secret keeps its place. */
  #masked(): string {
    const pieces: string[] = [];
    let at = 0;
    for (const { start, end } of this.#ranges) {
      const [from, to] = [this.#indexOf(start), this.#indexOf(end - 1) + 1];
      pieces.push(this.#held.slice(at, from));
      pieces.push(this.#held.slice(from, to).replaceAll(/[^\r\n]+/g, MASK));
      at = to;
    }
    pieces.push(this.#held.slice(at));
    return pieces.join("");
  }

  #indexOf(ordinal: number): number {
    return ordinal - this.#base + countUpTo(this.#lineEnds, ordinal);
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

/** How many of the ascending numbers are at most the limit. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let [low, high] = [0, ascending.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
