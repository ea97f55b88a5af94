import { deepEqual, equal } from "node:assert/strict";
import { SinkFanOut } from "../../core/engine/sink_fan_out.ts";
import { MAX_LINE_LENGTH } from "../../core/plugin/ports.ts";
import type { OutputBlock, Sink } from "../../core/plugin/sink.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { openHost } from "../../platform/mod.ts";
import { BlockSplitter } from "../../platform/output.ts";
import { fileLog } from "../../plugins/file_log.ts";
import { test } from "../harness.ts";

function split(...chunks: readonly string[]): string[] {
  const blocks: string[] = [];
  const splitter = new BlockSplitter(({ text }) => void blocks.push(text));
  for (const chunk of chunks) splitter.add(new TextEncoder().encode(chunk));
  splitter.end();
  return blocks;
}

test("BlockSplitter hands over whole lines, as many as came at once", () => {
  deepEqual(split("one\ntwo\nthr", "ee\n", "four"), ["one\ntwo", "three", "four"]);
  deepEqual(split("\n\n", "\n"), ["\n", ""]);
  deepEqual(split("a\r\nb\r\n", "c\rd\r"), ["a\nb", "c\rd"]);
  deepEqual(split(""), []);
});

test("BlockSplitter cuts lines that are too long, wherever they stand", () => {
  const long = "x".repeat(2 * MAX_LINE_LENGTH + 5);
  const full = "y".repeat(MAX_LINE_LENGTH);
  for (const chunks of [[`a\n${long}\nb\n`], [`a\n`, long, `\nb\n`], [`a\n${long}`, "\nb"]]) {
    const lines = split(...chunks).flatMap((block) => block.split("\n"));
    deepEqual(lines.map(({ length }) => length), [1, MAX_LINE_LENGTH, MAX_LINE_LENGTH, 5, 1]);
  }
  deepEqual(split(`${full}\n${full}\n`), [`${full}\n${full}`], "a full line is not too long");
});

const BLOCK: OutputBlock = { at: 5, stage: "a[]/x", attempt: 1, stream: "stdout", text: "1\n2" };

test("sinks are handed blocks where they take them, and single lines where not", () => {
  const blocks: string[] = [];
  const lines: string[] = [];
  const both: string[] = [];
  const sinks: readonly Sink[] = [
    { name: "blocks", lines: (_, { text }) => void blocks.push(text) },
    { name: "lines", line: (_, { text }) => void lines.push(text) },
    {
      name: "both",
      lines: (_, { text }) => void both.push(text),
      line: () => void both.push("never"),
    },
    { name: "events only" },
  ];
  const fanOut = new SinkFanOut(sinks, (message) => {
    throw new Error(message);
  });
  fanOut.lines("r", BLOCK);
  fanOut.lines("r", { ...BLOCK, text: "3" });
  deepEqual({ blocks, lines, both }, {
    blocks: ["1\n2", "3"],
    lines: ["1", "2", "3"],
    both: ["1\n2", "3"],
  });
});

test("fileLog() keeps blocks as it keeps their lines, also where they meet its bound", async () => {
  const text = Array.from({ length: 9 }, (_, at) => `line ${at}`).join("\n");
  for (const maxLength of [1_000, 60]) {
    const texts: (string | undefined)[] = [];
    for (const pieces of [[text], text.split("\n")]) {
      const host = new FakeHost();
      const options = { folder: "/logs", host, clock: new ManualClock(), maxLength };
      const log = fileLog({ ...options, warn: () => {} });
      for (const piece of pieces) log.lines("r", { ...BLOCK, text: piece });
      await log.flush("r");
      texts.push([...host.files.values()][0]);
    }
    equal(texts[0], texts[1], `with room for ${maxLength}`);
  }
});

test("spawn() hands over what a real process prints as blocks, and loses nothing", async () => {
  const blocks: string[] = [];
  const { exitCode } = await openHost().spawn("bash", {
    args: ["-c", "seq 1 20000; printf 'no end'"],
    env: { PATH: openHost().env()["PATH"] ?? "" },
    onLines: (_, { text }) => void blocks.push(text),
  });
  const lines = blocks.join("\n").split("\n");
  deepEqual([exitCode, lines.length, lines[19_999], lines.at(-1)], [0, 20_001, "20000", "no end"]);
  equal(blocks.length < 2_000, true, "not line by line");
});
