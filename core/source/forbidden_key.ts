/**
 * Names that no mapping may have, because assigning to them can change what
 * every other object is.
 *
 * @module
 */

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Whether a name is refused as the key of a mapping: `__proto__`,
 * `constructor` and `prototype` are.
 *
 * @example
 * ```ts
 * import { isForbiddenKey } from "./forbidden_key.ts";
 *
 * console.assert(isForbiddenKey("__proto__"));
 * console.assert(!isForbiddenKey("name"));
 * ```
 */
export function isForbiddenKey(key: string): boolean {
  return FORBIDDEN_KEYS.has(key);
}
