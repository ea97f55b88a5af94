import { deepEqual, equal } from "node:assert/strict";
import { z } from "zod";
import { mayBe, overlap } from "../../core/check/types/accepts.ts";
import { expressionType } from "../../core/check/types/expression_type.ts";
import { MAX_KNOWN_TEXTS, mergeTypes } from "../../core/check/types/merge_types.ts";
import { schemaType } from "../../core/check/types/schema_type.ts";
import {
  ANY,
  arrayOf,
  BOOL,
  NULL,
  NUMBER,
  type ObjectType,
  oneOf,
  strictObject,
  STRING,
  type Type,
  typeText,
} from "../../core/check/types/type.ts";
import { valueType } from "../../core/check/types/value_type.ts";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import { parseExpression } from "../../core/expr/expression.ts";
import { test } from "../harness.ts";

function merged(...types: readonly Type[]): string {
  return typeText(mergeTypes(types));
}

test("mergeTypes() of equal types is that type, of others a union", () => {
  equal(merged(NUMBER, NUMBER), "number");
  equal(merged(NUMBER, NULL, NUMBER), "number or null");
  equal(merged(mergeTypes([NUMBER, NULL]), STRING), "number or null or string");
  equal(merged(NUMBER, ANY), "any");
  equal(merged(), "any");
});

test("mergeTypes() of lists and mappings merges what is in them", () => {
  equal(merged(arrayOf(NUMBER), arrayOf(STRING)), "array<number or string>");
  const both = mergeTypes([strictObject({ a: NUMBER, b: NULL }), strictObject({ a: STRING })]);
  const { properties } = both as ObjectType;
  equal(typeText(properties.get("a")?.type ?? NULL), "number or string");
  equal(properties.get("b")?.absent, "not every value here has it");
  equal(properties.get("c"), undefined);
});

test("mergeTypes() keeps the texts that there can be, up to a bound", () => {
  deepEqual(mergeTypes([oneOf("a"), oneOf("b", "a")]), oneOf("a", "b"));
  deepEqual(mergeTypes([oneOf("a"), STRING]), STRING);
  const many = Array.from({ length: MAX_KNOWN_TEXTS + 1 }, (_, i) => oneOf(`t${i}`));
  deepEqual(mergeTypes(many), STRING);
});

test("mayBe() is false only where no value of the type is wanted", () => {
  equal(mayBe(mergeTypes([STRING, NULL]), ["string"]), true);
  equal(mayBe(ANY, ["string"]), true);
  equal(mayBe(NUMBER, ["any"]), true);
  equal(mayBe(NUMBER, ["string", "array"]), false);
});

test("overlap() looks at the texts that there can be", () => {
  equal(overlap(oneOf("a", "b"), oneOf("b")), true);
  equal(overlap(oneOf("a"), oneOf("b")), false);
  equal(overlap(STRING, oneOf("b")), true);
  equal(overlap(BOOL, mergeTypes([BOOL, NULL])), true);
});

test("schemaType() takes strict, loose and mapped objects apart", () => {
  const rest = (schema: z.ZodType) => {
    const { rest } = schemaType(schema) as ObjectType;
    return rest && typeText(rest);
  };
  equal(rest(z.object({ a: z.string() })), undefined);
  equal(rest(z.looseObject({ a: z.string() })), "any");
  equal(rest(z.record(z.string(), z.number())), "number");
  equal(rest(z.object({ a: z.string() }).catchall(z.boolean())), "bool");
});

test("schemaType() knows what may be missing and what may be null", () => {
  const { properties } = schemaType(z.object({
    code: z.number().nullable(),
    list: z.array(z.enum(["a", "b"])).optional(),
    other: z.custom<string>(),
  })) as ObjectType;
  equal(typeText(properties.get("code")?.type ?? ANY), "number or null");
  equal(typeText(properties.get("list")?.type ?? ANY), "array<string>");
  equal(properties.get("list")?.absent, "it is not always there");
  equal(typeText(properties.get("other")?.type ?? NULL), "any");
});

test("valueType() reads written values and leaves templates to others", () => {
  equal(typeText(valueType([1, "a", null])), "array<number or string or null>");
  equal(typeText(valueType("${{ x }}")), "any");
  equal(typeText(valueType(["${{ x }}"], () => BOOL)), "array<bool>");
});

const context = strictObject({
  n: NUMBER,
  s: STRING,
  b: BOOL,
  maybe: mergeTypes([STRING, NULL]),
  list: arrayOf(NUMBER),
  deep: strictObject({ a: strictObject({ b: arrayOf(strictObject({ c: BOOL })) }) }),
});

function typed(text: string): string {
  const problems: string[] = [];
  const type = expressionType(parseExpression(text).root, {
    context: { kind: "object", properties: context.properties },
    functions: BUILTIN_FUNCTIONS,
    filters: BUILTIN_FILTERS,
    report: ({ code }) => problems.push(code),
  });
  return [typeText(type), ...problems].join(" ");
}

for (
  const [text, expected] of [
    ["n + 1", "number"],
    ["s + 'x'", "string"],
    ["list + [1]", "array"],
    ["n < 3 < 5", "bool"],
    ["not s", "bool"],
    ["s and n", "string or number"],
    ["n if b else s", "number or string"],
    ["deep.a.b[0].c", "bool"],
    ["deep['a']['b'][n].c", "bool"],
    ["list[0] + 1", "number"],
    ["list | first", "number or null"],
    ["maybe | default(1)", "string or number"],
    ["s | split(',') | first", "string or null"],
    ["{'a': n}.a", "number"],
    ["[1, 's'][0]", "number or string"],
    ["fromJson(s).anything[0].else", "any"],
    ["(maybe).x", "any property-misplaced"],
    ["deep.a.c", "any property-unknown"],
    ["deep.x.y.z", "any property-unknown"],
    ["deep.x.y | upper", "string property-unknown"],
    ["nope.a.b + 1", "number name-unknown"],
    ["nope?", "any name-unknown"],
    ["list.first", "any property-misplaced"],
    ["s - 1", "any operator-type"],
    ["upper(s)", "any function-unknown"],
    ["length(n)", "number argument-type"],
  ] as const
) {
  test(`expressionType() of ${text} is ${expected}`, () => equal(typed(text), expected));
}
