/**
 * What stands in a document, seen as values. A parsed document holds plain
 * data and nothing else, so these look no deeper than its surface.
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";

/** Whether something that was written is there at all. */
export function isValue(written: unknown): written is Value {
  return written !== undefined;
}

/** Whether it is a mapping. */
export function isWrittenMapping(written: unknown): written is ValueObject {
  return typeof written === "object" && written !== null && !Array.isArray(written);
}

/** Whether it is a list. */
export function isWrittenList(written: unknown): written is readonly Value[] {
  return Array.isArray(written);
}

/** The entries of a mapping; none of anything else. */
export function entriesOfWritten(written: unknown): readonly (readonly [string, Value])[] {
  return isWrittenMapping(written) ? Object.entries(written) : [];
}

/** What a written value is called in messages. */
export function kindOfWritten(written: unknown): string {
  if (written === null || written === undefined) return "empty";
  if (isWrittenList(written)) return "a list";
  if (isWrittenMapping(written)) return "a mapping";
  switch (typeof written) {
    case "string":
      return "a text";
    case "boolean":
      return String(written);
    default:
      return "a number";
  }
}
