import { deepEqual, equal, ok } from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { test } from "../harness.ts";
import { checkText, CORPUS, corpusFiles, lineOf } from "./corpus.ts";
import { JUSTIFIED } from "./justified.ts";

const RIGHT = await corpusFiles("ok");
const WRONG = await corpusFiles("err");

test("the corpus is large enough to mean something", () => {
  ok(WRONG.length >= 150, `${WRONG.length} wrong workflows`);
  ok(RIGHT.length >= 60, `${RIGHT.length} right workflows`);
});

for (const file of WRONG) {
  test(`checking ${file.name} says what is written down`, async () => {
    const expected = await readFile(new URL(`err/${file.name}.out`, CORPUS), "utf8");
    const found = checkText(file).map((diagnostic) => `${lineOf(diagnostic)}\n`).join("");
    equal(found, expected);
    ok(found !== "", "a wrong workflow has something said about it");
  });
}

test("checking right workflows says nothing but what is justified", () => {
  const said = RIGHT.flatMap((file) =>
    checkText(file).map(({ code }) => `${file.name.replace(/^reference-/, "")} ${code}`)
  );
  const justified = JUSTIFIED.flatMap(({ code, files }) => files.map((file) => `${file} ${code}`));
  deepEqual([...new Set(said)].filter((complaint) => !justified.includes(complaint)), []);
  deepEqual(justified.filter((complaint) => !said.includes(complaint)), []);
});

test("no complaint about a right workflow is an error", () => {
  const errors = RIGHT.flatMap(checkText).filter(({ severity }) => severity === "error");
  deepEqual(errors.map(lineOf), []);
});

test("every code that the source can say has a file in the corpus", async () => {
  const files = new Set(WRONG.map(({ name }) => name));
  const missing = (await codesInSource()).filter((code) => !files.has(code));
  deepEqual(missing, NOT_SHOWN);
});

/** Codes of bounds whose example would be megabytes long; tests of their own cross them. */
const NOT_SHOWN = ["embed-length", "yaml-too-large", "yaml-too-many-values"];

const FOLDERS = ["source", "expr", "model", "check"];
const CODE = /\bcode: "(?<code>[a-z]+(?:-[a-z]+)+)"|"(?<other>yaml-[a-z-]+)"/g;
/** A rule whose findings have codes of their own. */
const NEVER_SAID: ReadonlySet<string> = new Set(["code-embedding"]);

async function codesInSource(): Promise<readonly string[]> {
  const codes = new Set<string>();
  for (const folder of FOLDERS) {
    const root = fileURLToPath(new URL(`../../core/${folder}/`, import.meta.url));
    for (const file of await readdir(root, { recursive: true })) {
      if (!file.endsWith(".ts")) continue;
      const text = await readFile(`${root}${file}`, "utf8");
      for (const { groups } of text.matchAll(CODE)) codes.add(groups?.code ?? groups?.other ?? "");
    }
  }
  return [...codes].filter((code) => !NEVER_SAID.has(code)).sort();
}
