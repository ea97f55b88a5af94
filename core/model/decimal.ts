/**
 * Decimal numbers as text, rounded half to even without a detour over binary
 * fractions.
 *
 * @module
 */

/** The most digits that a decimal is written out with. */
export const MAX_DECIMAL_DIGITS = 400;

const DECIMAL = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?$/;

/**
 * A decimal with exactly `places` digits behind the point, or `undefined` when
 * the text is no decimal or has too many digits.
 *
 * @example
 * ```ts
 * import { quantize } from "./decimal.ts";
 * import { equal } from "node:assert/strict";
 *
 * equal(quantize("1.015", 6), "1.015000");
 * equal(quantize("0.125", 2), "0.12");
 * equal(quantize("1e3", 0), "1000");
 * ```
 */
export function quantize(text: string, places: number): string | undefined {
  const [, sign, whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (sign === undefined || whole + fraction === "") return undefined;

  const digits = whole + fraction;
  const shift = Number(exponent) - fraction.length + places;
  if (digits.length + Math.abs(shift) > MAX_DECIMAL_DIGITS) return undefined;

  const units = shift >= 0 ? BigInt(digits + "0".repeat(shift)) : roundedOff(digits, -shift);
  const written = String(units).padStart(places + 1, "0");
  const point = written.length - places;
  const minus = sign === "-" && units !== 0n ? "-" : "";
  return minus + written.slice(0, point) + (places > 0 ? `.${written.slice(point)}` : "");
}

/**
 * A number with at most `places` digits behind the point. It is rounded by its
 * exact value, half to even, as Python's `round()` does.
 */
export function quantizeNumber(number: number, places: number): number {
  // From 2^53 on every number is whole. Below it, a hundred digits behind the
  // point are exact, or so small that they round to nothing.
  if (Math.abs(number) >= 2 ** 53) return number;
  return Number(quantize(number.toFixed(100), places) ?? number);
}

/** The digits without the last `count`, as a whole number, half to even. */
function roundedOff(digits: string, count: number): bigint {
  const unit = 10n ** BigInt(count);
  const value = BigInt(digits);
  const [quotient, rest] = [value / unit, value % unit];
  const twice = rest * 2n;
  const up = twice > unit || (twice === unit && quotient % 2n === 1n);
  return up ? quotient + 1n : quotient;
}
