/**
 * Ids as the reference makes them.
 *
 * @module
 */
import { sha256Hex } from "./sha256.ts";
import { textOf } from "./text.ts";
import type { Value } from "./value.ts";

const DIGITS = 10n ** 10n;

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
  const digest = BigInt(`0x${sha256Hex(textOf(value))}`);
  return (digest % DIGITS).toString().padStart(10, "0");
}
