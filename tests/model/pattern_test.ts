import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_PATTERN_CHARS,
  MAX_PATTERN_VALUE_CHARS,
  parsePattern,
} from "../../core/model/pattern.ts";
import { test } from "../harness.ts";

function matches(pattern: string, value: string): boolean {
  const parsed = parsePattern(pattern);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.pattern.matches(value);
}

test("parsePattern() matches the whole value", () => {
  equal(matches("[a-z]+", "abc"), true);
  equal(matches("[a-z]+", "abc1"), false);
  equal(matches("^abc$", "abc"), true);
  equal(matches("b^a", "ba"), false);
  equal(matches("", ""), true);
});

test("parsePattern() reads what is usual", () => {
  equal(matches("\\d{4}-\\d{2}-\\d{2}", "2026-01-31"), true);
  equal(matches("(?:dev|staging|prod)(-\\w+)?", "prod-eu_1"), true);
  equal(matches("[^@\\s]+@[^@\\s]+\\.[a-z]{2,}", "a@b.example"), true);
  equal(matches("[\\w.-]+", "a-b.c"), true);
  equal(matches("a{2,3}", "aaaa"), false);
  equal(matches(".", "\n"), false);
  equal(matches("\\.\\t", ".\t"), true);
  equal(matches("[]", "a"), false);
});

test("parsePattern() agrees with the runtime's own expressions", () => {
  const atom = fc.constantFrom(
    "a",
    "b",
    ".",
    "[ab]",
    "[^a]",
    "\\w",
    "\\d",
    "(a|b)",
    "(?:ab)",
    "^",
    "$",
  );
  const repeat = fc.constantFrom("", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?");
  const pattern = fc.array(
    fc.tuple(atom, repeat).map(([one, other]) => {
      return one === "^" || one === "$" ? one : one + other;
    }),
    { maxLength: 5 },
  ).map((parts) => parts.join(""));
  const either = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("|"));
  const value = fc.string({ unit: fc.constantFrom("a", "b", "1", " "), maxLength: 8 });
  fc.assert(
    fc.property(either, value, (text, given) => {
      equal(matches(text, given), new RegExp(`^(?:${text})$`).test(given), `${text} on "${given}"`);
    }),
    { numRuns: 2_000 },
  );
});

test("parsePattern() refuses what it cannot do, and says so", () => {
  const wrong: Record<string, RegExp> = {
    "(a": /a group is not closed/,
    "a)": /closed that was never opened/,
    "[a": /a class is not closed/,
    "*a": /"\*" has nothing to repeat/,
    "a**": /repeats what is repeated already/,
    "(?=a)": /groups that begin with "\(\?="/,
    "(a)\\1": /"\\1" is not supported/,
    "\\b": /"\\b" is not supported/,
    "[z-a]": /ends before it starts/,
    "a{2,1}": /ends before it starts/,
    "a{x}": /is no repeat/,
    "\\": /"\\" is not supported/,
    "(a{900}){900}": /more than 2000 steps/,
  };
  for (const [text, message] of Object.entries(wrong)) {
    const parsed = parsePattern(text);
    equal(parsed.ok, false, text);
    if (!parsed.ok) match(parsed.message, message);
  }
  equal(parsePattern("a".repeat(MAX_PATTERN_CHARS + 1)).ok, false);
  equal(parsePattern("(".repeat(60) + ")".repeat(60)).ok, false);
});

test("parsePattern() repeats nothing without end", () => {
  equal(matches("((){9999}){9999}", ""), true);
});

test("parsePattern() answers patterns that hang engines which backtrack", () => {
  const value = "a".repeat(2_000) + "!";
  for (const evil of ["(a+)+", "(a|a)*", "(.*)*x", "(a?){50}a{50}", "a*a*a*a*a*b"]) {
    equal(matches(evil, value), false, evil);
  }
});

test("parsePattern() holds no value against a pattern that is too long", () => {
  deepEqual(
    [MAX_PATTERN_VALUE_CHARS, MAX_PATTERN_VALUE_CHARS + 1].map((length) =>
      matches("a*", "a".repeat(length))
    ),
    [true, false],
  );
});
