/**
 * Ids as the reference makes them.
 *
 * @module
 */
import { sha256 } from "./sha256.ts";
import { textOf } from "./text.ts";
import type { Value } from "./value.ts";

const DIGITS = 10;

/**
 * Ten digits that stand for a value: the last ones of the decimal SHA-256 of
 * its Python text (REFERENCE C-269, C-270). Matrix legs and stages without an
 * id are known by it.
 *
 * @example
 * ```ts
 * import { referenceId } from "./id.ts";
 *
 * console.assert(referenceId({ number: 1 }) === "3568447778");
 * ```
 */
export function referenceId(value: Value): string {
  let lastDigits = 0;
  // The remainder is taken byte by byte, so that all numbers on the way are exact without a BigInt.
  for (const byte of sha256(textOf(value))) lastDigits = (lastDigits * 256 + byte) % 10 ** DIGITS;
  return String(lastDigits).padStart(DIGITS, "0");
}
