/**
 * The stage kind `sqlite`: asks a database in a file.
 *
 * @module
 */
import { z } from "zod";
import { Datetime } from "../core/expr/datetime.ts";
import { HOLE_START } from "../core/expr/hole.ts";
import type { Value, ValueObject } from "../core/expr/value.ts";
import { isList, isMapping, isView } from "../core/expr/view.ts";
import { templated } from "../core/model/templated.ts";
import type { SpawnResult } from "../core/plugin/ports.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../core/source/forbidden_key.ts";
import { isSingleStatement } from "./sqlite_query/single_statement.ts";

/** Rows that a stage gets where it does not say. */
export const DEFAULT_ROWS = 1_000;

/** The most rows that a stage may ask for. */
export const MAX_ROWS = 100_000;

/** Bytes of a result, as JSON, where the stage does not say: 1 MiB. */
export const DEFAULT_RESULT_BYTES: number = 1024 * 1024;

/** The most bytes that a stage may ask for: 16 MiB. */
export const MAX_RESULT_BYTES: number = 16 * 1024 * 1024;

/** The most statements of one stage. */
export const MAX_STATEMENTS = 1_000;

/** The longest statement. */
export const MAX_STATEMENT_CHARS = 100_000;

/** Milliseconds that a stage waits while others write. */
export const SQLITE_BUSY_MS = 10_000;

const sql = z.string().max(MAX_STATEMENT_CHARS)
  .refine((text) => !text.includes(HOLE_START), {
    error: 'Values are never pasted into a query; write "?" there, and the value under "values"',
  })
  .refine(isSingleStatement, {
    error: 'This must be one statement; write several as a list under "queries"',
  });

const scalar = z.custom<Value>();
const values = templated(z.union([z.array(scalar), z.record(z.string(), scalar)]));
const query = z.union([sql, z.strictObject({ query: sql, values: values.optional() })]);

const fields = {
  sqlite: z.string().min(1).refine((path) => !path.startsWith("file:"), {
    error: "A database is named by its path",
  }),
  query: sql.optional(),
  values: values.optional(),
  queries: z.array(query).min(1).max(MAX_STATEMENTS).optional(),
  write: z.boolean().optional(),
  "max-rows": templated(z.int().min(1).max(MAX_ROWS)).optional(),
  "max-bytes": templated(z.int().min(1).max(MAX_RESULT_BYTES)).optional(),
};

/**
 * A stage that carries out one `query`, or several `queries` in one
 * transaction, and leaves the `rows` and `columns` of the last one that has
 * any, and how many rows were changed (`changes`).
 *
 * Values are bound, never pasted: a list for `?`, a mapping for `:name`. The
 * database is only read unless the stage says `write: true`. It is asked by a
 * process of its own, so a query without an end ends with its stage.
 */
export function sqliteQuery(): LeafStageKind {
  return defineStage({
    name: "sqlite",
    keys: ["sqlite"],
    summary: "Asks a SQLite database.",
    fields,
    needs: () => [{ permission: "run", name: "deno" }],
    secrets: ["values"],
    outputs: z.object({
      rows: z.array(z.record(z.string(), z.any())),
      columns: z.array(z.string()),
      changes: z.number(),
    }),
    execute,
  });
}

type Input = z.infer<z.ZodObject<typeof fields>>;

async function execute(input: Input, context: StageContext): Promise<Outputs> {
  const { host, signal } = context;
  const maxBytes = countOf(input["max-bytes"], DEFAULT_RESULT_BYTES);
  const asked = {
    path: pathOf(input, context),
    write: input.write ?? false,
    statements: statementsOf(input),
    maxRows: countOf(input["max-rows"], DEFAULT_ROWS),
    ...{ maxBytes, busyMs: SQLITE_BUSY_MS },
  };
  const { default: runner } = await import("./sqlite_query/runner.js", {
    with: { type: "text" },
  });
  const { command, args } = await programFor(asked, context);
  const result = await host.spawn(command, {
    args,
    env: { ...host.env(), NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: `const INPUT = ${JSON.stringify(asked)};\n${runner}`,
    // What counts is the values; names of columns and brackets come on top.
    keepBytes: maxBytes * MOST_BYTES_OF_CHAR + REPORT_ROOM,
    signal,
  });
  signal.throwIfAborted();
  return outputsOf(reportIn(result));
}

const MOST_BYTES_OF_CHAR = 3;
const REPORT_ROOM = 1024 * 1024;

function pathOf({ sqlite }: Input, { host }: StageContext): string {
  return sqlite.startsWith("/") || sqlite === IN_MEMORY ? sqlite : `${host.cwd()}/${sqlite}`;
}

const IN_MEMORY = ":memory:";

interface Statement {
  readonly query: string;
  readonly values: readonly Bound[] | Readonly<Record<string, Bound>>;
}

type Bound = string | number | boolean | null;

function statementsOf({ query, queries, values = [] }: Input): readonly Statement[] {
  if ((query === undefined) === (queries === undefined)) {
    throw wrong('A stage "sqlite" has either "query" or "queries"');
  }
  if (query !== undefined) return [{ query, values: boundIn(values) }];
  return (queries ?? []).map((one) =>
    typeof one === "string"
      ? { query: one, values: boundIn(values) }
      : { query: one.query, values: boundIn(one.values ?? []) }
  );
}

function boundIn(values: NonNullable<Input["values"]>): Statement["values"] {
  if (typeof values === "string") {
    throw wrong('Cannot bind the values: the template of "values" gave neither list nor mapping');
  }
  if (isList(values)) return values.map(boundValue);
  const mapping: ValueObject = values;
  return Object.fromEntries(
    Object.entries(mapping).map(([name, value]) => [name, boundValue(value)]),
  );
}

function boundValue(value: Value): Bound {
  if (value instanceof Datetime) return value.toIso();
  if (isList(value) || isMapping(value) || isView(value)) {
    throw wrong("Cannot bind a list or a mapping; write it as a text, by toJson(…)");
  }
  return value;
}

/** Deno opens this one file; Bun is asked where there is no Deno. */
async function programFor(
  { path, write }: { readonly path: string; readonly write: boolean },
  { host }: StageContext,
): Promise<{ readonly command: string; readonly args: readonly string[] }> {
  const deno = await host.which("deno");
  if (deno !== undefined && !path.includes(",")) {
    const files = ["", "-wal", "-shm", "-journal"].map((ending) => path + ending).join(",");
    const grants = path === IN_MEMORY ? [] : [`--allow-read=${files}`, `--allow-write=${files}`];
    return { command: deno, args: [...DENO_ARGS, ...grants, "--ext=js", "-"] };
  }
  const bun = await host.which("bun");
  if (bun !== undefined) return { command: bun, args: ["run", "-"] };
  throw new StageError(
    `Cannot ask the database${
      write ? " to write" : ""
    }: there is neither "deno" nor "bun" in the engine's PATH`,
    { name: "HostError", retryable: false },
  );
}

const DENO_ARGS = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "--no-remote"];

const reportSchema = z.union([
  z.object({
    results: z.array(z.object({
      columns: z.array(z.string()),
      rows: z.array(z.array(z.union([z.string(), z.number(), z.null()]))),
      changes: z.number(),
    })),
  }),
  z.object({
    error: z.object({ message: z.string(), code: z.number().nullable(), refused: z.boolean() }),
  }),
]);

type Results = Extract<z.infer<typeof reportSchema>, { results: unknown }>["results"];

function reportIn(result: SpawnResult): Results {
  const report = result.truncated ? undefined : parsed(result.stdout);
  if (report === undefined) throw died(result);
  if ("results" in report) return report.results;
  const { message, code, refused } = report.error;
  throw new StageError(refused ? message : `SQLite: ${message}`, {
    name: refused ? "ValueError" : "SqliteError",
    retryable: code !== null && BUSY_CODES.has(code & PRIMARY_CODE),
  });
}

/** `SQLITE_BUSY` and `SQLITE_LOCKED`: others are at it. */
const BUSY_CODES: ReadonlySet<number> = new Set([5, 6]);
const PRIMARY_CODE = 0xff;

function parsed(line: string): z.infer<typeof reportSchema> | undefined {
  try {
    return reportSchema.parse(JSON.parse(line));
  } catch {
    return undefined; // It died before it could say anything, which is told instead.
  }
}

function died({ exitCode, signal, stderr }: SpawnResult): StageError {
  const how = signal === null ? `ended with exit code ${exitCode}` : `was ended by ${signal}`;
  return new StageError(`The process that asks the database ${how}: ${stderr.trim()}`);
}

function outputsOf(results: Results): Outputs {
  const { columns, rows } = results.findLast(({ columns }) => columns.length > 0) ??
    { columns: [], rows: [] };
  const unfit = columns.find(isForbiddenKey);
  if (unfit !== undefined) throw wrong(`No column can be called "${unfit}"`);
  return {
    rows: rows.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at] ?? null]))),
    columns,
    changes: results.reduce((sum, { changes }) => sum + changes, 0),
  };
}

function countOf(written: number | string | undefined, fallback: number): number {
  return typeof written === "number" ? written : fallback;
}

function wrong(message: string): StageError {
  return new StageError(message, { name: "ValueError", retryable: false });
}
