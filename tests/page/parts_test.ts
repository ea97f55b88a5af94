/** Parts of the page that need no browser. @module */
import { deepEqual, equal } from "node:assert/strict";
import { computed, effect, onEnd, root, signal } from "../../plugins/http/page/core/signal.js";
import { markedPieces, piecesOf, plainText } from "../../plugins/http/page/parts/ansi.js";
import { layOut } from "../../plugins/http/page/parts/graph_layout.js";
import { LogLines } from "../../plugins/http/page/parts/log_lines.js";
import { heaviest, indexParts } from "../../plugins/http/page/parts/part_index.js";
import { test } from "../harness.ts";

interface Piece {
  readonly text: string;
  readonly className: string;
  readonly isMatch?: boolean;
}

interface Card {
  readonly job: { readonly id: string };
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

const settled = () => Promise.resolve();

test("signal runs what read it once for all changes together", async () => {
  const [a, b] = [signal(1), signal(2)];
  const sums: number[] = [];
  const { end } = root(() => {
    const sum = computed(() => a.value + b.value);
    effect(() => void sums.push(sum.value));
  });
  a.value = 10;
  b.value = 20;
  await settled();
  deepEqual(sums, [3, 30]);
  end();
  a.value = 0;
  await settled();
  deepEqual(sums, [3, 30]);
});

test("signal ends what an effect began before it runs again", async () => {
  const count = signal(0);
  const log: string[] = [];
  root(() =>
    effect(() => {
      const at = count.value;
      log.push(`begin ${at}`);
      onEnd(() => log.push(`end ${at}`));
      effect(() => void log.push(`inner ${at} ${count.value}`));
    })
  );
  count.value = 1;
  await settled();
  deepEqual(log, ["begin 0", "inner 0 0", "end 0", "begin 1", "inner 1 1"]);
});

test("a line takes colours and nothing else from what it asks a terminal for", () => {
  const line = "\x1b[1;31mred\x1b[0m \x1b]0;title\x07plain\x1b[2J\x1b[38;5;2mgreen";
  equal(plainText(line), "red plaingreen");
  deepEqual(piecesOf(line).filter(({ className }: Piece) => className !== ""), [
    { text: "red", className: "ansi-1 ansi-bold" },
    { text: "green", className: "ansi-2" },
  ]);
});

test("a search marks what it found across colours", () => {
  const marked = markedPieces(piecesOf("a\x1b[31mbc\x1b[0mbc"), "bc");
  deepEqual(marked.map(({ text, isMatch }: Piece) => [text, isMatch]), [
    ["a", false],
    ["bc", true],
    ["bc", true],
  ]);
  deepEqual(markedPieces(piecesOf("xay"), "a").map(({ isMatch }: Piece) => isMatch), [
    false,
    true,
    false,
  ]);
});

const line = (text: string) => ({
  ...{ line: 0, at: "2026-01-31T00:00:00.000Z", stage: "a[]/b", attempt: 1, text },
  stream: "stdout" as const,
});

const GROUPED = [
  "one",
  "::group::G",
  "two",
  "::group::H",
  "three",
  "::endgroup::",
  "::endgroup::",
  "four",
];

function seenOf(lines: InstanceType<typeof LogLines>): string[] {
  return Array.from({ length: lines.seen }, (_, row) => {
    const found = lines.at(row);
    return found?.line.group ?? found?.line.text ?? "";
  });
}

test("lines fold by group, those that come later too", () => {
  const lines = new LogLines();
  lines.add(GROUPED.slice(0, 3).map(line));
  lines.fold(1);
  lines.add(GROUPED.slice(3).map(line));
  deepEqual(seenOf(lines), ["one", "G", "four"]);
  lines.fold(1);
  deepEqual(seenOf(lines), ["one", "G", "two", "H", "three", "four"]);
  lines.fold(3);
  deepEqual(seenOf(lines), ["one", "G", "two", "H", "four"]);
});

test("lines are found in folded groups, which then open", () => {
  const lines = new LogLines();
  lines.add(GROUPED.map(line));
  lines.fold(1);
  lines.fold(3);
  lines.search("THREE", { onlyMatches: false });
  deepEqual([...lines.matches], [4]);
  lines.uncover(4);
  equal(seenOf(lines)[lines.rowOf(4)], "three");
  lines.search("four", { onlyMatches: true });
  deepEqual(seenOf(lines), ["four"]);
  lines.add([line("more of four")]);
  deepEqual(seenOf(lines), ["four", "more of four"]);
});

const job = (id: string, { rank, needs }: { rank: number; needs: string[] }) => ({
  ...{ id, rank, needs, condition: null, matrix: null },
  stages: [{ key: "s", name: "S", stage_kind: "bash", condition: null, bodies: {} }],
});

test("jobs stand behind what they need, and no two in one place", () => {
  const { cards } = layOut([
    job("a", { rank: 0, needs: [] }),
    job("b", { rank: 1, needs: ["a"] }),
    job("c", { rank: 1, needs: ["a"] }),
    job("d", { rank: 2, needs: ["b", "c"] }),
  ]);
  const at = new Map<string, Card>(cards.map((card: Card) => [card.job.id, card]));
  equal(at.get("b")!.x > at.get("a")!.x, true);
  equal(at.get("d")!.x > at.get("b")!.x, true);
  equal(at.get("c")!.y >= at.get("b")!.y + at.get("b")!.height, true);
});

const part = (kind: "job" | "branch" | "stage", address: string, more = {}) => ({
  ...{ kind, address, parent: null, depth: 0, label: address, noun: null, stage_kind: null },
  ...{ alone: false, status: "succeeded" as const, started_at: null, ended_at: null, attempt: 1 },
  ...{ due_at: null, reason: null, failure: null, kept: false, ...more },
});

test("parts are found by what the graph calls them, over legs and bodies", () => {
  const index = indexParts([
    part("job", "load", { label: "load" }),
    part("branch", "load[os=a]", { parent: "load", noun: "leg" }),
    part("stage", "load[os=a]/fan", { parent: "load[os=a]" }),
    part("branch", "load[os=a]/fan[left]", { parent: "load[os=a]/fan", label: "left" }),
    part("stage", "load[os=a]/fan[left]/in", { parent: "load[os=a]/fan[left]" }),
    part("branch", "load[os=b]", { parent: "load", noun: "leg", status: "failed" }),
    part("stage", "load[os=b]/fan", { parent: "load[os=b]", status: "failed" }),
  ]);
  equal(index.legs.get("load")?.length, 2);
  equal(index.stages.get("load/fan")?.length, 2);
  equal(index.stages.get("load/fan/in")?.length, 1);
  equal(index.stages.get("load/fan:left/in")?.length, 1);
  equal(heaviest(index.stages.get("load/fan") ?? []), "failed");
});
