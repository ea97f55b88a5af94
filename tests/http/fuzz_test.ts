/** Every route of the document, asked with whatever fits its schema and with what does not. */
import { ok } from "node:assert/strict";
import process from "node:process";
import fc from "fast-check";
import { test } from "../harness.ts";
import { isProblem, type Opened, withEndpoint } from "./endpoint.ts";

// FUZZ_ROUNDS=30000 looks longer.
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 1_500);
const METHODS = ["get", "post", "put", "patch", "delete"];

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly fields: readonly string[];
}

// deno-lint-ignore no-explicit-any -- an OpenAPI document is as wide as that
function operationsOf(document: any): readonly Operation[] {
  return Object.entries<Record<string, Record<string, unknown>>>(document.paths).flatMap((
    [path, item],
  ) =>
    Object.entries(item).filter(([method]) => METHODS.includes(method)).map(([method, route]) => ({
      method: method.toUpperCase(),
      path,
      parameters: (route.parameters ?? []) as Parameter[],
      fields: fieldsOf(document, route.requestBody),
    }))
  ).filter(({ path }) => !/stream|changes/.test(path)); // Those have tests of their own.
}

// deno-lint-ignore no-explicit-any -- as above
function fieldsOf(document: any, body: any): readonly string[] {
  const schema = body?.content?.["application/json"]?.schema;
  const name = schema?.$ref?.split("/").at(-1);
  return Object.keys(
    (name === undefined ? schema : document.components.schemas[name])?.properties ?? {},
  );
}

const NAMES = [
  "hello",
  "failing",
  "many",
  "broken",
  "hooked",
  "nowhere",
  "run-1",
  "20260131090000",
];

/** What is likely to fit, what is likely to hurt, and anything at all. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...NAMES) },
  fc.constantFrom("0", "1", "12", "-1", "1e9", "30s", "0s", "failed", "running,wait", "a,b", ""),
  fc.constantFrom(
    "..",
    "../..",
    "%2e%2e%2f",
    "\0",
    "__proto__",
    "constructor",
    "${{ 1 }}",
    "'; --",
  ),
  fc.string({ maxLength: 50 }),
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.string({ minLength: 300, maxLength: 400 }),
);

const value = fc.oneof(
  text,
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    0,
    -1,
    1e308,
    0.5,
    true,
    null,
    [],
    {},
    { who: "you" },
    "2026-01-31T09:00:00Z",
  ),
);

function asked({ method, path, parameters, fields }: Operation) {
  return fc.record({
    method: fc.constant(method),
    path: fc.constant(path),
    inPath: fc.dictionary(
      fc.constantFrom("name", "run", "release"),
      text,
      { minKeys: 3, noNullPrototype: true },
    ),
    query: fc.dictionary(
      fc.constantFrom(
        "wild",
        ...parameters.filter((it) => it.in === "query").map(({ name }) => name),
      ),
      text,
      { noNullPrototype: true },
    ),
    headers: fc.dictionary(
      fc.constantFrom(
        "x-wild",
        ...parameters.filter((it) => it.in === "header").map(({ name }) => name),
      ),
      // Anything else is refused by whoever makes the request.
      fc.string({ unit: fc.constantFrom(..."abc019 =,;.-") }),
      { noNullPrototype: true },
    ),
    body: fc.oneof(
      {
        weight: 4,
        arbitrary: fc.dictionary(fc.constantFrom("wild", ...fields), value).map((it) =>
          JSON.stringify(it)
        ),
      },
      fc.jsonValue({ maxDepth: 5 }).map((it) => JSON.stringify(it)),
      fc.string({ maxLength: 100 }),
      fc.constantFrom('{"__proto__": {"a": 1}}', '{"params": {"__proto__": 1}}', "[".repeat(5_000)),
    ),
  });
}

type Asked = ReturnType<typeof asked> extends fc.Arbitrary<infer T> ? T : never;

async function answerTo({ app }: Opened, { method, path, inPath, query, headers, body }: Asked) {
  const filled = path.replaceAll(
    /\{(\w+)\}/g,
    (_, name) => encodeURIComponent(inPath[name]?.toWellFormed() ?? "x"),
  );
  const search = new URLSearchParams(query).toString();
  return await app.request(`${filled}${search && `?${search}`}`, {
    method,
    headers: {
      authorization: `Bearer ${"a".repeat(43)}`,
      ...headers,
      ...(method === "POST" ? { "content-type": "application/json" } : {}),
    },
    ...(method === "POST" ? { body } : {}),
  });
}

test("no route breaks, whatever it is asked, and every refusal is a problem", () =>
  withEndpoint(async (opened) => {
    const { json } = await opened.call("GET /openapi.json");
    const operations = operationsOf(json);
    ok(operations.length > 35);
    await opened.call("POST /workflows/hello/runs?wait=30s", {
      token: "run",
      body: { run_id: "run-1" },
    });
    const warnings: string[] = [];
    for (const operation of operations) {
      await fc.assert(
        fc.asyncProperty(asked(operation), async (request) => {
          const answer = await answerTo(opened, request);
          const body = await answer.text();
          ok(answer.status < 500, `${answer.status} ${body} ${warnings.at(-1)}`);
          if (answer.status < 400) return;
          const problem = JSON.parse(body);
          ok(
            isProblem({
              ...{ status: answer.status, headers: answer.headers, text: body, json: problem },
            }),
            body,
          );
        }),
        { numRuns: Math.ceil(ROUNDS / operations.length) },
      );
    }
  }, {
    http: {
      inlineDefinitions: true,
      limits: {
        ...{ waitMs: 20, runs: 100_000 },
        rate: { perSecond: 1e6, burst: 1e6 },
        anonymousRate: { perSecond: 1e6, burst: 1e6 },
      },
    },
    open: { memory: true, audit: true },
  }));
