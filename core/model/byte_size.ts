/**
 * Sizes as people write them: `1048576`, `"512KiB"`, `"1.5GB"`.
 *
 * @module
 */

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const SIZE = /^(\d{1,15}(?:\.\d{1,6})?) ?(B|[KMG]i?B)?$/;

/**
 * The bytes of a size: a number of them, or a text with a unit. `undefined`
 * when it is none.
 *
 * @example
 * ```ts
 * import { parseByteSize } from "./byte_size.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(parseByteSize("512KiB"), 524_288);
 * equal(parseByteSize(100), 100);
 * equal(parseByteSize("plenty"), undefined);
 * ```
 */
export function parseByteSize(written: number | string): number | undefined {
  const [, count, unit = "B"] = SIZE.exec(String(written).trim()) ?? [];
  const bytes = Math.round(Number(count) * (UNITS[unit] ?? NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
