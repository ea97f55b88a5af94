// Carries out the statements of one stage in a process of its own: SQLite
// answers when it is done, and whoever waits for it could do nothing else.
// `INPUT` stands above this text, and the report is one line of JSON.
import { DatabaseSync } from "node:sqlite";

const { path, write, statements, maxRows, maxBytes, busyMs } = INPUT;
const ATTACH = 24;
let bytes = 0;

function report(value) {
  // deno-lint-ignore sluice/console-in-cli -- a process of its own: its standard output is the report
  console.log(JSON.stringify(value));
}

function bound(value) {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

function boundAll(values) {
  if (Array.isArray(values)) return values.map(bound);
  const entries = Object.entries(values).map(([name, value]) => [name, bound(value)]);
  return [Object.fromEntries(entries)];
}

function read(value) {
  if (typeof value === "bigint") {
    return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  }
  if (value instanceof Uint8Array) {
    return btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""));
  }
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function refuse(message) {
  throw Object.assign(new Error(message), { refused: true });
}

function columnsOf(statement) {
  const names = statement.columns().map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    refuse(`Two columns of the result are called "${twice}"; give one another name with AS`);
  }
  return names;
}

function rowsOf(statement, values, columns) {
  const rows = [];
  for (const row of statement.iterate(...boundAll(values))) {
    if (rows.length === maxRows) {
      refuse(
        `The result has more than ${maxRows} rows; ask for fewer, or write a larger "max-rows"`,
      );
    }
    const values = columns.map((name) => read(row[name]));
    bytes += JSON.stringify(values).length;
    if (bytes > maxBytes) {
      refuse(
        `The result has more than ${maxBytes} bytes; ask for less, or write a larger "max-bytes"`,
      );
    }
    rows.push(values);
  }
  return rows;
}

function carryOut(database, { query, values }) {
  const statement = database.prepare(query);
  statement.setReadBigInts(true);
  const columns = columnsOf(statement);
  if (columns.length === 0) {
    return { columns, rows: [], changes: Number(statement.run(...boundAll(values)).changes) };
  }
  const before = changesIn(database);
  const rows = rowsOf(statement, values, columns);
  return { columns, rows, changes: changesIn(database) - before };
}

function changesIn(database) {
  return Number(database.prepare("SELECT total_changes() AS changes").get().changes);
}

function inTransaction(database, work) {
  database.exec(write ? "BEGIN IMMEDIATE" : "BEGIN");
  const result = work();
  database.exec("COMMIT");
  return result;
}

try {
  const database = new DatabaseSync(path, { readOnly: !write });
  // One file is what the stage has named. Deno refuses others by itself.
  database.setAuthorizer?.((action) => action === ATTACH ? 1 : 0);
  database.exec(`PRAGMA busy_timeout = ${busyMs}`);
  const results = inTransaction(
    database,
    () => statements.map((statement) => carryOut(database, statement)),
  );
  database.close();
  report({ results });
} catch (error) {
  const { message, errcode, refused = false } = error;
  report({ error: { message, code: errcode ?? null, refused } });
}
