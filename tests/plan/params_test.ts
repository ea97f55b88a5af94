import { deepEqual, equal } from "node:assert/strict";
import type { ValueObject } from "../../core/expr/value.ts";
import { convertParams, MAX_GIVEN_PARAMS } from "../../core/plan/params.ts";
import { test } from "../harness.ts";
import { workflowIn } from "../model/loading.ts";

function convert(declared: string, given: ValueObject) {
  const { params } = workflowIn(`w: {type: Workflow, params: ${declared}}`);
  return convertParams(params, given, { nowMs: 0 });
}

test("convertParams() takes defaults for what is missing and for null (W-03)", () => {
  const declared =
    "{n: {type: int, default: 3}, s: {type: str, default: dev}, c: {type: choice, options: [a, b], required: false}, m: map, l: array}";
  const value = { n: 3, s: "dev", c: "a", m: {}, l: [] };
  deepEqual(convert(declared, {}), { ok: true, value });
  deepEqual(convert(declared, { n: null, s: null, c: null, m: null, l: null }), {
    ok: true,
    value,
  });
});

test("convertParams() leaves a parameter without default unset, and passes on what is not declared", () => {
  deepEqual(convert("{name: str}", { stream: "demo" }), { ok: true, value: { stream: "demo" } });
  deepEqual(convert("{name: str}", { name: null }), { ok: true, value: { name: null } });
});

test("convertParams() names all that is missing at once, and all that does not fit", () => {
  deepEqual(
    convert("{a: {type: str, required: true}, b: {type: int, required: true}, c: int}", { c: "x" }),
    {
      ok: false,
      errors: [
        {
          param: "a, b",
          given: undefined,
          message: "Required Param on this workflow setting does not set: 'a', 'b'.",
          name: "WorkflowError",
        },
        {
          param: "c",
          given: "x",
          message: "Value can not convert to int, x, with base 10",
          name: "ParamError",
        },
      ],
    },
  );
});

test("convertParams() counts null as given (C-053)", () => {
  equal(convert("{a: {type: str, required: true}}", { a: null }).ok, true);
});

test("convertParams() refuses names that change what objects are", () => {
  for (const name of ["__proto__", "constructor", "prototype"]) {
    const converted = convert("{}", JSON.parse(`{"${name}": {"polluted": true}}`));
    equal(converted.ok, false, name);
  }
});

test("convertParams() reads own properties only", () => {
  deepEqual(convert("{toString: str, a: {type: str, default: x}}", {}), {
    ok: true,
    value: { a: "x" },
  });
});

test("convertParams() ends at its bound", () => {
  const given = Object.fromEntries(
    Array.from({ length: MAX_GIVEN_PARAMS + 1 }, (_, at) => [`p${at}`, 1]),
  );
  equal(convert("{}", given).ok, false);
});
