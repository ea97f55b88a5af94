/**
 * Documents for programs.
 *
 * @module
 */
import type { Printer } from "./printer.ts";

/** Prints one JSON document to standard output. */
export function printJson(printer: Printer, document: unknown): void {
  printer.print(JSON.stringify(document, null, 2));
}
