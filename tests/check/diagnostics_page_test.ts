import { deepEqual, equal } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "../harness.ts";
import { checkText, corpusFiles } from "./corpus.ts";
import { diagnosticsPage, PAGE } from "./diagnostics_page.ts";

const FILES = await corpusFiles("err");

test("docs/diagnostics.md is up to date with the corpus; deno task diagnostics writes it", async () => {
  equal(await readFile(PAGE, "utf8"), diagnosticsPage(FILES));
});

test("each code has exactly one file that explains it and shows it alone", () => {
  const explained = FILES.filter(({ text }) =>
    text.startsWith("# ") && !text.startsWith("# sluice:")
  );
  const others = explained.flatMap((file) => {
    const codes = new Set(checkText(file).map(({ code }) => code));
    return codes.size === 1 && codes.has(file.name) ? [] : [`${file.name}: ${[...codes]}`];
  });
  deepEqual(others, []);
});
