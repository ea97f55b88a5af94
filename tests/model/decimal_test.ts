import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import { quantize, quantizeNumber } from "../../core/model/decimal.ts";
import { test } from "../harness.ts";

test("quantize() keeps exactly the wanted places", () => {
  equal(quantize("1.015", 6), "1.015000");
  equal(quantize("-0.5", 0), "0");
  equal(quantize("1e3", 2), "1000.00");
  equal(quantize(".5", 1), "0.5");
  equal(quantize("12345678901234567890.123456789", 6), "12345678901234567890.123457");
});

test("quantize() rounds half to even", () => {
  deepEqual(["0.5", "1.5", "2.5", "-2.5", "2.51"].map((text) => quantize(text, 0)), [
    "0",
    "2",
    "2",
    "-2",
    "3",
  ]);
  equal(quantize("0.125", 2), "0.12");
});

test("quantize() refuses what is no decimal and what is endless", () => {
  const none = ["", ".", "x", "1.2.3", "1e9999", "--1", "NaN"];
  deepEqual(none.map((text) => quantize(text, 2)), none.map(() => undefined));
});

test("quantizeNumber() rounds by the exact value, as Python does", () => {
  equal(quantizeNumber(1.005, 2), 1);
  equal(quantizeNumber(2.5, 0), 2);
  equal(quantizeNumber(0.125, 2), 0.12);
  equal(quantizeNumber(2.675, 2), 2.67);
  equal(quantizeNumber(1e300, 2), 1e300);
  equal(quantizeNumber(1e-200, 6), 0);
});

test("quantizeNumber() is never further away than half a place", () => {
  fc.assert(fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), (number) => {
    return Math.abs(quantizeNumber(number, 3) - number) <= 0.0005 + 1e-9 * Math.abs(number);
  }));
});
