import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "../harness.ts";
import { Editor, type LspPosition, marked } from "./editor.ts";

interface Item {
  readonly label: string;
  readonly detail?: string;
  readonly textEdit: { readonly newText: string; readonly range: Range };
}

interface Range {
  readonly start: LspPosition;
  readonly end: LspPosition;
}

interface Location {
  readonly uri: string;
  readonly range: Range;
}

const CHILD =
  "name: child\nparams: {day: {type: date, desc: Which day.}}\njobs: {go: {stages: [{name: go, echo: '${{ params.day }}'}]}}\n";

async function inEditor(
  files: Readonly<Record<string, string>>,
  body: (editor: Editor) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-lsp-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(join(folder, dirname(file)), { recursive: true });
      await writeFile(join(folder, file), text);
    }
    await using editor = new Editor(folder);
    await editor.begin();
    await body(editor);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function completions(
  editor: Editor,
  file: string,
  source: string,
): Promise<readonly Item[]> {
  const { text, position } = marked(source);
  const { version } = await editor.open(file, text);
  equal(version, 1);
  const { items } = await editor.ask<{ items: readonly Item[] }>("textDocument/completion", {
    textDocument: { uri: editor.uri(file) },
    position,
  });
  return items;
}

test("sluice lsp tells what is wrong with a text when it is opened, and again when it changes", async () => {
  await inEditor({}, async (editor) => {
    const wrong = "name: etl\njobs:\n  extract: {}\n  load: {needs: [extrct]}\n";
    const { diagnostics } = await editor.open("conf/etl.yml", wrong);
    deepEqual(diagnostics.map(({ code, severity, range }) => ({ code, severity, range })), [{
      code: "need-unknown",
      severity: 1,
      range: { start: { line: 3, character: 17 }, end: { line: 3, character: 23 } },
    }]);
    await editor.change("conf/etl.yml", 2, wrong.replace("extrct", "extract"));
    deepEqual((await editor.published(editor.uri("conf/etl.yml"), 2)).diagnostics, []);
  });
});

test("sluice lsp tells nothing of a version that was changed meanwhile", async () => {
  await inEditor({}, async (editor) => {
    await editor.open("a.yml", "name: a\njobs: {}\n");
    const changes = Array.from({ length: 30 }, (_, at) => at + 2);
    for (const version of changes) {
      void editor.change("a.yml", version, `name: a\njobs: {load: {needs: [n${version}]}}\n`);
    }
    const last = await editor.published(editor.uri("a.yml"), 31);
    match(last.diagnostics[0]!.message, /"n31"/);
    const versions = editor.versionsOf("a.yml");
    deepEqual(versions, versions.toSorted((one, other) => one! - other!));
    equal(versions.at(-1), 31);
  });
});

test("sluice lsp marks what could be removed", async () => {
  await inEditor({}, async (editor) => {
    const text = "name: a\nparams: {unread: str}\njobs: {x: {stages: [{name: s, echo: hi}]}}\n";
    const { diagnostics } = await editor.open("a.yml", text);
    deepEqual(diagnostics.map(({ code, tags }) => [code, tags]), [["param-unused", [1]]]);
  });
});

test("sluice lsp puts right what is plainly misspelt, in a text with line ends of Windows and wide signs", async () => {
  await inEditor({}, async (editor) => {
    const text =
      "name: 'été 🚰'\r\njobs:\r\n  extract: {}\r\n  load: {desc: '🚰🚰', needs: [extrct]}\r\n";
    const { diagnostics: [found] } = await editor.open("a.yml", text);
    const actions = await editor.ask<
      readonly {
        title: string;
        edit: { changes: Record<string, { range: Range; newText: string }[]> };
      }[]
    >(
      "textDocument/codeAction",
      {
        textDocument: { uri: editor.uri("a.yml") },
        range: found!.range,
        context: { diagnostics: [found] },
      },
    );
    equal(actions.length, 1);
    equal(actions[0]!.title, 'Write "extract" instead of "extrct"');
    const [edit] = actions[0]!.edit.changes[editor.uri("a.yml")]!;
    const line = text.split("\r\n")[3]!;
    equal(line.slice(edit!.range.start.character, edit!.range.end.character), "extrct");
  });
});

test("sluice lsp offers parameters with their types in a hole that nothing closes", async () => {
  await inEditor({}, async (editor) => {
    const items = await completions(
      editor,
      "a.yml",
      'name: a\nparams: {day: date, rows: int}\njobs:\n  x:\n    stages:\n      - name: s\n        echo: "${{ params.ro|\n',
    );
    deepEqual(items.map(({ label, detail }) => [label, detail]), [
      ["day", "date"],
      ["rows", "number"],
    ]);
    const { range } = items[0]!.textEdit;
    deepEqual([range.start.character, range.end.character], [26, 28]);
  });
});

test("sluice lsp offers the workflows of the conf folder to a trigger, and their parameters", async () => {
  await inEditor({ "conf/child.yml": CHILD }, async (editor) => {
    const begin = "name: a\njobs:\n  x:\n    stages:\n      - name: s\n        trigger: ";
    const names = await completions(editor, "conf/a.yml", `${begin}|\n`);
    deepEqual(names.map(({ label }) => label).sort(), ["a", "child"]);
    const params = await completions(
      editor,
      "conf/b.yml",
      `${begin}child\n        params:\n          |\n`,
    );
    deepEqual(params.map(({ label, detail }) => [label, detail]), [["day", "date"]]);
  });
});

test("sluice lsp goes to a triggered workflow in its own file", async () => {
  await inEditor({ "conf/child.yml": CHILD }, async (editor) => {
    const { text, position } = marked(
      "name: a\njobs:\n  x:\n    stages:\n      - name: s\n        trigger: ch|ild\n        params: {day: 2026-01-01}\n",
    );
    await editor.open("conf/a.yml", text);
    const at = { textDocument: { uri: editor.uri("conf/a.yml") }, position };
    const found = await editor.ask<Location>("textDocument/definition", at);
    equal(found.uri, editor.uri("conf/child.yml"));
    deepEqual(found.range, { start: { line: 0, character: 6 }, end: { line: 0, character: 11 } });
    const hover = await editor.ask<{ contents: { value: string } }>("textDocument/hover", at);
    match(hover.contents.value, /workflow child[\s\S]*1 job, 1 parameter/);
  });
});

const ETL = `name: etl
params: {day: date}
jobs:
  extract:
    outputs: {rows: "\${{ stages.pull.outputs.stdout }}"}
    stages:
      - {name: Pull, id: pull, bash: "echo \${{ params.day }}"}
  load:
    needs: [extract]
    if: \${{ needs.extract.result == 'success' && jobs.extract.stages.pull.status == 'SUCCESS' }}
    stages:
      - name: Say
        echo: \${{ needs['extract'].outputs.rows }} of \${{ params.day | fmt('%Y') }}
`;

test("sluice lsp renames a job wherever it is named", async () => {
  await inEditor({}, async (editor) => {
    await editor.open("a.yml", ETL);
    const textDocument = { uri: editor.uri("a.yml") };
    const position = { line: 3, character: 4 };
    const prepared = await editor.ask<{ placeholder: string }>("textDocument/prepareRename", {
      textDocument,
      position,
    });
    equal(prepared.placeholder, "extract");
    const { changes } = await editor.ask<
      { changes: Record<string, { range: Range; newText: string }[]> }
    >("textDocument/rename", { textDocument, position, newName: "fetch" });
    const edited = applied(ETL, changes[textDocument.uri]!);
    equal(edited, ETL.replaceAll("extract", "fetch"));
    const { diagnostics } = await editor.open("b.yml", edited);
    deepEqual(diagnostics, []);
    await rejects(
      editor.ask("textDocument/rename", { textDocument, position, newName: "load" }),
      /There is a job "load" already/,
    );
  });
});

test("sluice lsp finds references, symbols and what a function takes", async () => {
  await inEditor({}, async (editor) => {
    await editor.open("a.yml", ETL);
    const textDocument = { uri: editor.uri("a.yml") };
    const places = await editor.ask<readonly Location[]>("textDocument/references", {
      textDocument,
      position: { line: 6, character: 27 },
      context: { includeDeclaration: true },
    });
    deepEqual(places.map(({ range }) => range.start.line), [4, 6, 9]);
    const [workflow] = await editor.ask<
      readonly { name: string; children: readonly { name: string; children: unknown[] }[] }[]
    >("textDocument/documentSymbol", { textDocument });
    deepEqual(workflow!.children.map(({ name }) => name), ["day", "extract", "load"]);
    const hover = await editor.ask<{ contents: { value: string } }>("textDocument/hover", {
      textDocument,
      position: { line: 12, character: ETL.split("\n")[12]!.indexOf("fmt") + 1 },
    });
    match(hover.contents.value, /\| fmt\(/);
  });
});

test("sluice lsp ends with 0 after a good-bye", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-lsp-"));
  try {
    const editor = new Editor(folder);
    await editor.begin();
    equal(await editor.end(), 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("sluice lsp answers for a text that is no workflow, and for one that is not open", async () => {
  await inEditor({}, async (editor) => {
    const { diagnostics } = await editor.open("notes.yml", "- just\n- a list: [\n");
    ok(diagnostics.length > 0);
    for (const uri of [editor.uri("notes.yml"), editor.uri("closed.yml"), "untitled:Untitled-1"]) {
      const at = { textDocument: { uri }, position: { line: 1, character: 3 } };
      for (const method of ["completion", "hover", "definition", "prepareRename"]) {
        await editor.ask(`textDocument/${method}`, at);
      }
    }
  });
});

function applied(
  text: string,
  edits: readonly { readonly range: Range; readonly newText: string }[],
): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: LspPosition) =>
    lines.slice(0, line).reduce((sum, each) => sum + each.length + 1, 0) + character;
  return edits.toSorted((one, other) => offset(other.range.start) - offset(one.range.start))
    .reduce(
      (result, { range, newText }) =>
        result.slice(0, offset(range.start)) + newText + result.slice(offset(range.end)),
      text,
    );
}

const PARENT =
  "name: parent\non: [{release: child}]\njobs: {go: {stages: [{name: go, trigger: child, params: {day: '2026-01-01'}}]}}\n";

test("sluice lsp renames a workflow and its parameters in the files that start it, open or not", async () => {
  await inEditor({ "conf/parent.yml": PARENT, "conf/child.yml": CHILD }, async (editor) => {
    await editor.open("conf/child.yml", CHILD);
    const renamed = async (character: number, line: number, newName: string) => {
      const { changes } = await editor.ask<{
        changes: Record<string, { range: Range; newText: string }[]>;
      }>("textDocument/rename", {
        textDocument: { uri: editor.uri("conf/child.yml") },
        position: { line, character },
        newName,
      });
      return Object.fromEntries(
        Object.entries(changes).map(([uri, edits]) => [
          uri.slice(uri.lastIndexOf("/") + 1),
          edits.map(({ range: { start } }) => `${start.line}:${start.character}`),
        ]),
      );
    };
    deepEqual(await renamed(8, 0, "kid"), {
      "child.yml": ["0:6"],
      "parent.yml": ["1:15", "2:41"],
    });
    deepEqual(await renamed(10, 1, "date"), {
      "child.yml": ["1:9", "2:50"],
      "parent.yml": ["2:57"],
    });
    await rejects(renamed(8, 0, "parent"), /There is a workflow "parent" already/);
  });
});

test("sluice lsp goes to uses of a workflow in other files", async () => {
  await inEditor({ "conf/parent.yml": PARENT, "conf/child.yml": CHILD }, async (editor) => {
    await editor.open("conf/child.yml", CHILD);
    const found = await editor.ask<readonly Location[]>("textDocument/references", {
      textDocument: { uri: editor.uri("conf/child.yml") },
      position: { line: 0, character: 8 },
      context: { includeDeclaration: false },
    });
    deepEqual(found.map(({ uri, range: { start } }) => [uri.split("/").at(-1), start.line]), [
      ["parent.yml", 1],
      ["parent.yml", 2],
    ]);
  });
});

test("sluice lsp checks the files that start a workflow again when that is another", async () => {
  const other = PARENT.replace("name: parent", "name: closed");
  await inEditor(
    { "conf/parent.yml": PARENT, "conf/closed.yml": other, "conf/child.yml": CHILD },
    async (editor) => {
      await editor.open("conf/child.yml", CHILD);
      deepEqual((await editor.open("conf/parent.yml", PARENT)).diagnostics, []);
      const [open, closed] = [editor.uri("conf/parent.yml"), editor.uri("conf/closed.yml")];
      const again = editor.next(open);
      const closedToo = editor.next(closed);
      await editor.change("conf/child.yml", 2, CHILD.replaceAll("day", "dya"));
      deepEqual((await again).diagnostics.map(({ code }) => code), ["trigger-params"]);
      deepEqual((await closedToo).diagnostics.map(({ code }) => code), ["trigger-params"]);
      const mended = editor.next(open);
      await editor.change("conf/child.yml", 3, CHILD);
      deepEqual((await mended).diagnostics, []);
    },
  );
});
