/**
 * Inputs that hold secrets are not shown (REFERENCE C-214).
 *
 * @module
 */
import { MAX_VALUE_DEPTH } from "../../core/expr/text.ts";
import type { ValueObject } from "../../core/expr/value.ts";

/** What is written in place of a secret. */
export const MASK = "***";

/** A shorter text is no secret: masking it would mask most of what there is. */
export const MIN_SECRET_CHARS = 4;

/** Hides secrets. */
export interface Mask {
  /** The text without them. */
  text(text: string): string;
  /** The value without them in any text of it. */
  value(value: unknown): unknown;
}

/** What hides the secrets that a function was given. */
export function maskOf(given: ValueObject, secrets: readonly string[]): Mask {
  const hidden = secrets
    .map((name) => Object.hasOwn(given, name) ? given[name] : undefined)
    .filter((value) => typeof value === "string")
    .filter((text) => text.length >= MIN_SECRET_CHARS && text !== ABSENT)
    .sort((a, b) => b.length - a.length);
  if (hidden.length === 0) return { text: (text) => text, value: (value) => value };
  const text = (text: string): string =>
    hidden.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  return { text, value: (value) => maskedValue(value, { text, depth: 0 }) };
}

// What `${NAME}` reads as where there is no such variable.
const ABSENT = "null";

/** What is nested too deep stays as it is: it is refused where outputs are taken in. */
function maskedValue(
  value: unknown,
  { text, depth }: { readonly text: Mask["text"]; readonly depth: number },
): unknown {
  if (typeof value === "string") return text(value);
  if (depth === MAX_VALUE_DEPTH) return value;
  const within = (item: unknown): unknown => maskedValue(item, { text, depth: depth + 1 });
  if (Array.isArray(value)) return value.map(within);
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [text(name), within(item)]),
  );
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
