/**
 * The reference's own results, recorded by running it, and where ours differ.
 */
import assert from "node:assert/strict";
import {
  Datetime,
  encodeValue,
  ExpressionError,
  type Json,
  renderDeep,
  splitTemplate,
  type Value,
} from "../../core/expr/mod.ts";
import { test } from "../harness.ts";
import regexVectors from "../vectors/template_regex.json" with { type: "json" };
import vectors from "../vectors/templates.json" with { type: "json" };
import { contextOf } from "./context.ts";

interface Vector {
  readonly input: Json;
  readonly output?: Json;
  readonly error?: { readonly name: string; readonly message: string };
}

/** What is different on purpose, by input: what we give instead. */
const DIFFERENCES: ReadonlyMap<string, { readonly why: string; readonly ours: Json }> = new Map([
  ...because("expressions have operators, literals, functions and indexes", {
    "${{ params.a == 'A' }}": true,
    "${{ always() }}": true,
    "${{ fromJson(params.list) }}": [1, 2],
    "${{ 5 }}": 5,
    "${{ 'lit' }}": "lit",
    "${{ params['a'] }}": "A",
    "${{ stages.stage1?.outputs.x }}": 7,
  }),
  ...because("a template that does not parse is an error and not text", {
    "${{ }}": "SyntaxError: There is no expression here",
    "${{ params.a | ab }}": "UtilError: The post-filter: 'ab' does not support yet.",
  }),
  ...because("what a template inserts is never looked at again", {
    "pre ${{ params.inj }}": "pre ${FOO}",
    "pre ${{ params.tpl }} ${{ params.a }}": "pre ${{ params.a }} A",
  }),
  ...because("text without a template stays as it is", {
    "None": "None",
    " None ": " None ",
    "  padded  ": "  padded  ",
  }),
  ...because("only $${NAME} is an escape", {
    "$$": "$$",
    "$$FOO": "$$FOO",
    "'$$FOO'": "'$$FOO'",
  }),
  ...because("only names of variables stand for them", {
    "$1 ${1}": "$1 ${1}",
    "${#arr[@]}": "${#arr[@]}",
    "${FOO%%x}": "${FOO%%x}",
  }),
  ...because("a default stands in for an empty value too", {
    "${EMPTY_V:dflt}": "dflt",
  }),
  ...because("a date can be written by a pattern, as a date-time can", {
    "${{ params.d | fmt('%Y') }}": "2024",
  }),
  ...because("names that are whole numbers come first in a mapping", {
    "${{ params.map | keys | list }}": ["1", "k"],
    "${{ params.map | values | list }}": ["one", "v"],
    "m=${{ params.map }}": "m={'1': 'one', 'k': 'v'}",
  }),
]);

function because(why: string, rows: Readonly<Record<string, Json>>) {
  return Object.entries(rows).map(([input, ours]) => [input, { why, ours }] as const);
}

const ENVIRONMENT = new Map([["FOO", "foo-val"], ["EMPTY_V", ""]]);

/** The vectors write date-times and dates with a tag; ours has one for both. */
function valueOf(json: unknown): Value {
  return JSON.parse(JSON.stringify(json), (_, value) => {
    const iso = value?.$datetime ?? value?.$date;
    return iso === undefined ? value : Datetime.parse(iso);
  });
}

function outcomeOf(input: Value): Json {
  const names = valueOf(vectors.context) as Readonly<Record<string, Value>>;
  try {
    return encodeValue(
      renderDeep(input, contextOf(names), { env: (name) => ENVIRONMENT.get(name) }),
    );
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return `${error.name}: ${error.message}`;
  }
}

function expectedOf({ output, error }: Vector): Json {
  return error === undefined ? encodeValue(valueOf(output)) : `${error.name}: ${error.message}`;
}

test("renderDeep() agrees with the reference but for the listed differences", () => {
  const different = new Set<string>();
  for (const vector of vectors.vectors as readonly Vector[]) {
    const expected = expectedOf(vector);
    const outcome = outcomeOf(vector.input);
    const difference = typeof vector.input === "string" ? DIFFERENCES.get(vector.input) : undefined;
    assert.deepEqual(outcome, difference === undefined ? expected : difference.ours);
    if (difference === undefined) continue;
    assert.notDeepEqual(outcome, expected, `"${vector.input}" is no longer different`);
    different.add(String(vector.input));
  }
  assert.equal(different.size, DIFFERENCES.size);
});

test("splitTemplate() finds the templates that the reference finds", () => {
  for (const { input, matches } of regexVectors) {
    const found = splitTemplate(input).filter(({ kind }) => kind === "hole").map(({ text }) =>
      text.trim()
    );
    for (const [i, { caller, post_filters }] of matches.entries()) {
      assert.equal(found[i]?.replace(/\s+/g, ""), (caller + post_filters).replace(/\s+/g, ""));
    }
  }
});
