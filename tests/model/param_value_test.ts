import { deepEqual, equal, ok } from "node:assert/strict";
import { Datetime } from "../../core/expr/datetime.ts";
import type { Value } from "../../core/expr/value.ts";
import type { NumberParam, Param } from "../../core/model/param.ts";
import { type ConvertedParam, convertParam } from "../../core/model/param_value.ts";
import { workflowIn } from "./loading.ts";
import { test } from "../harness.ts";

const NOW = Date.UTC(2026, 10, 23, 12, 30);

function paramIn(written: string): Param {
  const param = workflowIn(`w: {type: Workflow, params: {p: ${written}}}`).params.get("p");
  if (param === undefined) throw new Error("no parameter");
  return param;
}

function convert(written: string, value: Value): ConvertedParam {
  return convertParam(paramIn(written), value, { nowMs: NOW });
}

function valueOf(written: string, value: Value): Value {
  const converted = convert(written, value);
  ok(converted.ok, converted.ok ? "" : converted.message);
  return converted.value;
}

function problemOf(written: string, value: Value): string {
  const converted = convert(written, value);
  return converted.ok ? "none" : `${converted.name}: ${converted.message}`;
}

test("convertParam() makes a text of anything, as Python does", () => {
  equal(valueOf("str", "a"), "a");
  equal(valueOf("str", { a: 1 }), "{'a': 1}");
  equal(valueOf("str", true), "True");
  equal(valueOf("str", null), null);
});

test("convertParam() makes whole numbers, exactly or not at all", () => {
  deepEqual([7, " 42 ", "-1", "1_000"].map((value) => valueOf("int", value)), [7, 42, -1, 1000]);
  equal(problemOf("int", "x"), "ParamError: Value can not convert to int, x, with base 10");
  equal(problemOf("int", 1.5), "ParamError: Value can not convert to int, 1.5, with base 10");
  equal(problemOf("int", true), "ParamError: Value can not convert to int, True, with base 10");
  equal(
    problemOf("int", "9007199254740993"),
    "ParamError: Value 9007199254740993 is beyond what a whole number can hold exactly, 9007199254740991",
  );
});

test("convertParam() rounds numbers to their precision", () => {
  equal(valueOf("float", 2), 2);
  equal(valueOf("float", "1e-3"), 0.001);
  equal(valueOf("{type: float, precision: 2}", 1.005), 1);
  equal(problemOf("float", "x"), "ValueError: could not convert string to float: 'x'");
  equal(problemOf("float", "inf"), "ValueError: could not convert string to float: 'inf'");
  equal(problemOf("float", []).startsWith("TypeError: "), true);
});

test("convertParam() keeps decimals as exact text", () => {
  equal(valueOf("decimal", "1.015"), "1.015000");
  equal(valueOf("decimal", 2), "2.000000");
  equal(
    valueOf("{type: decimal, precision: 2}", "12345678901234567890.125"),
    "12345678901234567890.12",
  );
  equal(
    problemOf("decimal", "a1"),
    "ValueError: String that want to convert to decimal type does not valid.",
  );
  equal(problemOf("decimal", true).startsWith("TypeError: "), true);
});

test("convertParam() reads truth values", () => {
  deepEqual([true, "Yes", 1, "off", 0, "F"].map((value) => valueOf("bool", value)), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  equal(problemOf("bool", "maybe"), "ParamError: Value can not convert to bool, 'maybe'");
});

test("convertParam() converts date-times to UTC, those with an offset too (W-41)", () => {
  const iso = (value: Value) => {
    const time = valueOf("datetime", value);
    return time instanceof Datetime ? time.toIso() : "none";
  };
  equal(iso("2024-01-01"), "2024-01-01T00:00:00+00:00");
  equal(iso("2024-01-01T10:00:00+07:00"), "2024-01-01T03:00:00+00:00");
  equal(iso("2024-01-01 10:00"), "2024-01-01T10:00:00+00:00");
  equal(iso(new Datetime(0, { offsetMinutes: 420 })), "1970-01-01T00:00:00+00:00");
  equal(iso(null), "2026-11-23T12:30:00+00:00");
  equal(problemOf("datetime", "x"), "ParamError: Invalid the ISO format string for datetime: 'x'");
  equal(
    problemOf("datetime", 5),
    "ParamError: Value that want to convert to datetime does not support for type: <class 'int'>",
  );
});

test("convertParam() makes dates", () => {
  const iso = (value: Value) => {
    const date = valueOf("date", value);
    return date instanceof Datetime ? `${date.kind} ${date.toIso()}` : "none";
  };
  equal(iso("2024-02-29"), "date 2024-02-29");
  equal(iso(new Datetime(Date.UTC(2024, 0, 1, 23), { offsetMinutes: 120 })), "date 2024-01-02");
  equal(iso(null), "date 2026-11-23");
  equal(
    problemOf("date", "2024-13-01"),
    "ParamError: Invalid the ISO format string for date: '2024-13-01'",
  );
});

test("convertParam() compares choices by value and type", () => {
  equal(valueOf("{type: choice, options: [1, 2]}", 2), 2);
  equal(valueOf("{type: choice, options: [a, b]}", null), "a");
  equal(valueOf("{type: choice, options: [a, b], default: b}", null), "b");
  equal(
    problemOf("{type: choice, options: [1, 2]}", "1"),
    "ParamError: '1' does not match any value in choice options: 1, 2",
  );
});

test("convertParam() reads lists and mappings from JSON and from Python", () => {
  deepEqual(valueOf("array", "[1, 2]"), [1, 2]);
  deepEqual(valueOf("array", "['a', True, None, -1]"), ["a", true, null, -1]);
  deepEqual(valueOf("map", '{"foo": {"bar": 1}}'), { foo: { bar: 1 } });
  deepEqual(valueOf("map", "{'a': [1, {'b': None}]}"), { a: [1, { b: null }] });
  deepEqual([valueOf("map", ""), valueOf("array", " "), valueOf("map", null)], [{}, [], {}]);
  equal(
    problemOf("array", 5),
    "ParamError: Value of map param support only string-list or list type, not <class 'int'>",
  );
  equal(problemOf("map", "{'a': params.x}").startsWith("ParamError: "), true);
  equal(problemOf("map", "[1]").startsWith("ParamError: "), true);
  equal(problemOf("map", '{"__proto__": {}}').startsWith("ParamError: "), true);
});

test("convertParam() holds values to their limits", () => {
  equal(problemOf("{type: int, min: 1}", 0), "ParamError: The value 0 is less than the minimum 1");
  equal(
    problemOf("{type: float, max: 1}", 1.5),
    "ParamError: The value 1.5 is more than the maximum 1",
  );
  equal(problemOf("{type: int, gt: 1}", 1), "ParamError: The value 1 is not more than 1");
  equal(problemOf("{type: decimal, lt: 1}", "1"), "ParamError: The value 1 is not less than 1");
  equal(
    problemOf("{type: str, max: 2}", "abc"),
    "ParamError: The text of length 3 is more than the maximum 2",
  );
  equal(
    problemOf("{type: array, min: 1}", []),
    "ParamError: The count of entries 0 is less than the minimum 1",
  );
  equal(
    problemOf("{type: str, pattern: '[a-z]+'}", "A"),
    "ParamError: Value 'A' does not match the pattern '[a-z]+'",
  );
});

test("convertParam() takes the default for null, and leaves null without one", () => {
  equal(valueOf("{type: int, default: '3'}", null), 3);
  const bare: NumberParam = {
    type: "int",
    description: "",
    required: false,
    range: {},
    precision: 6,
  };
  deepEqual(convertParam(bare, null, { nowMs: 0 }), { ok: true, value: null });
});

test("convertParam() keeps a length of time as it is written", () => {
  const param = { type: "duration", description: "", required: false } as const;
  const given = ["1h30m", " PT90M ", 90, "soon", -1, [1], true];
  deepEqual(
    given.map((value) => {
      const converted = convertParam(param, value, { nowMs: 0 });
      return converted.ok ? converted.value : converted.name;
    }),
    ["1h30m", "PT90M", "90s", "ParamError", "ParamError", "ParamError", "ParamError"],
  );
});
