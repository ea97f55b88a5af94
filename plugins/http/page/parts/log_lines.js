/**
 * The lines of a log, and which of them are seen: groups fold
 * (`::group::title` … `::endgroup::`), and a search may hide what it does not
 * find.
 *
 * @module
 */
/** @import { LogLine } from "../../api/mod.ts" */
import { plainText } from "./ansi.js";

/** The most lines that are kept; of longer logs the rest is left out. */
export const MAX_LINES = 1_000_000;

const GROUP = /^(?:::group::|##\[group\])(.*)$/;
const GROUP_END = /^(?:::endgroup::|##\[endgroup\])/;

/**
 * A line as it is kept: without what all lines of a log have in common.
 *
 * @typedef {object} KeptLine
 * @property {string} text
 * @property {string} at
 * @property {string} stage The address of the stage that printed it.
 * @property {boolean} isError
 * @property {number} depth How many groups it stands in.
 * @property {string | undefined} group The title, of a line that begins a group.
 * @property {boolean} isEnd Whether it only ends a group, so that nobody need see it.
 */

/** The lines of one log. */
export class LogLines {
  /** @type {KeptLine[]} */
  #lines = [];
  /** Indexes of the lines that are seen. */
  /** @type {number[]} */
  #seen = [];
  /** Where the groups begin that are open at the end. */
  /** @type {number[]} */
  #open = [];
  /** @type {Set<number>} */
  #folded = new Set();
  /** @type {number[]} */
  #matches = [];
  #query = "";
  #onlyMatches = false;
  /** @type {boolean} */
  #folds;
  /** Each address once, however many lines have it. */
  /** @type {Map<string, string>} */
  #stages = new Map();

  /** @param {{ folds?: boolean }} [options] Whether groups fold: those of several stages, line by line, would mix. */
  constructor({ folds = true } = {}) {
    this.#folds = folds;
  }

  /** Whether it takes no more. */
  get isFull() {
    return this.#lines.length >= MAX_LINES;
  }

  /** How many lines there are. */
  get size() {
    return this.#lines.length;
  }

  /** How many of them are seen. */
  get seen() {
    return this.#seen.length;
  }

  /** Indexes of the lines that were searched for. */
  get matches() {
    return this.#matches;
  }

  /** What is searched for, in lower case. */
  get query() {
    return this.#query;
  }

  /**
   * The line that is seen in this row.
   *
   * @param {number} row
   * @returns {{ index: number, line: KeptLine } | undefined}
   */
  at(row) {
    const index = this.#seen[row];
    const line = index === undefined ? undefined : this.#lines[index];
    return index === undefined || line === undefined ? undefined : { index, line };
  }

  /**
   * The row in which a line is seen, or would be.
   *
   * @param {number} index
   * @returns {number}
   */
  rowOf(index) {
    let [from, to] = [0, this.#seen.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#seen[middle] ?? 0) < index) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /**
   * Whether the group that begins at this line is folded.
   *
   * @param {number} index
   * @returns {boolean}
   */
  isFolded(index) {
    return this.#folded.has(index);
  }

  /**
   * Takes further lines.
   *
   * @param {readonly LogLine[]} lines
   */
  add(lines) {
    for (const { text: printed, at, stream, stage: address } of lines) {
      if (this.isFull) return;
      const index = this.#lines.length;
      const isEnd = GROUP_END.test(printed);
      if (isEnd) this.#open.pop();
      const title = GROUP.exec(printed)?.[1];
      const [group, text] = this.#folds ? [title, printed] : [undefined, title ?? printed];
      const depth = this.#open.length;
      const stage = this.#known(address);
      this.#lines.push({ text, at, stage, isError: stream === "stderr", depth, group, isEnd });
      if (!isEnd) this.#meet(index, this.#open.some((start) => this.#folded.has(start)));
      if (group !== undefined) this.#open.push(index);
    }
  }

  /**
   * Folds a group, or unfolds it.
   *
   * @param {number} index Where it begins.
   */
  fold(index) {
    if (!this.#folded.delete(index)) this.#folded.add(index);
    this.#lookAgain();
  }

  /**
   * Searches; an empty text ends the search.
   *
   * @param {string} query
   * @param {{ onlyMatches: boolean }} options
   */
  search(query, { onlyMatches }) {
    this.#query = query.toLowerCase();
    this.#onlyMatches = onlyMatches && query !== "";
    this.#lookAgain();
  }

  /**
   * Unfolds whatever hides a line.
   *
   * @param {number} index
   */
  uncover(index) {
    let changed = false;
    let depth = this.#lines[index]?.depth ?? 0;
    for (let at = index - 1; at >= 0 && depth > 0; at--) {
      const line = this.#lines[at];
      if (line?.group === undefined || line.depth >= depth) continue;
      depth = line.depth;
      changed = this.#folded.delete(at) || changed;
    }
    if (changed) this.#lookAgain();
  }

  /** @param {string} address */
  #known(address) {
    const known = this.#stages.get(address);
    if (known !== undefined) return known;
    this.#stages.set(address, address);
    return address;
  }

  #lookAgain() {
    this.#seen = [];
    this.#matches = [];
    let hiddenBelow = Infinity;
    for (const [index, { depth, isEnd }] of this.#lines.entries()) {
      if (depth <= hiddenBelow) hiddenBelow = Infinity;
      if (!isEnd) this.#meet(index, hiddenBelow !== Infinity);
      if (this.#folded.has(index) && hiddenBelow === Infinity) hiddenBelow = depth;
    }
  }

  /**
   * @param {number} index
   * @param {boolean} isHidden
   */
  #meet(index, isHidden) {
    const text = this.#lines[index]?.text ?? "";
    const isMatch = this.#query !== "" && plainText(text).toLowerCase().includes(this.#query);
    if (isMatch) this.#matches.push(index);
    if (this.#onlyMatches ? isMatch : !isHidden) this.#seen.push(index);
  }
}
