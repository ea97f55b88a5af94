import { equal } from "node:assert/strict";
import { knownCondition } from "../../core/plan/known_condition.ts";
import { test } from "../harness.ts";

const PARAMS = { full: false, rows: 3, name: "x" };

function known(condition: string | boolean) {
  return knownCondition(condition, PARAMS);
}

test("knownCondition() decides what reads parameters alone", () => {
  equal(known("params.rows > 2"), true);
  equal(known("${{ params.rows }} == 4"), false);
  equal(known("always() && !params.full"), true);
  equal(known("startsWith(params.name, 'y')"), false);
  equal(known(false), false);
});

test("knownCondition() does not decide what depends on the run", () => {
  for (
    const condition of [
      "needs.a.result == 'success'",
      "success()",
      "now() > params.name",
      "params.missing > 2",
      "params[params.name]",
      "matrix.os == 'linux'",
    ]
  ) equal(known(condition), undefined, condition);
});

test("knownCondition() needs one part that decides, wherever it stands", () => {
  equal(known("params.full && success()"), false);
  equal(known("success() && params.full"), false);
  equal(known("success() || params.rows == 3"), true);
  equal(known("success() || params.full"), undefined);
  equal(known("!(success() && params.full)"), true);
  equal(known("params.full ? success() : params.rows == 3"), true);
  equal(known("params.rows == 3 ? success() : true"), undefined);
});

test("knownCondition() leaves open what goes wrong or does not parse", () => {
  equal(known("params.rows + params.name > 1"), undefined);
  equal(known("params.rows >"), undefined);
  equal(known("params.rows"), undefined);
});
