import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { Datetime } from "../../core/expr/datetime.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { sqliteQuery } from "../../stages/sqlite_query.ts";
import { isSingleStatement } from "../../stages/sqlite_query/single_statement.ts";
import { test } from "../harness.ts";
import { carryOut, failure, type Surroundings } from "./stage_context.ts";

const kind = sqliteQuery();

async function withDatabase(
  work: (
    ask: (input: ValueObject, surroundings?: Surroundings) => ReturnType<typeof carryOut>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-sqlite-"));
  const path = join(folder, "rows.db");
  const ask = (input: ValueObject, surroundings: Surroundings = {}) =>
    carryOut(kind, { sqlite: path, ...input }, surroundings);
  try {
    await ask({
      write: true,
      queries: [
        "CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL, raw BLOB)",
        { query: "INSERT INTO rows (name, price) VALUES (?, ?)", values: ["one", 1.5] },
        { query: "INSERT INTO rows (name, price) VALUES (:n, :p)", values: { n: "two", p: 2 } },
      ],
    });
    await work(ask, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("sqlite leaves rows, columns and changes", () =>
  withDatabase(async (ask) => {
    const { outputs } = await ask({ query: "SELECT id, name, price FROM rows ORDER BY id" });
    deepEqual(outputs, {
      columns: ["id", "name", "price"],
      rows: [{ id: 1, name: "one", price: 1.5 }, { id: 2, name: "two", price: 2 }],
      changes: 0,
    });
    const changed = await ask({ write: true, query: "UPDATE rows SET price = 3 RETURNING id" });
    deepEqual(changed.outputs, { columns: ["id"], rows: [{ id: 1 }, { id: 2 }], changes: 2 });
  }));

test("sqlite binds any value as it is, and takes none of it for SQL", () =>
  withDatabase(async (ask) => {
    const texts = fc.sample(fc.string({ unit: "grapheme" }), 50).filter((text) =>
      !text.includes("\0") && text.isWellFormed()
    );
    const hostile = ["'; DROP TABLE rows; --", '"', "?", ":n", ...texts];
    const queries = hostile.map((text) => ({ query: "SELECT ? AS text", values: [text] }));
    for (const { query, values } of queries.slice(0, 4)) {
      deepEqual((await ask({ query, values })).outputs["rows"], [{ text: values[0] }]);
    }
    const columns = hostile.map((_, at) => `? AS c${at}`).join(", ");
    const { outputs } = await ask({ query: `SELECT ${columns}`, values: hostile });
    deepEqual(Object.values((outputs["rows"] as ValueObject[])[0] ?? {}), hostile);
  }));

test("sqlite gives values of each type back", () =>
  withDatabase(async (ask) => {
    const query =
      "SELECT ? AS a, typeof(?) AS t, ? AS b, ? AS n, ? AS d, 9007199254740993 AS big, " +
      "x'00ff' AS raw, 9e999 AS inf";
    const when = new Datetime(0, { offsetMinutes: 0 });
    const { outputs } = await ask({ query, values: [7, 7, true, null, when] });
    const [row] = outputs["rows"] as ValueObject[];
    deepEqual(row, {
      ...{ a: 7, t: "integer", b: 1, n: null, d: when.toIso() },
      ...{ big: "9007199254740993", raw: "AP8=", inf: "Infinity" },
    });
  }));

test("sqlite only reads unless it is told to write, and opens no other file", () =>
  withDatabase(async (ask, folder) => {
    match((await failure(ask({ query: "DELETE FROM rows" }))).message, /readonly database/);
    const other = join(folder, "other.db");
    for (const query of [`ATTACH '${other}' AS other`, `VACUUM INTO '${other}'`]) {
      equal((await failure(ask({ query, write: true }))).name, "SqliteError", query);
    }
    equal(
      (await failure(ask({ sqlite: join(folder, "none.db"), query: "SELECT 1" }))).name,
      "SqliteError",
    );
    deepEqual((await readdir(folder)).filter((name) => !name.startsWith("rows.db")), []);
  }));

test("sqlite carries all statements out or none", () =>
  withDatabase(async (ask) => {
    const insert = { query: "INSERT INTO rows (name) VALUES (?)", values: ["three"] };
    const error = await failure(ask({ write: true, queries: [insert, insert] }));
    deepEqual([error.name, error.retryable], ["SqliteError", false]);
    match(error.message, /UNIQUE/);
    const { outputs } = await ask({ query: "SELECT count(*) AS n FROM rows" });
    deepEqual(outputs["rows"], [{ n: 2 }]);
  }));

test("sqlite bounds what it takes", () =>
  withDatabase(async (ask) => {
    const many = (rows: number) =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) SELECT i FROM n`;
    match((await failure(ask({ query: many(6), "max-rows": 5 }))).message, /more than 5 rows/);
    equal(((await ask({ query: many(5), "max-rows": 5 })).outputs["rows"] as unknown[]).length, 5);
    match(
      (await failure(ask({ query: "SELECT hex(zeroblob(1000)) AS x", "max-bytes": 1_000 })))
        .message,
      /more than 1000 bytes/,
    );
  }));

test("sqlite ends a query without an end when its stage is cancelled", () =>
  withDatabase(async (ask) => {
    const query =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) AS c FROM n";
    const asked = ask({ query }, { signal: AbortSignal.timeout(200) });
    equal((await failure(asked)).name, "TimeoutError");
  }));

test("sqlite says which column is there twice, and what has no query", () =>
  withDatabase(async (ask) => {
    match(
      (await failure(ask({ query: "SELECT 1 AS a, 2 AS a" }))).message,
      /columns .* called "a"/,
    );
    match((await failure(ask({}))).message, /either "query" or "queries"/);
    match((await failure(ask({ query: "SELECT ?", values: [[1]] }))).message, /Cannot bind a list/);
    match((await failure(ask({ query: "SELECT 1 AS __proto__" }))).message, /__proto__/);
  }));

test("a query takes no template and no second statement", () => {
  const schema = z.strictObject(kind.fields);
  const query = (text: string) => schema.safeParse({ sqlite: "a.db", query: text });
  const said = (text: string) => JSON.stringify(query(text).error?.issues);
  ok(query("SELECT 1").success);
  match(said("SELECT ${{ params.id }}"), /never pasted/);
  match(said("SELECT 1; DROP TABLE rows"), /one statement/);
});

test("one statement is told from several", () => {
  const single = [
    ...["SELECT 1", "SELECT 1;", "SELECT ';'", "SELECT 1 -- a; b", "/* a; b */ SELECT 1 ; -- c"],
    ...["SELECT ';;' || 'it''s;' AS \"a;b\", [c;d] FROM `e;f`;\n"],
    "CREATE TRIGGER t AFTER INSERT ON rows BEGIN SELECT 1; SELECT 2; END",
  ];
  const others = [
    "",
    ";",
    "-- only a comment",
    "SELECT 1; SELECT 2",
    "SELECT ';'; --\nDROP TABLE a",
  ];
  for (const text of single) ok(isSingleStatement(text), text);
  for (const text of others) ok(!isSingleStatement(text), text);
});
