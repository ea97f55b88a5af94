import { deepEqual, equal, ok } from "node:assert/strict";
import { z } from "zod";
import { lateSchema, madeShape } from "../../core/model/late_shape.ts";
import { test } from "../harness.ts";

function counted() {
  const made: string[] = [];
  const fields = {
    name: () => (made.push("name"), z.string().optional()),
    count: () => (made.push("count"), z.int().optional()),
    needed: () => (made.push("needed"), z.boolean()),
  };
  return { fields, made };
}

test("lateSchema() makes the fields that are written, each once", () => {
  const { fields, made } = counted();
  const schemaFor = lateSchema(fields, ["needed"]);
  for (
    const written of [{ needed: true }, { name: "a", needed: true }, { name: "b", needed: true }]
  ) {
    deepEqual(schemaFor(written).parse(written), written);
  }
  deepEqual(made, ["needed", "name"]);
});

test("lateSchema() says of a value what the schema with all fields says", () => {
  const { fields } = counted();
  const schemaFor = lateSchema(fields, ["needed"]);
  const whole = z.strictObject(madeShape(fields));
  const values = [
    {},
    { needed: 1 },
    { needed: true, count: 1.5 },
    { needed: true, count: 2, name: "x" },
    { needed: true, other: 1 },
    { needed: true, name: undefined },
    null,
    "text",
    [1],
  ];
  for (const value of values) {
    deepEqual(schemaFor(value).safeParse(value), whole.safeParse(value), JSON.stringify(value));
    deepEqual(Object.keys(schemaFor(value).shape), Object.keys(whole.shape));
  }
});

test("lateSchema() keeps few schemas, however many sets of fields are written", () => {
  const names = Array.from({ length: 100 }, (_, at) => `field${at}`);
  const schemaFor = lateSchema(
    Object.fromEntries(names.map((name) => [name, () => z.number().optional()])),
  );
  const schemas = new Set(names.map((name) => schemaFor({ [name]: 1 })));
  ok(schemas.size <= 51, `${schemas.size}`);
  equal(schemaFor({ field99: "text" }).safeParse({ field99: "text" }).success, false);
});
