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
  let closest: string | undefined;
  let fewest = Math.max(1, Math.floor(wrong.length / 3)) + 1;
  let compared = 0;
  for (const name of names) {
    if (compared++ === MAX_COMPARED_NAMES) break;
    const mistakes = mistakesBetween(wrong, name, fewest);
    if (mistakes < fewest) [closest, fewest] = [name, mistakes];
  }
  return closest;
}

/** Edit distance in which swapping two neighbours is one mistake; `limit` when it is that or more. */
function mistakesBetween(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const [from, to] = [a.toLowerCase(), b.toLowerCase()];
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = nextRow(from, to, { i, last, beforeLast });
    [beforeLast, last] = [last, row];
  }
  return Math.min(limit, last[to.length] ?? limit);
}

interface Rows {
  readonly i: number;
  readonly last: readonly number[];
  readonly beforeLast: readonly number[];
}

function nextRow(from: string, to: string, { i, last, beforeLast }: Rows): readonly number[] {
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
