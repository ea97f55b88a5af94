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
 * stage began, or went well and left nothing. To compare with that takes two
 * thirds of the time of `JSON.parse` on V8, and about as long on JavaScriptCore.
 */
const PLAIN_START = `${CURRENT}"type":"stage.started","at":`;
const PLAIN_END = `${CURRENT}"type":"stage.settled","at":`;
const STAGE = ',"stage":"';
const ATTEMPT = '","attempt":';
const NOTHING_MORE = "}";
const WENT_WELL = ',"outcome":"succeeded"}';

/**
 * What {@linkcode decodeAny} gives as well; `undefined` for what is not so
 * plain. The address is a part of the text, which keeps all of that in memory:
 * whoever keeps it makes one of their own.
 */
function plainStageEvent(text: string): StageStarted | StageSettled | undefined {
  const line = new PlainLine(text);
  const began = line.passes(PLAIN_START);
  if (!began && !line.passes(PLAIN_END)) return undefined;
  const at = line.number();
  if (at === 0 || !line.passes(STAGE)) return undefined;
  const stage = line.text();
  if (stage === "" || !line.passes(ATTEMPT)) return undefined;
  const attempt = line.number();
  if (attempt === 0 || !line.ends(began ? NOTHING_MORE : WENT_WELL)) return undefined;
  return began
    ? { type: "stage.started", at, stage, attempt }
    : { type: "stage.settled", at, stage, attempt, outcome: "succeeded" };
}

/** With no more digits a number is exact. */
const MAX_DIGITS = 15;

const [ZERO, NINE, SPACE, QUOTE, BACKSLASH] = [0x30, 0x39, 0x20, 0x22, 0x5c];

/** A line of JSON, read from its beginning as long as it is what is expected. */
class PlainLine {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  /** Whether this comes next. */
  passes(part: string): boolean {
    const comes = this.#line.startsWith(part, this.#at);
    if (comes) this.#at += part.length;
    return comes;
  }

  /** Whether this comes next, and is the last. */
  ends(part: string): boolean {
    return this.passes(part) && this.#at === this.#line.length;
  }

  /** The whole number that comes next; 0 where there is none from 1 on. */
  number(): number {
    const start = this.#at;
    let number = 0;
    let code = this.#line.charCodeAt(start);
    if (code === ZERO) return 0;
    while (code >= ZERO && code <= NINE) {
      number = number * 10 + code - ZERO;
      code = this.#line.charCodeAt(++this.#at);
    }
    return this.#at - start > MAX_DIGITS ? 0 : number;
  }

  /** What comes next up to a quote; empty where it does not stand there as it is. */
  text(): string {
    const start = this.#at;
    let code = this.#line.charCodeAt(start);
    while (code !== QUOTE) {
      // Behind the end there is no code, and so none of these.
      if (!(code >= SPACE) || code === BACKSLASH) return "";
      code = this.#line.charCodeAt(++this.#at);
    }
    return this.#line.slice(start, this.#at);
  }
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
