/**
 * Texts that were cut off anywhere: what somebody has on the screen while they
 * type. Whatever is asked of them is answered, and quickly.
 */
import { equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { completionsAt } from "../../core/language/completion.ts";
import { hoverAt } from "../../core/language/hover.ts";
import { outlineOf } from "../../core/language/outline.ts";
import { renameAt } from "../../core/language/rename.ts";
import { occurrencesIn } from "../../core/language/symbols.ts";
import { test } from "../harness.ts";
import { analyzed, FACTS } from "./language.ts";

const FOLDER = fileURLToPath(new URL("../corpus/check/ok/", import.meta.url));
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".yml")).sort();
const SEED = 20261123;
const CUTS_PER_FILE = 6;

/** Numbers below one, always the same ones (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6D2B79F5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function askEverything(text: string, offset: number): void {
  const { items, replace } = completionsAt(text, offset, { file: "a.yml", facts: FACTS });
  ok(replace.start <= offset && replace.end === offset && items.length <= 200);
  const analysis = analyzed(text);
  const hover = hoverAt(analysis, offset);
  if (hover !== undefined) ok(hover.range.start <= offset && offset <= hover.range.end);
  renameAt(analysis, offset, { to: "renamed" });
  for (const { start, end } of occurrencesIn(analysis)) {
    ok(0 <= start && start <= end && end <= text.length);
  }
  outlineOf(analysis);
}

test("everything can be asked of texts that are cut off anywhere", () => {
  const random = randomFrom(SEED);
  for (const file of FILES) {
    const whole = readFileSync(FOLDER + file, "utf8");
    for (let cut = 0; cut < CUTS_PER_FILE; cut++) {
      const end = Math.floor(random() * (whole.length + 1));
      const text = cut % 2 === 0
        ? whole.slice(0, end)
        // What stands behind the cursor stays, as it does when somebody types in the middle.
        : whole.slice(0, end) + whole.slice(end + Math.floor(random() * 30));
      try {
        askEverything(text, Math.min(end, text.length));
        askEverything(text, Math.floor(random() * (text.length + 1)));
      } catch (cause) {
        throw new Error(`${file} cut at ${end} (${cut})`, { cause });
      }
    }
  }
});

test("line ends of Windows move nothing", () => {
  for (const file of FILES.slice(0, 12)) {
    const text = readFileSync(FOLDER + file, "utf8");
    const names = (source: string) => {
      const places = occurrencesIn(analyzed(source));
      return places.map(({ start, end }) => source.slice(start, end)).join("\n");
    };
    equal(names(text.replaceAll("\n", "\r\n")), names(text), file);
  }
});

test("each name of a right workflow is found where it stands", () => {
  for (const file of FILES) {
    const text = readFileSync(FOLDER + file, "utf8");
    for (const { symbol, start, end } of occurrencesIn(analyzed(text))) {
      const found = text.slice(start, end);
      ok(
        found === symbol.name || found.includes(symbol.name),
        `${file}: ${symbol.name} is ${found}`,
      );
    }
  }
});

test("odd texts are answered", () => {
  for (
    const text of [
      "",
      "\u0000",
      "a: &a [*a]",
      "${{",
      "${{ ${{ }}",
      "? [x]\n: y",
      "---\n---\n",
      "\ud800: 1",
      "- - - -",
    ]
  ) {
    for (let offset = 0; offset <= text.length; offset++) askEverything(text, offset);
  }
});
