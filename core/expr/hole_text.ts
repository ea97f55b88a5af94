/**
 * What text from a hole stands for. The reference pastes it into Python, so
 * `${{ params.n }} == 1` holds for the text `1` too. Nothing is pasted here:
 * the text only takes the type of what it stands beside, if it reads so.
 *
 * @module
 */
import type { Value } from "./value.ts";

/** Which sides of an operator are holes outside of quotes. */
export interface PastedSides {
  /** The one before it. */
  readonly left: boolean;
  /** The one behind it. */
  readonly right: boolean;
}

/** The values on both sides, with texts from holes read as the other side's type. */
export function readAlike(
  [left, right]: readonly [Value, Value],
  pasted: PastedSides,
): readonly [Value, Value] {
  if (!pasted.left && !pasted.right) return [left, right];
  if (pasted.left && pasted.right && typeof left === "string" && typeof right === "string") {
    const [a, b] = [numberIn(left), numberIn(right)];
    return a === undefined || b === undefined ? [left, right] : [a, b];
  }
  const a = pasted.left && typeof left === "string" ? readBeside(left, right) : left;
  const b = pasted.right && typeof right === "string" ? readBeside(right, left) : right;
  return [a, b];
}

/** `true` or `false` as a text spells it, in Python or JSON; `undefined` when it does not. */
export function booleanIn(text: string): boolean | undefined {
  return BOOLEANS.get(text.trim());
}

/** The number that a text spells; `undefined` when it spells none. */
export function numberIn(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

function readBeside(text: string, other: Value): Value {
  if (typeof other === "number") return numberIn(text) ?? text;
  if (typeof other === "boolean") return booleanIn(text) ?? text;
  return other === null && NULLS.has(text.trim()) ? null : text;
}

const NUMBER = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
]);

const NULLS: ReadonlySet<string> = new Set(["null", "None"]);
