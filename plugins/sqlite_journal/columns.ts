/**
 * Texts and numbers as SQLite keeps them.
 *
 * @module
 */
import type { SQLInputValue, SQLOutputValue } from "node:sqlite";

/** A row as a query gives it. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

const BYTES_PER_UNIT = 2;
/** As many arguments as every runtime takes in one call. */
const UNITS_PER_CALL = 8_192;

/**
 * A text as a column value. SQLite's own texts are UTF-8 and some of its
 * readers stop at NUL, so what neither can carry is kept as code units.
 */
export function packText(text: string): SQLInputValue {
  return text.isWellFormed() && !text.includes("\0") ? text : codeUnits(text);
}

/** The text in a column, however it was packed. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return fromCodeUnits(value);
  throw new TypeError(`Column "${column}" holds no text`);
}

/** The number in a column. */
export function numberIn(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number") return value;
  throw new TypeError(`Column "${column}" holds no number`);
}

function codeUnits(text: string): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(text.length * BYTES_PER_UNIT));
  for (let index = 0; index < text.length; index++) {
    bytes.setUint16(index * BYTES_PER_UNIT, text.charCodeAt(index));
  }
  return new Uint8Array(bytes.buffer);
}

function fromCodeUnits(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const units = Array.from(
    { length: Math.floor(bytes.byteLength / BYTES_PER_UNIT) },
    (_, index) => view.getUint16(index * BYTES_PER_UNIT),
  );
  let text = "";
  for (let start = 0; start < units.length; start += UNITS_PER_CALL) {
    text += String.fromCharCode(...units.slice(start, start + UNITS_PER_CALL));
  }
  return text;
}
