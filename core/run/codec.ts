/**
 * Events as text, and back. The only place that knows versions: what an older
 * engine wrote is brought up to date here and nowhere else.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import type { RunEvent, StageSettled, StageStarted } from "./event.ts";

/** The version that is written. */
export const EVENT_VERSION = 1;

/** How the text of an event of this version begins. */
const CURRENT = `{"v":${EVENT_VERSION},`;

/** The mark of a value that JSON has no word for. */
const TAG = "$sluice";

/** A journal that this engine cannot read: damaged, or written by a newer one. */
export class CodecError extends Error {
  override readonly name = "CodecError";
}

/** What is called for each event of an older version, by the version it is of. */
type Upcaster = (event: Record<string, unknown>) => Record<string, unknown>;

const UPCASTERS: ReadonlyMap<number, Upcaster> = new Map();

/**
 * An event as one line of JSON.
 *
 * @example
 * ```ts
 * import { decodeEvent, encodeEvent } from "./codec.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const event = { type: "branch.started", at: 7, branch: "load[]" } as const;
 * deepEqual(decodeEvent(encodeEvent(event)), event);
 * ```
 */
export function encodeEvent(event: RunEvent): string {
  const versioned = { v: EVENT_VERSION, ...event };
  // A replacer is slow, and almost every event is JSON as it is.
  return isJson(versioned) ? JSON.stringify(versioned) : JSON.stringify(versioned, tagged);
}

/** The event that a line of JSON holds. Throws {@linkcode CodecError}. */
export function decodeEvent(text: string): RunEvent {
  return plainStageEvent(text) ?? decodeAny(text);
}

/**
 * How {@linkcode encodeEvent} writes most of what is in a long journal: that a
 * stage began, or went well and left nothing. To match that takes less than
 * half of the time in which `JSON.parse` finds out what there is.
 */
const PLAIN_START: RegExp = plain("stage.started", "");
const PLAIN_END: RegExp = plain("stage.settled", ',"outcome":"succeeded"');

/** Only of this version, and only numbers and addresses that stand there as they are. */
function plain(type: RunEvent["type"], rest: string): RegExp {
  const head = String.raw`\{"v":${EVENT_VERSION},"type":"${type}","at":([1-9]\d{0,14})`;
  const fields = String.raw`,"stage":"([^"\\\x00-\x1f]+)","attempt":([1-9]\d{0,8})`;
  return new RegExp(`^${head}${fields}${rest}\\}$`);
}

/** What {@linkcode decodeAny} gives as well; `undefined` for what is not so plain. */
function plainStageEvent(text: string): StageStarted | StageSettled | undefined {
  const start = PLAIN_START.exec(text);
  if (start !== null) {
    const [, at, stage = "", attempt] = start;
    return {
      type: "stage.started",
      at: Number(at),
      stage: detached(stage),
      attempt: Number(attempt),
    };
  }
  const end = PLAIN_END.exec(text);
  if (end === null) return undefined;
  const [, at, stage = "", attempt] = end;
  return {
    type: "stage.settled",
    at: Number(at),
    stage,
    attempt: Number(attempt),
    outcome: "succeeded",
  };
}

/** A copy: a part of a text keeps all of it in memory, and a run keeps the address that a stage began with. */
function detached(part: string): string {
  return [part.slice(0, 1), part.slice(1)].join("");
}

function decodeAny(text: string): RunEvent {
  // It is cheaper to take the version off the text than off the event.
  if (text.startsWith(CURRENT)) {
    const event = parsedJson(`{${text.slice(CURRENT.length)}`);
    if (isEvent(event)) return event;
  }
  const { v, ...event } = parsed(text);
  if (typeof v !== "number" || typeof event.type !== "string") {
    throw new CodecError(`Cannot read the event: it has no version and type: ${text.slice(0, 80)}`);
  }
  if (v > EVENT_VERSION) {
    throw new CodecError(
      `Cannot read the event: it is of version ${v}, and this engine reads up to ${EVENT_VERSION}; use a newer engine`,
    );
  }
  const current: unknown = upcast(event, v);
  if (isEvent(current)) return current;
  throw new CodecError(`Cannot read the event: it is of the unknown type "${event.type}"`);
}

function parsed(text: string): Record<string, unknown> {
  const json = parsedJson(text);
  if (isRecord(json)) return json;
  throw new CodecError(`Cannot read the event: it is not a mapping: ${text.slice(0, 80)}`);
}

// Reviving is slow, and almost no event holds a tagged value.
function parsedJson(text: string): unknown {
  try {
    return text.includes(TAG) ? JSON.parse(text, untagged) : JSON.parse(text);
  } catch (cause) {
    throw new CodecError(`Cannot read the event: it is not JSON: ${text.slice(0, 80)}`, { cause });
  }
}

function upcast(event: Record<string, unknown>, version: number): Record<string, unknown> {
  let current = event;
  for (let v = version; v < EVENT_VERSION; v++) current = UPCASTERS.get(v)?.(current) ?? current;
  return current;
}

const EVENT_TYPES: ReadonlySet<unknown> = new Set<RunEvent["type"]>([
  "run.started",
  "permit.requested",
  "permit.granted",
  "permit.returned",
  "cancel.requested",
  "run.settled",
  "job.kept",
  "stage.given",
  "job.started",
  "job.retry-scheduled",
  "job.settled",
  "scope.opened",
  "branch.started",
  "branch.settled",
  "stage.started",
  "stage.retry-scheduled",
  "stage.settled",
]);

// The fields are trusted: only this module writes them, and golden journals of
// every version hold the upcasters to it.
function isEvent(event: unknown): event is RunEvent {
  return isRecord(event) && EVENT_TYPES.has(event.type);
}

/** Whether JSON gives a value back as it was. */
function isJson(value: unknown): boolean {
  if (typeof value === "number") return isJsonNumber(value);
  if (Array.isArray(value)) return value.every(isJson);
  if (!isRecord(value)) return true;
  if (value instanceof Datetime) return false;
  for (const name in value) if (name === TAG || !isJson(value[name])) return false;
  return true;
}

function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

// `this[key]` because a Datetime has already become text when `value` is handed over.
function tagged(this: Record<string, unknown>, key: string, value: unknown): unknown {
  const original = this[key];
  if (original instanceof Datetime) {
    const { epochMs, kind, offsetMinutes } = original;
    return {
      [TAG]: "datetime",
      epochMs,
      kind,
      ...(offsetMinutes === undefined ? {} : { offsetMinutes }),
    };
  }
  if (typeof value === "number" && !isJsonNumber(value)) {
    return { [TAG]: "number", text: Object.is(value, -0) ? "-0" : String(value) };
  }
  return isRecord(value) && TAG in value
    ? { [TAG]: "escaped", entries: Object.entries(value) }
    : value;
}

function untagged(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (value[TAG] === "datetime" && typeof value.epochMs === "number") {
    return new Datetime(value.epochMs, {
      kind: value.kind === "date" ? "date" : "datetime",
      ...(typeof value.offsetMinutes === "number" ? { offsetMinutes: value.offsetMinutes } : {}),
    });
  }
  if (value[TAG] === "number") return Number(value.text);
  if (value[TAG] === "escaped" && Array.isArray(value.entries)) {
    return Object.fromEntries(value.entries);
  }
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
