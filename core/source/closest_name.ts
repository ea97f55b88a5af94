/**
 * What somebody may have meant.
 *
 * @module
 */

/** A name longer than this is never compared: the cost grows with its square. */
export const MAX_COMPARED_CHARS = 64;

/** Of more names than this only the first are compared. */
export const MAX_COMPARED_NAMES = 2_000;

/**
 * The name that was probably meant: the one that fewest typing mistakes lead
 * away from, if they are at most a third of its letters. Of equals, the first.
 *
 * @example
 * ```ts
 * import { closestName } from "./closest_name.ts";
 *
 * console.assert(closestName("extrct", ["load", "extract"]) === "extract");
 * console.assert(closestName("banana", ["load", "extract"]) === undefined);
 * ```
 */
export function closestName(wrong: string, names: Iterable<string>): string | undefined {
  if (wrong.length > MAX_COMPARED_CHARS) return undefined;
  const from = wrong.toLowerCase();
  const letters = lettersOf(from);
  let closest: string | undefined;
  let fewest = Math.max(1, Math.floor(wrong.length / 3)) + 1;
  let compared = 0;
  for (const name of names) {
    if (compared++ === MAX_COMPARED_NAMES) break;
    if (Math.abs(wrong.length - name.length) >= fewest) continue;
    const to = name.toLowerCase();
    if (missingFrom(letters, lettersOf(to)) >= fewest) continue;
    const mistakes = mistakesBetween(from, to, fewest);
    if (mistakes < fewest) [closest, fewest] = [name, mistakes];
  }
  return closest;
}

/** Which letters a name has, a bit for each; several may share one. */
function lettersOf(name: string): number {
  let letters = 0;
  for (let at = 0; at < name.length; at++) letters |= 1 << (name.charCodeAt(at) & 31);
  return letters;
}

/** How many letters of one name the other has not: no fewer mistakes lead from one to the other. */
function missingFrom(letters: number, others: number): number {
  let count = 0;
  for (let rest = letters & ~others; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/**
 * Edit distance in which swapping two neighbours is one mistake; `limit` when
 * it is that or more. It is asked of thousands of names, so what both begin or
 * end with is passed over, and it gives up as soon as nothing can come of it.
 */
function mistakesBetween(a: string, b: string, limit: number): number {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    [endA, endB] = [endA - 1, endB - 1];
  }
  if (endA === start || endB === start) return Math.min(limit, endA + endB - 2 * start);
  return distance(a.slice(start, endA), b.slice(start, endB), limit);
}

function distance(from: string, to: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  let leastBefore = 0;
  for (let i = 1; i <= from.length; i++) {
    const row = nextRow(from, to, { i, last, beforeLast });
    const least = Math.min(...row);
    // A swap reaches back over one row.
    if (least >= limit && leastBefore >= limit) return limit;
    [beforeLast, last, leastBefore] = [last, row, least];
  }
  return Math.min(limit, last[to.length] ?? limit);
}

interface Rows {
  readonly i: number;
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}

function nextRow(from: string, to: string, { i, last, beforeLast }: Rows): number[] {
  const row = [i];
  for (let j = 1; j <= to.length; j++) {
    const changed = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
    let fewest = Math.min(changed, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
    const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
    if (swapped && i > 1 && j > 1) fewest = Math.min(fewest, (beforeLast[j - 2] ?? 0) + 1);
    row.push(fewest);
  }
  return row;
}
