/** The published page: a table of the budgets and a picture of each curve. @module */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { type Curve, medianText, ratioOf } from "./bench.ts";
import { plotOf } from "./plot.ts";
import type { Findings, Results, Row } from "./results.ts";
import { exponentsText } from "./scaling.ts";

const PAGE = new URL("../docs/performance.md", import.meta.url);
const PICTURES = new URL("../docs/performance/", import.meta.url);
const BEGIN = "<!-- figures: written by deno task bench -->";
const END = "<!-- end of figures -->";

/** Writes the figures into the page, between what people wrote. */
export async function writeReport(results: Results): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const [before, rest = ""] = page.split(BEGIN);
  const [, after = "\n"] = rest.split(END);
  const pictures = await drawCurves(results);
  const figures = [...Object.values(results).map(tableOf), ...pictures].join("\n\n");
  await writeFile(PAGE, `${before}${BEGIN}\n\n${figures}\n\n${END}${after}`);
}

/** One line of what the command prints. */
export function rowText(row: Row): string {
  const { id, title, budget, measured, skipped } = row;
  if (measured === undefined) return `${id.padEnd(4)} ${title}\n     not measured: ${skipped}`;
  const { ours, floor, note } = measured;
  const ratio = ratioOf(measured);
  const verdict = ratio <= budget ? "holds" : "DOES NOT HOLD";
  const pair = `${ours.what} ${medianText(ours)}; ${floor.what} ${medianText(floor)}`;
  return `${id.padEnd(4)} ${title}\n     ${pair}; ratio ${
    ratio.toFixed(2)
  }, budget ${budget}: ${verdict} (${note})`;
}

function tableOf({ runtime, machine, rows }: Findings): string {
  const ordered = Object.values(rows).toSorted((a, b) => orderOf(a.id) - orderOf(b.id));
  const head = "| # | what | ours | against | ratio | budget | holds | load | day |";
  const rule = `|${" --- |".repeat(9)}`;
  const notes = ordered.flatMap(({ id, measured, skipped }) => {
    const note = measured?.note ?? `not measured: ${skipped}`;
    return note === "" ? [] : [`- ${id}: ${escaped(note)}`];
  });
  const lines = [head, rule, ...ordered.map(tableRow)].join("\n");
  return `### ${runtime}\n\n${machine}\n\n${lines}\n\n${notes.join("\n")}`;
}

function tableRow({ id, title, budget, measured, load, day = "" }: Row): string {
  const loaded = load?.toFixed(1) ?? "";
  const allowed = String(Number(budget.toFixed(2)));
  if (measured === undefined) {
    return `| ${id} | ${escaped(title)} | | | | ${allowed} | | ${loaded} | ${day} |`;
  }
  const { ours, floor } = measured;
  const ratio = ratioOf(measured);
  const cells = [
    ...[id, title, medianText(ours), `${floor.what}: ${medianText(floor)}`, ratio.toFixed(2)],
    ...[allowed, ratio <= budget ? "yes" : "**no**", loaded, day],
  ];
  return `| ${cells.map(escaped).join(" | ")} |`;
}

/** P2a before P10. */
function orderOf(id: string): number {
  const [, number = "0", letter = ""] = /^P(\d+)([a-z]?)$/.exec(id) ?? [];
  return Number(number) * 100 + (letter === "" ? 0 : letter.charCodeAt(0) - 96);
}

async function drawCurves(results: Results): Promise<readonly string[]> {
  await mkdir(PICTURES, { recursive: true });
  const subjects = new Set(Object.values(results).flatMap(({ curves }) => Object.keys(curves)));
  const shown: string[] = [];
  for (const subject of subjects) {
    const drawn = Object.entries(results).flatMap(([runtime, { curves }]) => {
      const curve = curves[subject];
      return curve === undefined ? [] : [{ runtime, curve }];
    });
    const file = `${subject.replaceAll(" ", "_")}.svg`;
    await writeFile(new URL(file, PICTURES), plotOf(subject, drawn));
    const exponents = drawn.map(({ runtime, curve }) => curveText(runtime, curve));
    shown.push(`![${subject}](performance/${file})\n\n${exponents.join("\n")}`);
  }
  return shown.length === 0 ? [] : ["### Scaling curves", ...shown];
}

function curveText(runtime: string, curve: Curve): string {
  const figures = curve.points.map(({ size, ms, megabytes }) =>
    `${size}: ${ms.toFixed(ms < 10 ? 2 : 0)} ms, ${megabytes.toFixed(0)} MB`
  );
  return `- ${runtime}, ${exponentsText(curve)}: ${figures.join("; ")}`;
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*")
    .replaceAll("_", "\\_").replace(/^\\\*\\\*no\\\*\\\*$/, "**no**");
}
