/**
 * Values as text, in the spelling that workflow authors know from Python.
 *
 * @module
 */
import { Datetime } from "./datetime.ts";
import { ExpressionError } from "./expression_error.ts";
import type { Value } from "./value.ts";
import { entriesOf, isList } from "./view.ts";

/** The longest text that an expression may make. */
export const MAX_TEXT_CHARS: number = 8 * 1024 * 1024;

/** How deeply lists and mappings may be nested in a value. */
export const MAX_VALUE_DEPTH = 200;

/**
 * The text that a value becomes inside other text: Python's `str()`. A number
 * that is whole is written without a point, whatever it was written as.
 *
 * @throws {ExpressionError} for a value that is too deep or too long.
 * @example
 * ```ts
 * import { textOf } from "./text.ts";
 *
 * console.assert(textOf(null) === "None");
 * console.assert(textOf({ a: [1, true] }) === "{'a': [1, True]}");
 * ```
 */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return scalarRepr(value);
  return value instanceof Datetime ? value.toText() : reprOf(value);
}

/**
 * The text that shows a value unmistakably: Python's `repr()`.
 *
 * @throws {ExpressionError} for a value that is too deep or too long.
 */
export function reprOf(value: Value): string {
  const writer = new ReprWriter();
  writer.write(value, 0);
  return writer.text();
}

/** {@linkcode reprOf}, cut so that it fits into a message. Never throws. */
export function shortReprOf(value: Value): string {
  const writer = new ReprWriter(MAX_MESSAGE_CHARS);
  try {
    writer.write(value, 0);
  } catch (error) {
    // Too deep or too long: what was written until then is all that a message needs.
    if (!(error instanceof ExpressionError)) throw error;
    return `${writer.text().slice(0, MAX_MESSAGE_CHARS)}…`;
  }
  return writer.text();
}

const MAX_MESSAGE_CHARS = 200;

/** Collects the pieces, so that a bomb of shared lists stops at the limit and not at the end of the memory. */
class ReprWriter {
  readonly #pieces: string[] = [];
  readonly #limit: number;
  #chars = 0;

  constructor(limit: number = MAX_TEXT_CHARS) {
    this.#limit = limit;
  }

  text(): string {
    return this.#pieces.join("");
  }

  write(value: Value, depth: number): void {
    if (value === null || typeof value !== "object") return this.#put(scalarRepr(value));
    if (value instanceof Datetime) return this.#put(value.toRepr());
    if (depth === MAX_VALUE_DEPTH) throw tooDeep();
    if (isList(value)) return this.#writeList(value, depth + 1);
    this.#put("{");
    let separator = "";
    for (const [name, entry] of entriesOf(value)) {
      this.#put(`${separator}${stringRepr(name)}: `);
      this.write(entry, depth + 1);
      separator = ", ";
    }
    this.#put("}");
  }

  #writeList(list: readonly Value[], depth: number): void {
    this.#put("[");
    list.forEach((item, i) => {
      if (i > 0) this.#put(", ");
      this.write(item, depth);
    });
    this.#put("]");
  }

  #put(piece: string): void {
    this.#pieces.push(piece);
    this.#chars += piece.length;
    if (this.#chars > this.#limit) throw tooLong();
  }
}

/**
 * Pieces of text as one.
 *
 * @throws {ExpressionError} when it would be longer than {@linkcode MAX_TEXT_CHARS}.
 */
export function boundedText(pieces: readonly string[], separator: string = ""): string {
  let chars = separator.length * Math.max(0, pieces.length - 1);
  for (const piece of pieces) chars += piece.length;
  if (chars > MAX_TEXT_CHARS) throw tooLong();
  return pieces.join(separator);
}

/** For a text that would be longer than {@linkcode MAX_TEXT_CHARS}. */
export function tooLong(): ExpressionError {
  const message = `Cannot make a text of more than ${MAX_TEXT_CHARS} characters`;
  return new ExpressionError(message, { name: "ValueError" });
}

/** For a value that is nested deeper than {@linkcode MAX_VALUE_DEPTH}. */
export function tooDeep(): ExpressionError {
  const message = `Cannot read a value that is nested more than ${MAX_VALUE_DEPTH} deep`;
  return new ExpressionError(message, { name: "ValueError" });
}

function scalarRepr(value: null | boolean | number | string): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  return typeof value === "number" ? numberRepr(value) : stringRepr(value);
}

/** Python writes small numbers as `1e-05` from 0.0001 downwards, and whole ones with all their digits. */
function numberRepr(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Number.isInteger(value)) {
    return Math.abs(value) < 1e21 ? String(value) : String(BigInt(value));
  }
  if (Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

const UNPRINTABLE = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(UNPRINTABLE, escapeOf);
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

function escapeOf(char: string): string {
  const known = ESCAPES.get(char);
  if (known !== undefined) return known;
  const code = char.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
