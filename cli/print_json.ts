/**
 * Documents for programs, in one dialect (docs/adr/0011): keys in snake_case,
 * moments in UTC as ISO 8601, lengths of time in milliseconds and named `_ms`.
 *
 * @module
 */
import type { Printer } from "./printer.ts";

/** Prints one JSON document to standard output. */
export function printJson(printer: Printer, document: unknown): void {
  printer.print(JSON.stringify(document, null, 2));
}

/** A moment in epoch milliseconds as a document has it. */
export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}
