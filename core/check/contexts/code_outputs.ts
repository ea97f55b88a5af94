/**
 * Which outputs a script may leave, read off its text without running it.
 *
 * @module
 */
import type { CodeLanguage } from "../../model/stage_syntax.ts";
import { ANY, type Properties } from "../types/type.ts";

/** A longer script is not looked through. */
export const MAX_READ_CHARS = 100_000;

/** A script that names this variable may leave any outputs. */
const OUTPUT_FILE = "SLUICE_OUTPUT";

/**
 * The outputs that a script may leave besides those that its kind declares, or
 * `undefined` when they cannot be told. A name that occurs nowhere in a script
 * that spells its outputs out is none of them.
 *
 * @example
 * ```ts
 * import { codeOutputs } from "./code_outputs.ts";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * const outputs = codeOutputs("ts", "const rows = 3;\nresult.outputs = { rows, 'file name': f };");
 * deepEqual([...outputs?.names() ?? []], ["rows", "file name"]);
 * equal(outputs?.get("row"), undefined);
 * equal(codeOutputs("ts", "result.outputs = all;"), undefined);
 * ```
 */
export function codeOutputs(language: CodeLanguage, text: string): Properties | undefined {
  if (text.length > MAX_READ_CHARS) return undefined;
  if (language === "bash") return text.includes(OUTPUT_FILE) ? undefined : NONE;
  const spelt = speltOut(text);
  if (spelt === undefined || OPAQUE[language].test(text)) return undefined;
  const words = new Set(text.match(WORD));
  return {
    get: (name) => spelt.has(name) || words.has(name) ? { type: ANY } : undefined,
    names: () => spelt,
  };
}

const NONE: Properties = { get: () => undefined, names: () => [] };

const WORD = /[\p{L}_$][\p{L}\p{N}_$]*/gu;

/** Names that come out of what is only known at run time. */
const OPAQUE: Readonly<Record<Exclude<CodeLanguage, "bash">, RegExp>> = {
  ts: /\bexport\s*(?:\*|\{)|\beval\b|\bresult\b(?!\.)/,
  js: /\bexport\s*(?:\*|\{)|\beval\b|\bresult\b(?!\.)/,
  python: /\bimport\s*\*|\b(?:exec|globals|locals|vars|setattr)\s*\(|\bresult\b(?!\.)/,
};

const OUTPUTS =
  /\bresult\.outputs\b(?<step>\.\s*[\p{L}_$][\p{L}\p{N}_$]*|\[\s*(?:"[^"\\]*"|'[^'\\]*')\s*\])?\s*(?<assigned>=(?!=)\s*)?/gu;

/** The names that are assigned as outputs; `undefined` when some of them are computed. */
function speltOut(text: string): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const match of text.matchAll(OUTPUTS)) {
    const { step, assigned } = match.groups ?? {};
    if (step !== undefined) {
      names.add(step.replace(/^\.\s*|^\[\s*["']|["']\s*\]$/g, ""));
      continue;
    }
    const keys = assigned === undefined ? undefined : keysOf(text, match.index + match[0].length);
    if (keys === undefined) return undefined;
    for (const key of keys) names.add(key);
  }
  return names;
}

const KEY =
  /\s*(?:(?<name>[\p{L}_$][\p{L}\p{N}_$]*)|"(?<double>[^"\\]*)"|'(?<single>[^'\\]*)')\s*(?<next>[:,}(])/uy;
const GAP = /(?:\s|\/\/[^\n]*|#[^\n]*|\/\*[^*]*\*\/)*/y;

/** The keys of a literal that begins at `start`; `undefined` when it is none or has others than plain keys. */
function keysOf(text: string, start: number): readonly string[] | undefined {
  if (text[start] !== "{") return undefined;
  const keys: string[] = [];
  for (let at = skipGap(text, start + 1); text[at] !== "}"; at = skipGap(text, at)) {
    KEY.lastIndex = at;
    const { name, double, single, next } = KEY.exec(text)?.groups ?? {};
    const key = name ?? double ?? single;
    if (key === undefined) return undefined;
    keys.push(key);
    const behind = next === "," || next === "}"
      ? KEY.lastIndex - 1
      : endOfValue(text, KEY.lastIndex);
    if (behind === undefined) return undefined;
    at = text[behind] === "," ? behind + 1 : behind;
  }
  return keys;
}

function skipGap(text: string, at: number): number {
  GAP.lastIndex = at;
  return at + (GAP.exec(text)?.[0].length ?? 0);
}

const OPENING = "([{";
const CLOSING = ")]}";

/** Where the comma or brace behind a value stands. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? "";
    if (depth === 0 && (char === "," || char === "}")) return at;
    if (OPENING.includes(char)) depth++;
    else if (CLOSING.includes(char)) depth--;
    else if (char === '"' || char === "'" || char === "`") {
      at = endOfQuote(text, at);
    }
  }
  return undefined;
}

function endOfQuote(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[start]) return at;
  }
  return text.length;
}
