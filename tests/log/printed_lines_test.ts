import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { MAX_LINE_LENGTH } from "../../core/plugin/ports.ts";
import { PrintedLines, textOfLines } from "../../core/plugin/printed_lines.ts";
import { redactorOf } from "../../core/plugin/redaction/redactor.ts";
import type { OutputBlock } from "../../core/plugin/sink.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { BlockSplitter } from "../../platform/output.ts";
import { fileLog } from "../../plugins/file_log.ts";
import { RAW_BYTES } from "../../plugins/file_log/attempt_log.ts";
import { test } from "../harness.ts";

const encoder = new TextEncoder();

/** What processes print: text, line ends of all kinds, NUL, and bytes that are no UTF-8. */
const anyBytes = fc.array(
  fc.oneof(
    fc.constantFrom("\n", "\r\n", "\r", "\0", "a", "line", "ü", "😀", "\ufeff", "\u2028").map((
      it,
    ) => encoder.encode(it)),
    fc.uint8Array({ maxLength: 6 }),
  ),
  { maxLength: 60 },
).map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

/** The bytes in pieces, each in the same buffer, as a reader hands them over. */
function printedIn(bytes: Uint8Array, cuts: readonly number[]): string[] {
  const lines: string[] = [];
  const splitter = new BlockSplitter(({ text }) => void lines.push(...text.split("\n")));
  const buffer = new Uint8Array(bytes.length);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  let start = 0;
  for (const end of ends) {
    buffer.fill(0x21).set(bytes.subarray(start, end));
    splitter.add(buffer.subarray(0, end - start));
    start = end;
  }
  buffer.fill(0x21);
  splitter.end();
  return lines;
}

function linesOf(bytes: Uint8Array): string[] {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  const lines = text.split("\n").map((line) => line.replace(/\r$/, ""));
  return text === "" || text.endsWith("\n") ? lines.slice(0, -1) : lines;
}

test("BlockSplitter gives the same lines wherever the stream is cut, whatever its bytes", () => {
  fc.assert(
    fc.property(anyBytes, fc.array(fc.nat(), { maxLength: 8 }), (bytes, cuts) => {
      deepEqual(printedIn(bytes, cuts), linesOf(bytes));
    }),
    { numRuns: 1_000 },
  );
});

test("BlockSplitter cuts what is too long for a line between characters, and loses none", () => {
  for (const sign of ["x", "ü", "€", "😀"]) {
    const line = sign.repeat(Math.ceil(2.5 * MAX_LINE_LENGTH / sign.length));
    const bytes = encoder.encode(`${line}\nshort\n${line}`);
    for (const step of [bytes.length, 65_536, 65_521, 4_099]) {
      const cuts = Array.from({ length: bytes.length / step | 0 }, (_, nth) => (nth + 1) * step);
      const lines = printedIn(bytes, cuts);
      equal(lines.join(""), `${line}short${line}`, `${sign} in steps of ${step}`);
      ok(lines.every((it) => it.length <= MAX_LINE_LENGTH && it.isWellFormed()));
      ok(lines.includes("short"));
    }
  }
});

test("PrintedLines are counted and cut as their text is, wherever they stand in a buffer", () => {
  fc.assert(
    fc.property(anyBytes, fc.nat(7), fc.nat(5), (bytes, offset, last) => {
      const buffer = new Uint8Array(bytes.length + offset + 9).fill(10);
      buffer.set(bytes, offset);
      const printed = new PrintedLines(buffer.subarray(offset, offset + bytes.length));
      const lines = printed.text.split("\n");
      equal(printed.count, lines.length);
      deepEqual(printed.last(last + 1), lines.slice(-last - 1));
    }),
    { numRuns: 1_000 },
  );
  const blank = new Uint8Array(5_003).fill(10);
  equal(new PrintedLines(blank).count, 5_004);
  equal(new PrintedLines(blank.fill(0x8a)).count, 1, "only a whole byte is a line break");
});

const BLOCK = { at: 5, stage: "a[]/x", attempt: 1, stream: "stdout" } as const;

function printed(text: string): OutputBlock {
  return { ...BLOCK, text, printed: new PrintedLines(encoder.encode(text)) };
}

function logIn(host: FakeHost, { maxLength = 1_000_000 } = {}) {
  return fileLog({ ...{ folder: "/logs", host, maxLength }, clock: new ManualClock(), warn: fail });
}

function fail(message: string): never {
  throw new Error(message);
}

async function readBack(host: FakeHost, from = 0): Promise<string[]> {
  return (await Array.fromAsync(logIn(host).read("r", { from }))).map(({ text }) => text);
}

/** Lines that would pass for rows if anybody took them for such. */
const FORGED = [
  '{"log":1,"run":"r","stage":"other","attempt":1,"at":0}',
  ...["0 2 forged", " forged", "0 1+3", "", "\0", "ü😀", "\ufeff", "a\rb", "x".repeat(RAW_BYTES)],
];

test("fileLog() keeps a flood as it was printed, between rows, and reads from any line of it", async () => {
  const host = new FakeHost();
  const log = logIn(host);
  const blocks = ["before", FORGED.join("\r\n"), "between\nfloods", FORGED.join("\n"), "behind"];
  for (const text of blocks) log.lines("r", printed(text));
  await log.flush("r");
  ok([...host.files.values()][0]?.includes(`0 1+${FORGED.length}\n`));
  const all = ["before", ...FORGED, "between", "floods", ...FORGED, "behind"];
  for (let from = 0; from <= all.length; from++) {
    deepEqual(await readBack(host, from), all.slice(from), `from ${from}`);
  }
  const lines = await Array.fromAsync(logIn(host).read("r"));
  deepEqual(new Set(lines.map(({ text: _, ...place }) => JSON.stringify(place))).size, 1);
});

test("fileLog() keeps the bytes of a flood only until it returns to whoever lent them", async () => {
  const host = new FakeHost();
  const log = logIn(host);
  const bytes = encoder.encode("line\n".repeat(RAW_BYTES));
  for (let nth = 0; nth < 40; nth++) {
    bytes.fill(0x30 + nth % 10, 0, 4);
    const lines = new PrintedLines(bytes.subarray(0, -1));
    log.lines("r", { ...BLOCK, text: lines.text, printed: lines });
  }
  await log.flush("r");
  const firsts = (await readBack(host)).filter((text) => text !== "line");
  deepEqual(firsts, Array.from({ length: 40 }, (_, nth) => `${nth % 10}`.repeat(4)));
});

test("fileLog() fills what room is left with the lines of a flood, and says that it is cut", async () => {
  const host = new FakeHost();
  const log = logIn(host, { maxLength: RAW_BYTES });
  log.lines("r", printed("line\n".repeat(RAW_BYTES)));
  log.lines("r", printed("no more"));
  await log.flush("r");
  const lines = await readBack(host);
  equal(lines.at(-1), `[sluice] Output is cut here: no more than ${RAW_BYTES} characters are kept`);
  deepEqual([...new Set(lines.slice(0, -1))], ["line"]);
  ok([...host.files.values()].join("").length < RAW_BYTES + 300);
});

test("fileLog() reads a flood that a killed process left torn as far as it goes", async () => {
  const host = new FakeHost();
  const log = logIn(host);
  log.lines("r", printed(`whole\n${"x".repeat(RAW_BYTES)}\ntorn apart`));
  await log.flush("r");
  for (const [path, text] of host.files) host.files.set(path, text.slice(0, -7));
  deepEqual(await readBack(host), ["whole", "x".repeat(RAW_BYTES), "torn"]);
});

test("no secret shows in what a process prints, wherever a block of it ends", () => {
  const secret = "correct horse\nbattery staple";
  const bytes = encoder.encode(`ü is ${secret}.\nand ${btoa("me:hunter22")}\n`.repeat(3));
  for (let cut = 0; cut <= bytes.length; cut++) {
    let shown = "";
    const redactor = redactorOf([secret, "hunter22"]);
    const lines = redactor.lines((it) => shown += `${textOfLines(it)}\n`);
    const splitter = new BlockSplitter((it) => lines.print(it, "stdout"));
    splitter.add(bytes.slice(0, cut));
    splitter.add(bytes.slice(cut));
    splitter.end();
    lines.end();
    ok(!/correct|battery|hunter|VyMj/.test(shown), `cut at ${cut}: ${shown}`);
    equal(shown.split("ü is ").length, 4);
  }
});
