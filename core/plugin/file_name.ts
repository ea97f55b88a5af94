/**
 * Names from outside as file names: workflows, runs and addresses are data,
 * and nothing that they contain may lead out of the folder they belong in.
 *
 * @module
 */
import { sha256Hex } from "../expr/sha256.ts";

/** A name that is safe as one part of a path, on every file system. Made by {@linkcode encodeName} alone. */
export type FileName = string & { readonly brand: "FileName" };

/** The longest file name that is made, in bytes: room for a prefix and an ending below the usual 255. */
export const MAX_FILE_NAME_BYTES = 200;

/** A longer name keeps its beginning, and this much of its digest tells it from its like. */
const DIGEST_DIGITS = 32;

// No capitals: `Load` and `load` are one file on a case-insensitive file system. No letters beyond
// ASCII: some file systems normalise them.
const UNSAFE = /[^a-z0-9_=@+,()[\]~.-]/gu;
const SAFE = /^(?![.-])[a-z0-9_=@+,()[\]~.%-]+(?<!\.)$/;
// Hidden, an option to most commands, or dropped by Windows.
const UNSAFE_ENDS = /^[.-]|\.$/g;
const WINDOWS_DEVICE = /^(?=(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))./;

/**
 * The file name for a name: itself where it is safe, and `%xx` for each unsafe
 * byte. Different names have different file names; no file name is `.`, `..`,
 * or holds a separator.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * assert.equal(encodeName("load[os=linux]"), "load[os=linux]");
 * assert.equal(encodeName("../etc/Passwd"), "%2e.%2fetc%2f%50asswd");
 * ```
 */
export function encodeName(name: string): FileName {
  const text = shortened(escaped(name));
  if (!isFileName(text)) throw new Error(`Internal error: "${text}" is no file name`);
  return text;
}

/** `%` alone stands for the empty name: elsewhere it never stands alone. */
function escaped(name: string): string {
  if (name === "") return "%";
  return name
    .replace(UNSAFE, escapedCharacter)
    .replace(UNSAFE_ENDS, escapedCharacter)
    .replace(WINDOWS_DEVICE, escapedCharacter);
}

/** Half a surrogate pair has no UTF-8 form, so it is written as the code unit that it is. */
function escapedCharacter(character: string): string {
  if (!character.isWellFormed()) return `%u${character.charCodeAt(0).toString(16)}`;
  return Array.from(new TextEncoder().encode(character), escapedByte).join("");
}

function escapedByte(byte: number): string {
  return `%${byte.toString(16).padStart(2, "0")}`;
}

/** `%~` comes of no escape, so that a shortened name is never the name of another. */
function shortened(text: string): string {
  if (text.length <= MAX_FILE_NAME_BYTES) return text;
  const ending = `%~${sha256Hex(text).slice(0, DIGEST_DIGITS)}`;
  return text.slice(0, MAX_FILE_NAME_BYTES - ending.length) + ending;
}

function isFileName(text: string): text is FileName {
  return SAFE.test(text) && text.length <= MAX_FILE_NAME_BYTES;
}
