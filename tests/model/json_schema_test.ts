import { deepEqual, equal, ok } from "node:assert/strict";
import { jsonSchema } from "../../core/model/json_schema.ts";
import { test } from "../harness.ts";
import { SAMPLE_KINDS } from "./sample_kinds.ts";

const schema = jsonSchema(SAMPLE_KINDS);
const definitions = new Map(Object.entries(schema.definitions ?? {}));

test("jsonSchema() is draft 7 and names its parts", () => {
  equal(schema.$schema, "http://json-schema.org/draft-07/schema#");
  deepEqual([...definitions.keys()].sort(), ["Job", "Param", "Stage", "Workflow"]);
});

test("jsonSchema() has a form for each kind of stage, nested ones too", () => {
  const text = JSON.stringify(definitions.get("Stage"));
  for (const { summary } of SAMPLE_KINDS) ok(text.includes(summary), summary);
  ok(text.includes('"stages":{"type":"array","items":{"$ref":"#/definitions/Stage"}}'), text);
});

test("jsonSchema() can be made again and again", () => {
  deepEqual(jsonSchema(SAMPLE_KINDS), schema);
  ok(jsonSchema([]).definitions);
});
