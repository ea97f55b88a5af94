/**
 * The forms in which a secret may turn up in what is printed: as it is, and as
 * programs write texts for one another.
 *
 * @module
 */

/** A shorter text is no secret: hiding it would hide most of what there is. */
export const MIN_SECRET_CHARS = 4;

/** Of a secret with several lines, a line of so many characters is hidden by itself too. */
export const MIN_SECRET_LINE_CHARS = 8;

/**
 * All forms of a secret that are long enough to be told from chance. White
 * space that ends lines is not in them: who looks for them passes over it.
 *
 * @example
 * ```ts
 * import { secretForms } from "./secret_forms.ts";
 * import { ok } from "node:assert/strict";
 *
 * const forms = secretForms('it"s me');
 * ok(forms.has('it\\"s me'));
 * ok(forms.has("it%22s%20me"));
 * ok(forms.has(btoa('it"s me')));
 * ```
 */
export function secretForms(secret: string): ReadonlySet<string> {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const parts = lines.length < 2
    ? []
    : lines.filter((line) => line.length >= MIN_SECRET_LINE_CHARS);
  const texts = [secret, ...new Set([secret.trim(), ...parts])];
  const forms = texts.flatMap((text) => [text, ...escaped(text), ...urlEncoded(text)]);
  const joined = [...forms, ...encoded(secret), ...encoded(secret.trimEnd())]
    .map((form) => form.replaceAll(/[\r\n]/g, ""));
  return new Set(joined.filter((form) => form.length >= MIN_SECRET_CHARS));
}

/** In JSON, once and within a JSON text, and between the quotes of a shell. */
function escaped(text: string): readonly string[] {
  const json = insideOf(JSON.stringify(text));
  const ascii = asciiOnly(json);
  const solidus = json.replaceAll("/", "\\/");
  return [
    ...[json, ascii, solidus, insideOf(JSON.stringify(json)), insideOf(JSON.stringify(ascii))],
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll("'", "\\'"),
    text.replaceAll(/["$`\\]/g, "\\$&"),
    text.replaceAll(/[^\w@%+=:,./\n-]/g, "\\$&"),
  ];
}

function insideOf(quoted: string): string {
  return quoted.slice(1, -1);
}

function asciiOnly(text: string): string {
  return text.replaceAll(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function urlEncoded(text: string): readonly string[] {
  const uri = encodeURIComponent(text.toWellFormed());
  const strict = uri.replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const form = new URLSearchParams([["", text]]).toString().slice(1);
  const path = strict.replaceAll("%2F", "/");
  const texts = [uri, strict, path, form, encodeURI(text.toWellFormed())];
  const forms = texts.flatMap((form) => [form, form.replaceAll("%20", "+")]);
  return [...forms, ...forms.map(lowerHex)];
}

function lowerHex(encoded: string): string {
  return encoded.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());
}

/** In base64 and base64url, whatever stands around it there. */
function encoded(text: string): readonly string[] {
  const bytes = new TextEncoder().encode(text);
  const forms = [base64(bytes), ...[0, 1, 2].map((before) => alignedAt(bytes, before))];
  return [...forms, ...forms.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"))];
}

/**
 * The digits that follow from the bytes alone when so many bytes of a group of
 * three come before them: those at both ends hold bits of their neighbours.
 */
function alignedAt(bytes: Uint8Array, before: number): string {
  const shifted = new Uint8Array(before + bytes.length);
  shifted.set(bytes, before);
  const first = Math.ceil((before * BITS_OF_BYTE) / BITS_OF_DIGIT);
  const end = Math.floor((shifted.length * BITS_OF_BYTE) / BITS_OF_DIGIT);
  return base64(shifted).slice(first, end);
}

const BITS_OF_BYTE = 8;
const BITS_OF_DIGIT = 6;

function base64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}
