import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { MASK } from "../../core/plugin/redaction/hidden_text.ts";
import {
  MAX_HELD_LINES,
  type Redactor,
  redactorOf,
  type StreamName,
} from "../../core/plugin/redaction/redactor.ts";
import { MAX_LINE_LENGTH } from "../../core/plugin/ports.ts";
import { textOfLines } from "../../core/plugin/printed_lines.ts";
import { LineSplitter } from "../../platform/output.ts";
import { test } from "../harness.ts";

/** What programs make of a text, by other means than the redactor. */
const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  plain: (secret) => secret,
  json: (secret) => JSON.stringify(secret).slice(1, -1),
  "json in json": (secret) => JSON.stringify(JSON.stringify(secret)).slice(3, -3),
  "json of Python": (secret) =>
    JSON.stringify(secret).slice(1, -1).replace(
      /[\u0080-\uffff]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  "in single quotes": (secret) => secret.replaceAll("'", `'\\''`),
  "in double quotes": (secret) => secret.replaceAll(/["$`\\]/g, (char) => `\\${char}`),
  "url component": encodeURIComponent,
  "url form": (secret) => new URLSearchParams({ "": secret }).toString().slice(1),
  "lower percent": (secret) =>
    encodeURIComponent(secret).replaceAll(/%../g, (hex) => hex.toLowerCase()),
};

const secretTexts = fc.oneof(
  fc.string({ minLength: 6, maxLength: 40, unit: "grapheme" }),
  fc.string({ minLength: 6, maxLength: 40, unit: fc.constantFrom(..."ab/+\"'$ é%&") }),
).filter((text) => text.trim().length >= 6 && !/[\r\n]/.test(text) && text === text.trim());

function linesOf(chunks: readonly Uint8Array[], redactor: Redactor): readonly string[] {
  const printed: string[] = [];
  const lines = redactor.lines((line) => printed.push(textOfLines(line)));
  const splitter = new LineSplitter((line) => lines.print(line, "stdout"));
  for (const chunk of chunks) splitter.add(chunk);
  splitter.end();
  lines.end();
  return printed;
}

test("a secret in every form, split at every byte, never shows", () => {
  fc.assert(
    fc.property(secretTexts, (secret) => {
      const redactor = redactorOf([secret]);
      for (const [name, write] of Object.entries(FORMS)) {
        const bytes = new TextEncoder().encode(`<${write(secret)}>`);
        for (let at = 0; at <= bytes.length; at++) {
          const shown = linesOf([bytes.slice(0, at), bytes.slice(at)], redactor).join("\n");
          equal(shown, `<${MASK}>`, `${name}, split at ${at}`);
        }
      }
    }),
    { numRuns: 60, examples: [["~a*b(c)'d!"], ["a/b?c=d&e f"]] },
  );
});

test("a secret in base64 never shows, whatever stands around it, at any width of lines", () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 8, maxLength: 60 }),
      fc.uint8Array({ maxLength: 5 }),
      fc.uint8Array({ maxLength: 5 }),
      fc.integer({ min: 5, max: 76 }),
      fc.constantFrom("base64" as const, "base64url" as const),
      (secret, before, after, width, encoding) => {
        const bytes = Buffer.concat([before, new TextEncoder().encode(secret), after]);
        const encoded = bytes.toString(encoding);
        const wrapped = encoded.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
        const redactor = redactorOf([secret]);
        const shown = redactor.text(wrapped.join("\n")).replaceAll("\n", "");
        // Digits at both ends hold bits of what stands beside the secret.
        const hidden = encoded.length - shown.replaceAll(MASK, "").length;
        ok(hidden >= Math.floor(secret.length * 8 / 6) - 2, `${encoded} became ${shown}`);
      },
    ),
    { numRuns: 300 },
  );
});

test("a secret that goes on in the next line shows no more than its first three characters", () => {
  fc.assert(
    fc.property(secretTexts, (secret) => {
      const redactor = redactorOf([secret]);
      for (let at = 1; at < secret.length; at++) {
        const lines = [`<${secret.slice(0, at)}`, `${secret.slice(at)}>`];
        const printed: string[] = [];
        const stream = redactor.lines((line) => printed.push(textOfLines(line)));
        for (const line of lines) stream.print(line, "stdout");
        stream.end();
        const [first = "", second] = printed;
        ok(first === `<${MASK}` || first.length <= 4, first);
        equal(second, `${MASK}>`);
      }
    }),
    { numRuns: 100 },
  );
});

test("a secret that is longer than a line may be is hidden across the cut", () => {
  const secret = "correct horse battery staple";
  for (const before of [MAX_LINE_LENGTH - 10, MAX_LINE_LENGTH, 3]) {
    const bytes = new TextEncoder().encode("x".repeat(before) + secret + "y");
    const shown = linesOf([bytes], redactorOf([secret])).join("");
    equal(shown.replaceAll(MASK, ""), "x".repeat(before) + "y");
  }
});

test("of a secret with several lines each line is hidden by itself", () => {
  const key = "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\n-----END KEY-----\n";
  const redactor = redactorOf([key]);
  equal(redactor.text("first: MIIEvQIBADANBgkq"), "first: ***");
  equal(redactor.text(`<${key.trim()}>`), "<***\n***\n***\n***>");
  equal(redactor.text(`<${key.trim().replaceAll("\n", "\r\n")}>`), "<***\r\n***\r\n***\r\n***>");
  equal(redactor.text(JSON.stringify({ key })), '{"key":"***"}');
  equal(redactor.text(encodeURIComponent(key)), "***");
});

test("values are hidden in texts, names and numbers, and the rest stays as it is", () => {
  const redactor = redactorOf(["12345678", "hunter2!"]);
  deepEqual(
    redactor.value({ a: ["say hunter2!", 12345678, 7, null, true], "hunter2!": { b: "fine" } }),
    { a: ["say ***", "***", 7, null, true], "***": { b: "fine" } },
  );
});

test("secrets that overlap are hidden as one", () => {
  const redactor = redactorOf(["abcdef", "defghi", "cdef"]);
  equal(redactor.text("<abcdefghi>"), "<***>");
  equal(redactor.text("<abcdefabcdef>"), "<***>");
});

test("a text that was cut short shows no beginning of a secret", () => {
  const redactor = redactorOf(["correct horse"]);
  equal(redactor.text("it is corre", { cut: true }), "it is ***");
  equal(redactor.text("it is corre"), "it is corre");
});

test("lines pass at once unless they end in the beginning of a secret", () => {
  const printed: string[] = [];
  const lines = redactorOf(["correct horse"]).lines((line) => printed.push(textOfLines(line)));
  lines.print("a line", "stdout");
  deepEqual(printed, ["a line"]);
  lines.print("it is corre", "stdout");
  deepEqual(printed, ["a line"]);
  lines.print("ct horse.", "stdout");
  deepEqual(printed, ["a line", "it is ***", "***."]);
});

test("each stream is looked through by itself", () => {
  const printed: (readonly [StreamName, string])[] = [];
  const lines = redactorOf(["correct horse"]).lines((line, stream) =>
    printed.push([stream, textOfLines(line)])
  );
  lines.print("correct", "stdout");
  lines.print(" between ", "stderr");
  lines.print(" horse", "stdout");
  lines.end();
  deepEqual(printed, [["stderr", " between "], ["stdout", MASK], ["stdout", MASK]]);
});

test("lines that wait are bounded", () => {
  const printed: string[] = [];
  const lines = redactorOf(["correct horse"]).lines((line) => printed.push(textOfLines(line)));
  lines.print("corre", "stdout");
  for (let blank = 1; blank < MAX_HELD_LINES; blank++) lines.print("", "stdout");
  equal(printed.length, MAX_HELD_LINES);
  equal(printed[0], MASK);
});

test("without secrets nothing is looked at", () => {
  const redactor = redactorOf(["abc"]);
  equal(redactor.active, false);
  const value = { a: 1 };
  equal(redactor.value(value), value);
  const print = () => {};
  equal(redactor.lines(print).print, print);
});

test("any text without the secret stays as it is", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    equal(redactorOf(["correct horse battery staple"]).text(text), text);
  }));
});

test("a text that begins a secret over and over is looked through once", () => {
  const redactor = redactorOf(["a".repeat(1000) + "b", "a".repeat(30_000) + "c"]);
  const text = "a".repeat(1_000_000);
  equal(redactor.text(text), text);
  match(redactor.text(`${text}b`), /^a+\*\*\*$/);
});

test("the longest secret is hidden in every form", () => {
  const secret = Array.from({ length: 6_000 }, (_, at) => `${at}é"/`).join("\n");
  const redactor = redactorOf([secret]);
  doesNotMatch(redactor.text(JSON.stringify(secret)), /é/);
  equal(redactor.text(btoa(unescape(encodeURIComponent(secret)))), MASK);
});
