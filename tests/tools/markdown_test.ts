import { deepEqual, equal } from "node:assert/strict";
import { readPage } from "../../tools/markdown.ts";
import { test } from "../harness.ts";

test("readPage() finds fenced blocks, their marks and where they begin", () => {
  const { blocks } = readPage(
    "# Title\n\n```yaml hello.yml\na: 1\nb: 2\n```\n\n```sh run exit=1\n$ x\n```",
  );
  deepEqual(blocks, [
    { language: "yaml", marks: ["hello.yml"], text: "a: 1\nb: 2", line: 3 },
    { language: "sh", marks: ["run", "exit=1"], text: "$ x", line: 8 },
  ]);
});

test("readPage() takes the indentation of a list off a block", () => {
  const { blocks } = readPage("- item\n\n  ```ts\n  if (a) {\n    b();\n  }\n  ```");
  equal(blocks[0]?.text, "if (a) {\n  b();\n}");
});

test("readPage() lets a longer fence hold a shorter one", () => {
  const { blocks } = readPage("````md\n```ts\n```\n````\n");
  deepEqual(blocks.map(({ text }) => text), ["```ts\n```"]);
});

test("readPage() ends a block that is never closed with the page", () => {
  deepEqual(readPage("```ts\na\nb").blocks.map(({ text }) => text), ["a\nb"]);
});

test("readPage() finds local links and no others", () => {
  const { links } = readPage([
    '[one](docs/A.md) and [two](#below "title")',
    "`[code](nowhere.md)` [web](https://example.com) [mail](mailto:a@example.com)",
    "```md",
    "[in code](nowhere.md)",
    "```",
    "![picture](<a.png>)",
  ].join("\n"));
  deepEqual(links, [
    { target: "docs/A.md", line: 1 },
    { target: "#below", line: 1 },
    { target: "a.png", line: 6 },
  ]);
});

test("readPage() names headings as code hosts do", () => {
  const { anchors } = readPage(
    "# The `run` loop\n## Errors: three kinds\n## A\n## A\n```sh\n# no\n```",
  );
  deepEqual([...anchors], ["the-run-loop", "errors-three-kinds", "a", "a-1"]);
});
