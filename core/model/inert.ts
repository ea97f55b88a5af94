/**
 * Keys that the reference's own pages write although nothing reads them: they
 * are accepted, but not in silence (REFERENCE W-02).
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { ReadOptions } from "./issues.ts";

/** The mapping without its inert keys, each of which is reported as a warning. */
export function withoutInert(
  written: ValueObject,
  inert: readonly string[],
  { path, subject, report }: ReadOptions,
): ValueObject {
  const found = inert.filter((key) => Object.hasOwn(written, key));
  if (found.length === 0) return written;
  for (const key of found) {
    report({
      code: "key-inert",
      severity: "warning",
      message: `The key "${key}" of ${subject} has no effect`,
      path: [...path, key],
      target: "key",
    });
  }
  return Object.fromEntries(Object.entries(written).filter(([key]) => !found.includes(key)));
}
