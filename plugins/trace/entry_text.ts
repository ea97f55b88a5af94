/**
 * Trace entries as text: for people by a format, for programs as JSON.
 *
 * @module
 */
import type { TraceEntry } from "../../core/plugin/sink.ts";

/** The format of lines where none is given. */
export const DEFAULT_FORMAT = "{datetime} [{level}] ({run_id}) [{module}]: {message}";

/** An entry as programs read it: the reference's field names (REFERENCE C-327), and where in the run. */
export interface EntryDocument {
  /** When, in UTC. */
  readonly datetime: string;
  /** `debug`, `info`, `warning` or `error`. */
  readonly level: string;
  /** Whether it is an error. */
  readonly error_flag: boolean;
  /** What it is about. */
  readonly module: string;
  /** The run. */
  readonly run_id: string;
  /** The part of the run. */
  readonly address: string;
  /** What happened. */
  readonly message: string;
}

/** An entry for programs. */
export function documentOf(entry: TraceEntry): EntryDocument {
  return {
    datetime: new Date(entry.atMs).toISOString(),
    level: entry.level,
    error_flag: entry.level === "error",
    module: entry.module,
    run_id: entry.runId,
    address: entry.address,
    message: entry.message,
  };
}

/** The entry that a line of JSON holds; `undefined` for a line that was torn, or is of somebody else. */
export function entryIn(line: string): TraceEntry | undefined {
  try {
    const { datetime, level, module, run_id, address, message }: EntryDocument = JSON.parse(line);
    const atMs = Date.parse(datetime);
    const [known, about] = [LEVELS.find((it) => it === level), MODULES.find((it) => it === module)];
    if (Number.isNaN(atMs) || known === undefined || about === undefined) return undefined;
    if (![run_id, address, message].every((it) => typeof it === "string")) return undefined;
    return { atMs, level: known, module: about, runId: run_id, address, message };
  } catch {
    return undefined; // A process that was killed leaves half a line behind.
  }
}

const LEVELS = ["debug", "info", "warning", "error"] as const;
const MODULES = ["workflow", "job", "stage"] as const;
const FIELD = /\{([a-z_]+)\}/g;

/** A format, ready for entries: `{field}` stands for a field of {@linkcode EntryDocument}. */
export function formatter(
  format: string,
  timezone: string,
): (entry: TraceEntry) => string {
  const clock = new Intl.DateTimeFormat("sv-SE", {
    ...{ timeZone: timezone, hourCycle: "h23", fractionalSecondDigits: 3 },
    ...{ year: "numeric", month: "2-digit", day: "2-digit" },
    ...{ hour: "2-digit", minute: "2-digit", second: "2-digit" },
  });
  return (entry) => {
    const fields = new Map<string, string>(
      Object.entries(documentOf(entry)).map(([name, value]) => [name, String(value)]),
    );
    fields.set("datetime", clock.format(entry.atMs).replace(",", "."));
    fields.set("level", entry.level.toUpperCase());
    fields.set("message", laidOut(printable(entry.message)));
    return format.replace(FIELD, (written, name) => fields.get(name) ?? written);
  };
}

/**
 * A message of several lines, in the reference's layout. It is data: its line
 * breaks must not pass for lines of the trace (REFERENCE C-322).
 */
export function laidOut(message: string): string {
  const lines = message.split("\n");
  const end = lines.findLastIndex((line) => line !== "") + 1;
  const [first = "", ...rest] = lines.slice(lines.findIndex((line) => line !== ""), end);
  const last = rest.pop();
  const between = rest.map((line) => `\n ... |  \t${line}`).join("");
  return first + between + (last === undefined ? "" : `\n ... ╰─ \t${last}`);
}

/** Nothing that a terminal would obey. */
function printable(text: string): string {
  return text.replace(
    CONTROL,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

// deno-lint-ignore no-control-regex -- control characters are what it looks for
const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g;
