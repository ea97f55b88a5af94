/** What `deno task build` makes, as people run it who have nothing else. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { VERSION } from "../../version.ts";
import { type CommandResult, sluice } from "../command.ts";
import { type Test, test } from "../harness.ts";
import { withServer } from "../http/server.ts";
import { Editor } from "../lsp/editor.ts";
import { BUILT } from "./built.ts";

const builtTest: Test = BUILT === undefined ? () => {} : test;
const MAIN = `${BUILT}/sluice.js`;
const COMMAND: readonly [string, ...string[]] = "Bun" in globalThis
  ? [process.execPath, MAIN]
  : [process.execPath, "run", "-A", MAIN];

const WORKFLOW = `first:
  type: Workflow
  desc: Does a bit of everything
  params: {names: {type: array, default: [ada, bob]}}
  jobs:
    all:
      stages:
        - {name: Shell, id: shell, bash: 'echo "said=hello" >> "$SLUICE_OUTPUT"'}
        - {name: Code, id: code, run: 'export const many: number = [1, 2, 3].length;'}
        - name: Each
          foreach: "\${{ params.names }}"
          stages:
            - {name: Greet, echo: "\${{ stages.shell.outputs.said }} \${{ item }} \${{ stages.code.outputs.many }}"}
`;

interface Place {
  readonly cwd: string;
  run(...args: string[]): Promise<CommandResult>;
}

/** A folder with a workflow, and nothing of the engine. */
async function inFolder(body: (place: Place) => Promise<void>): Promise<void> {
  const cwd = await realpath(await mkdtemp(join(tmpdir(), "sluice-built-")));
  try {
    await mkdir(`${cwd}/conf`);
    await writeFile(`${cwd}/conf/first.yml`, WORKFLOW);
    await body({ cwd, run: (...args) => sluice(args, { cwd, command: COMMAND }) });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

builtTest(
  "the built command says its version, lists, checks, and explains itself",
  () =>
    inFolder(async ({ run }) => {
      equal((await run("--version")).stdout, `sluice ${VERSION}\n`);
      match((await run("list")).stdout, /^first .*Does a bit of everything$/m);
      deepEqual(await run("check").then(({ code, stderr }) => [code, /\berror\b/.test(stderr)]), [
        0,
        false,
      ]);
      match((await run("--help")).stdout, /^ {2}run /m);
      const wrong = await run("runn");
      deepEqual([wrong.code, /did you mean.*run/i.test(wrong.stderr)], [2, true]);
    }),
);

builtTest(
  "the built command runs shells, isolated code, and stages in stages",
  () =>
    inFolder(async ({ run }) => {
      const { code, stdout, stderr } = await run("run", "first", "--json", "-p", 'names:=["eve"]');
      equal(code, 0, stderr);
      equal(JSON.parse(stdout).status, "SUCCESS");
      const logs = await run("logs", "last");
      match(logs.stdout, /hello eve 3/);
    }),
);

builtTest(
  "the built command serves its endpoint and its page",
  () =>
    withServer(async ({ url }) => {
      const health = await fetch(`${url}/api/v1/health`);
      deepEqual(await health.json(), { status: "ok", version: VERSION });
      match(await (await fetch(url)).text(), /<!doctype html>/i);
      for (const file of ["app.js", "style.css", "core/api.js", "views/runs.js"]) {
        const answer = await fetch(`${url}/page/${file}`);
        ok(answer.ok && (await answer.text()).length > 0, file);
      }
      equal((await fetch(`${url}/api/v1/openapi.json`)).status, 200);
    }, { command: COMMAND, workflows: WORKFLOW }),
);

const PLUGIN = `import { definePlugin, defineStage, parseDuration } from "@sluice/sluice/kit";
import { z } from "zod";
export const plugin = definePlugin({
  name: "wait",
  stages: [defineStage({
    name: "wait", keys: ["wait"], summary: "Says how long.",
    fields: { wait: z.string() },
    outputs: z.object({ ms: z.number() }),
    execute: ({ wait }) => Promise.resolve({ ms: parseDuration(wait) ?? 0 }),
  })],
});
`;
const USES_PLUGIN = `waits:
  type: Workflow
  jobs:
    one: {stages: [{name: Wait, id: w, wait: 1m30s}, {name: Say, echo: "\${{ stages.w.outputs.ms }} ms"}]}
`;

builtTest(
  "a plugin is made with the built kit, and the built command isolates it",
  () =>
    inFolder(async ({ cwd, run }) => {
      const imports = {
        "@sluice/sluice/kit": pathToFileURL(`${BUILT}/kit.js`).href,
        "zod": "npm:zod@^4.6.7",
      };
      await writeFile(`${cwd}/conf/deno.json`, JSON.stringify({ imports }));
      await writeFile(`${cwd}/conf/wait.ts`, PLUGIN);
      await writeFile(`${cwd}/conf/waits.yml`, USES_PLUGIN);
      const added = await run("plugin", "add", "./wait.ts");
      equal(added.code, 0, added.stderr);
      const { code, stderr } = await run("run", "waits");
      equal(code, 0, stderr);
      match((await run("logs", "last")).stdout, /90000 ms/);
    }),
);

builtTest("the built command is a language server", () =>
  inFolder(async ({ cwd }) => {
    await using editor = new Editor(cwd, { command: COMMAND });
    await editor.begin();
    const { diagnostics } = await editor.open("conf/first.yml", "first: {type: Workfow, jobs: {}}");
    deepEqual(diagnostics.map(({ code }) => code), ["type-missing"]);
    equal(await editor.end(), 0);
  }));

builtTest(
  "the first file of the built command is small, and reads the rest when it is needed",
  async () => {
    const main = await stat(MAIN);
    ok(main.size < 10_000, `${main.size} bytes`);
    const parts = await readdir(`${BUILT}/parts`);
    ok(parts.length > 10);
  },
);

builtTest(
  "the built command looks at many workflows in a thread, whose file is among its parts",
  async () => {
    const parts = await readdir(`${BUILT}/parts`);
    const texts = await Promise.all(
      parts.map((part) => readFile(`${BUILT}/parts/${part}`, "utf8")),
    );
    const named = texts.flatMap((text) =>
      [...text.matchAll(/new URL\("\.\/([^"]+)",import\.meta\.url\)/g)].map(([, name]) => name)
    );
    deepEqual(named, ["survey_thread.js"]);
    ok(parts.includes("survey_thread.js"));
  },
);
