import { deepEqual, equal, match } from "node:assert/strict";
import type { Param } from "../../core/model/param.ts";
import { test } from "../harness.ts";
import { saidOf, workflowIn } from "./loading.ts";

function paramIn(written: string): Param | undefined {
  return workflowIn(`w: {type: Workflow, params: {p: ${written}}}`).params.get("p");
}

function saidOfParam(written: string): readonly string[] {
  return saidOf(`w: {type: Workflow, params: {p: ${written}}}`);
}

test("readParams() reads the short form", () => {
  const names = ["str", "int", "float", "decimal", "bool", "date", "datetime", "map", "array"];
  deepEqual(names.map((name) => paramIn(name)?.type), names);
});

test("readParams() refuses the names that other languages have for types, and says its own", () => {
  const meant = { string: "str", integer: "int", Boolean: "bool", list: "array", dict: "map" };
  for (const [name, type] of Object.entries(meant)) {
    match(saidOfParam(name)[0] ?? "", new RegExp(`Unknown type "${name}".*mean "${type}"`));
    match(saidOfParam(`{type: ${name}}`)[0] ?? "", /param-type-unknown/);
  }
});

test("readParams() reads the long form with either word for its limits", () => {
  deepEqual(paramIn("{type: int, default: 3, desc: How many, required: true, min: 1, max: 9}"), {
    type: "int",
    description: "How many",
    required: true,
    default: 3,
    range: { min: 1, max: 9 },
    precision: 6,
  });
  deepEqual(paramIn("{type: float, description: x, ge: 1, lt: 9, precision: 2}"), {
    type: "float",
    description: "x",
    required: false,
    range: { min: 1, below: 9 },
    precision: 2,
  });
});

test("readParams() wants a choice unless it has a default or says otherwise", () => {
  equal(paramIn("{type: choice, options: [a, b]}")?.required, true);
  equal(paramIn("{type: choice, choices: [a, b], default: b}")?.required, false);
  equal(paramIn("{type: choice, options: [1, 2], required: false}")?.required, false);
  match(saidOfParam("choice")[0] ?? "", /The choice of parameter "p" has no "options"/);
});

test("readParams() checks a default against its type", () => {
  match(
    saidOf("w:\n  type: Workflow\n  params:\n    n: {type: int, default: many}\n")[0] ?? "",
    /^4:29 param-default-invalid The default of parameter "n" does not fit its type "int": Value can not convert to int, many/,
  );
  match(saidOfParam("{type: choice, options: [a], default: b}")[0] ?? "", /param-default-invalid/);
  match(
    saidOfParam("{type: str, default: A1, pattern: '[a-z]+'}")[0] ?? "",
    /param-default-invalid/,
  );
  deepEqual(saidOfParam("{type: datetime, default: 2024-01-01}"), []);
});

test("readParams() says what is wrong", () => {
  match(
    saidOfParam("flot")[0] ?? "",
    /param-type-unknown Unknown type "flot" of parameter "p"; did you mean "float"/,
  );
  match(
    saidOfParam("{default: 3}")[0] ?? "",
    /The type of parameter "p" is empty; it must be one of/,
  );
  match(
    saidOfParam("{type: int, mox: 3}")[0] ?? "",
    /Unknown key "mox" in parameter "p"; did you mean "max"/,
  );
  match(saidOfParam("{type: bool, min: 3}")[0] ?? "", /Unknown key "min"/);
  match(
    saidOfParam("{type: str, pattern: '(a'}")[0] ?? "",
    /Cannot read the pattern: a group is not closed/,
  );
  match(saidOfParam("[int]")[0] ?? "", /is a list; it must be one of/);
});

test("readParams() warns of keys that the reference's pages write without effect", () => {
  match(
    saidOfParam("{type: datetime, format: '%Y'}")[0] ?? "",
    /warning key-inert The key "format" of parameter "p"/,
  );
});
