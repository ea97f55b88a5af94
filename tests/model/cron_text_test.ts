import { deepEqual, equal, match } from "node:assert/strict";
import { parseCron, weekdayNumber } from "../../core/model/cron_text.ts";
import { test } from "../harness.ts";

function fieldsOf(text: string): string {
  const parsed = parseCron(text);
  if (!parsed.ok) throw new Error(parsed.message);
  const { second, minute, hour, day, month, weekday, year } = parsed.fields;
  return [second, minute, hour, day, month, weekday, year].join(" ");
}

test("parseCron() reads five fields, in digits", () => {
  equal(fieldsOf("*/5 * * * *"), "0 */5 * * * * *");
  equal(fieldsOf(" 0  9 * jan,Jul mon-FRI "), "0 0 9 * 1,7 1-5 *");
  equal(fieldsOf("0 18 ? * 5-7"), "0 0 18 * * 5-7 *");
});

test("parseCron() reads six fields as a year behind where that can be one, else as seconds in front", () => {
  equal(fieldsOf("0 12 1 1 * 2026"), "0 0 12 1 1 * 2026");
  equal(fieldsOf("30 0 12 1 1 *"), "0 30 0 12 1 1 *");
  equal(fieldsOf("30 0 12 1 1 5"), "30 0 12 1 1 5 *");
});

test("parseCron() reads seven fields with seconds and a year", () => {
  equal(fieldsOf("15 30 8 * * 1 2026-2030/2"), "15 30 8 * * 1 2026-2030/2");
});

test("parseCron() reads nicknames, days from the end and numbered weekdays", () => {
  equal(fieldsOf("@Daily"), "0 0 0 * * * *");
  equal(fieldsOf("0 0 L * *"), "0 0 0 L * * *");
  equal(fieldsOf("0 0 15W,LW * *"), "0 0 0 15W,LW * * *");
  equal(fieldsOf("0 0 * * fri#2,5L"), "0 0 0 * * 5#2,5L *");
});

test("parseCron() reads a number with a step as from that number on", () => {
  equal(fieldsOf("0/15 * * * *"), "0 0-59/15 * * * * *");
});

test("parseCron() says what is wrong", () => {
  const wrong: Record<string, RegExp> = {
    "60 * * * *": /The minute field goes from 0 to 59; it has 60/,
    "* * 0 * *": /The day field goes from 1 to 31; it has 0/,
    "5-1 * * * *": /has the range "5-1", which ends before it starts/,
    "*/0 * * * *": /has the step 0/,
    "* * *": /has 5 fields.*"\* \* \*" has 3/,
    "": /has 0/,
    "x * * * *": /The minute field cannot be "X"/,
    "* * * foo *": /The month field cannot be "FOO"/,
    "* * 32W * *": /The day field cannot be "32W"/,
    "* * * * mon#6": /The weekday field cannot be "1#6"/,
    "0 0 1 1 * 1980": /The year field goes from 1990 to 2100; it has 1980/,
    "@noon": /nickname "@noon" is not known/,
    "@constructor": /is not known/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    const parsed = parseCron(text);
    equal(parsed.ok, false, text);
    if (!parsed.ok) match(parsed.message, message);
  }
});

test("parseCron() refuses a text that is too long", () => {
  equal(parseCron("1,".repeat(200)).ok, false);
});

test("weekdayNumber() knows whole names and the first three letters", () => {
  deepEqual(["monday", "Tue", "SUNDAY", "sun"].map(weekdayNumber), [1, 2, 0, 0]);
  deepEqual(["mon.", "tuesdays", "x", ""].map(weekdayNumber), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
