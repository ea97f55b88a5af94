import { deepEqual, equal, match, ok } from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The engine's own package is this checkout: no registry has it yet. */
const IMPORTS = {
  "@sluice/sluice/plugin": `${ROOT}plugin.ts`,
  "zod": "npm:zod@^4.6.7",
};

/** A plugin in one file, with the mark that `definePlugin()` makes, so that its graph is itself. */
function pluginText(
  { permissions = "{}", body = "", key = "greet" }: {
    readonly permissions?: string;
    readonly body?: string;
    readonly key?: string;
  },
): string {
  return `import { z } from "zod";
export const plugin = {
  [Symbol.for("sluice.plugin")]: true,
  name: "greeting",
  permissions: ${permissions},
  stages: [{
    name: "greet", keys: ["${key}"], summary: "Greets somebody.", composite: false,
    fields: { ${key}: z.string(), times: z.int().default(1) },
    outputs: z.object({ greeting: z.string() }),
    execute: async (input, context) => {
      ${body}
      context.print("Hello " + input.${key});
      return { greeting: "Hello " + input.${key} };
    },
  }],
};
`;
}

const WORKFLOW = `b:
  type: Workflow
  jobs:
    j:
      stages:
        - {name: A, id: a, greet: "\${{ 1 + 1 }} of us", times: "\${{ 2 }}"}
        - {name: B, id: b, uses: "./greet.ts#greet", with: {greet: you}}
        - {name: C, bash: 'echo "\${{ stages.a.outputs.greeting }}, \${{ stages.b.outputs.greeting }}"'}
`;

interface Place {
  readonly cwd: string;
  readonly run: (...args: string[]) => ReturnType<typeof sluice>;
  readonly write: (file: string, text: string) => Promise<void>;
}

async function inFolder(body: (place: Place) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-plugin-test-"));
  try {
    await mkdir(`${cwd}/conf`);
    const write = (file: string, text: string) => writeFile(`${cwd}/conf/${file}`, text);
    await write("deno.json", JSON.stringify({ imports: IMPORTS }));
    await body({ cwd, write, run: (...args) => sluice(args, { cwd }) });
  } finally {
    await rm(cwd, { recursive: true });
  }
}

test("a plugin is added once, and then checked, run by its key and by its name, listed and removed", () =>
  inFolder(async ({ run, write, cwd }) => {
    await write("greet.ts", pluginText({}));
    await write("b.yml", WORKFLOW);
    const before = await run("check");
    equal(before.code, 2);
    match(before.stderr, /stage-kind-unknown.*no stage kind has the key "greet"/);

    const added = await run("plugin", "add", "./greet.ts", "--json");
    deepEqual(JSON.parse(added.stdout), [{
      ...{ specifier: "./greet.ts", name: "greeting", stages: ["greet"] },
      ...{ asks: {}, granted: {}, trusted: false },
    }]);
    const lock = JSON.parse(await readFile(`${cwd}/conf/sluice.lock`, "utf8"));
    const { resolved, modules } = lock.plugins["./greet.ts"];
    equal(resolved, "./greet.ts");
    match(modules["./greet.ts"], /^sha256-[0-9a-f]{64}$/);

    equal((await run("check")).code, 0);
    match((await run("schema")).stdout, /"greet"/);
    const done = await run("run", "b");
    equal(done.code, 0, done.stderr);
    match(done.stdout + done.stderr, /Hello 2 of us, Hello you/);

    await write(
      "wrong.yml",
      WORKFLOW.replace("b:", "w:").replace("outputs.greeting", "outputs.greting"),
    );
    match((await run("check")).stderr, /property-unknown[^]*greting/);
    await rm(`${cwd}/conf/wrong.yml`);

    match((await run("plugin", "list")).stdout, /\.\/greet\.ts +greet +nothing/);
    equal((await run("plugin", "remove", "./greet.ts")).code, 0);
    equal((await run("check")).code, 2);
  }));

test("a plugin that has changed since it was added does not run until it is added again", () =>
  inFolder(async ({ run, write, cwd }) => {
    await write("greet.ts", pluginText({}));
    await write("b.yml", WORKFLOW);
    await run("plugin", "add", "./greet.ts");
    await write("greet.ts", pluginText({ body: 'context.print("changed");' }));
    const refused = await run("run", "b");
    equal(refused.code, 2);
    match(
      refused.stderr,
      /Cannot run "b": Cannot use plugin "\.\/greet\.ts": "\.\/greet\.ts" has changed since it was added; run "sluice plugin add/,
    );
    equal((await run("plugin", "add")).code, 0);
    const told = (await run("run", "b")).stderr;
    match(told, /changed/);
    ok(!told.includes("was last used"), told); // Whoever adds it knows.

    const lock = await readFile(`${cwd}/conf/sluice.lock`, "utf8");
    const [code] = /(?<="code": ")sha256-[0-9a-f]+/.exec(lock) ?? [];
    await write(`.plugins/${code}.js`, "export const plugin = 1;");
    match((await run("run", "b")).stderr, /its code was changed/);
    await rm(`${cwd}/conf/.plugins`, { recursive: true });
    match(
      (await run("run", "b")).stderr,
      /its code is not on this machine; run "sluice plugin add"/,
    );
  }));

test("a plugin that asks for more than it was granted is not added until that is granted", () =>
  inFolder(async ({ run, write, cwd }) => {
    await write("greet.ts", pluginText({ permissions: '{ env: ["WHO"] }' }));
    const refused = await run("plugin", "add", "./greet.ts");
    equal(refused.code, 2);
    match(refused.stderr, /asks for more than it is granted\n +asks for +env WHO\n/);
    match(refused.stderr, /sluice plugin add \.\/greet\.ts --grant/);
    match((await run("plugin", "list")).stderr, /There are no plugins/);

    equal((await run("plugin", "add", "./greet.ts", "--grant")).code, 0);
    equal((await run("plugin", "add")).code, 0);
    const lock = await readFile(`${cwd}/conf/sluice.lock`, "utf8");

    await write("greet.ts", pluginText({ permissions: '{ env: ["WHO"], net: ["a.org"] }' }));
    const more = await run("plugin", "add");
    equal(more.code, 2);
    match(more.stderr, /asks for +net a\.org\n +is granted env WHO/);
    equal(await readFile(`${cwd}/conf/sluice.lock`, "utf8"), lock);
  }));

test("a plugin gets what it asks for of what the settings grant, and no more", () =>
  inFolder(async ({ cwd, run, write }) => {
    const body = 'for (const name of ["WHO", "OTHER"]) { let seen; ' +
      "try { seen = Deno.env.get(name) } catch { seen = 'refused' } " +
      "context.print(name + '=' + seen) }";
    await write("greet.ts", pluginText({ permissions: '{ env: ["WHO", "OTHER"] }', body }));
    await write("b.yml", WORKFLOW);
    await write("sluice.yml", "plugins:\n  - {use: ./greet.ts, grant: {env: [WHO]}}\n");
    const missing = await run("run", "b");
    equal(missing.code, 2);
    match(missing.stderr, /sluice\.yml:2:11 error\[plugin-unpinned\]/);

    equal((await run("plugin", "add", "--grant")).code, 0);
    const env = { WHO: "me", OTHER: "secret" };
    const done = await sluice(["run", "b"], { cwd, env });
    equal(done.code, 0, done.stderr);
    match(done.stdout + done.stderr, /WHO=me/);
    match(done.stdout + done.stderr, /OTHER=refused/);
    ok(!(done.stdout + done.stderr).includes("secret"));
  }));

test("a plugin with triggers is added only where it is trusted, and then starts runs", () =>
  inFolder(async ({ run, write }) => {
    await write("moon.ts", MOON);
    await write("sluice.yml", "plugins:\n  - {use: ./moon.ts}\n");
    const refused = await run("plugin", "add");
    equal(refused.code, 2, refused.stderr);
    match(
      refused.stderr,
      /Plugin "moon" has triggers, which the engine calls itself: only a trusted plugin may have them; write "trusted: true"/,
    );
    await write("sluice.yml", "plugins:\n  - {use: ./moon.ts, trusted: true}\n");
    equal((await run("plugin", "add")).code, 0);
    await write(
      "tide.yml",
      "tide: {type: Workflow, on: [{full_moon: {}}], jobs: {j: {stages: [{name: a, echo: a}]}}}\n",
    );
    const once = await run("schedule", "--once");
    equal(once.code, 0, once.stderr);
    match(once.stderr, /tide@full_moon-[0-9a-f]+ has ended: SUCCESS/);
  }));

const MOON = `export const plugin = {
  [Symbol.for("sluice.plugin")]: true,
  name: "moon",
  triggers: [{
    name: "full_moon", summary: "The moon is full.", fields: {},
    watch: ({ clock, fire }) => ({
      look: (triggers) => {
        for (const trigger of triggers) fire(trigger, { key: "now", atMs: clock.now() });
        return Promise.resolve(Infinity);
      },
    }),
  }],
};
`;

test("a trusted plugin runs in the engine's own process", () =>
  inFolder(async ({ cwd, run, write }) => {
    const body =
      "globalThis.count = (globalThis.count ?? 0) + 1; context.print('count ' + globalThis.count);";
    await write("greet.ts", pluginText({ body, permissions: '{ net: ["a.org"] }' }));
    await write("b.yml", WORKFLOW.replace(', times: "${{ 2 }}"', ""));
    await write("sluice.yml", "plugins:\n  - {use: ./greet.ts, trusted: true}\n");
    equal((await run("plugin", "add")).code, 0);
    const done = await run("run", "b");
    equal(done.code, 0, done.stderr);
    match(done.stdout + done.stderr, /count 2/);
    match((await run("permissions", "b")).stdout, /net +a\.org +plugin "greeting" asks for it/);
    await writeFile(`${cwd}/conf/greet.ts`, pluginText({}));
    match((await run("run", "b")).stderr, /has changed since it was added/);
  }));

for (const trusted of [false, true]) {
  const who = trusted ? "a trusted plugin" : "a plugin";
  test(`${who} may wait at its top level, and take modules of the runtime`, () =>
    inFolder(async ({ run, write }) => {
      const body = 'context.print(join("a", "b") + input.greet);';
      const taking = 'import { join } from "node:path";\n' + pluginText({ body });
      await write("greet.ts", taking);
      await write("b.yml", WORKFLOW.replace(', times: "${{ 2 }}"', ""));
      await write("sluice.yml", `plugins:\n  - {use: ./greet.ts, trusted: ${trusted}}\n`);
      for (const top of ["", "await Promise.resolve();\n"]) {
        await write("greet.ts", taking + top);
        equal((await run("plugin", "add")).code, 0);
        const done = await run("run", "b");
        equal(done.code, 0, done.stderr);
        match(done.stdout + done.stderr, /a\/byou/);
      }
    }));
}

test("a plugin that nobody isolates is reported by every run", () =>
  inFolder(async ({ run, write }) => {
    await write("greet.ts", pluginText({}));
    await write("b.yml", WORKFLOW.replace(', times: "${{ 2 }}"', ""));
    await write("sluice.yml", "isolation: none\n");
    equal((await run("plugin", "add", "./greet.ts")).code, 0);
    const done = await run("run", "b");
    equal(done.code, 0, done.stderr);
    match(done.stderr, /warning: Nothing is isolated: the settings say "isolation: none"/);
    const shown = await run("show", "last");
    match(shown.stdout, /not isolated: its plugins and scripts could do all/);
  }));

const WITH_OPTIONS = `import { definePlugin, defineStage } from "@sluice/sluice/plugin";
import { z } from "npm:zod@^4.6.7";
export const plugin = definePlugin({
  name: "greeting",
  options: z.strictObject({ greeting: z.string().min(1), host: z.hostname().optional() }),
  open: ({ greeting, host }) => ({
    permissions: host === undefined ? {} : { net: [host] },
    stages: [defineStage({
      name: "greet", keys: ["greet"], summary: "Greets somebody.",
      fields: { greet: z.string() },
      execute: (input, { print }) => {
        print(greeting + " " + input.greet);
        return Promise.resolve({ greeting });
      },
    })],
  }),
});
`;

for (const trusted of [false, true]) {
  const who = trusted ? "a trusted plugin" : "a plugin";
  test(`${who} is opened with the options of the settings, which its schema looks at`, () =>
    inFolder(async ({ cwd, run, write }) => {
      await write("greet.ts", WITH_OPTIONS);
      await write("b.yml", "b: {type: Workflow, jobs: {j: {stages: [{name: A, greet: you}]}}}\n");
      const settings = (options: string) =>
        write("sluice.yml", `plugins: [{use: ./greet.ts, trusted: ${trusted}${options}}]\n`);
      await settings("");
      const without = await run("plugin", "add");
      equal(without.code, 2);
      match(without.stderr, /Cannot open plugin "greeting": "options\.greeting"/);
      await settings(", options: {greeting: Moin}");
      equal((await run("plugin", "add")).code, 0);
      const lock = JSON.parse(await readFile(`${cwd}/conf/sluice.lock`, "utf8"));
      match(lock.plugins["./greet.ts"].packages.join(), /zod@4/);
      match((await run("run", "b")).stderr, /Moin you/);
      await settings(", options: {greeting: Moin, loud: true}");
      match((await run("run", "b")).stderr, /options/);
    }));
}

test("a plugin that takes the keys of another stage kind is refused", () =>
  inFolder(async ({ run, write }) => {
    await write("greet.ts", pluginText({ key: "bash" }));
    await run("plugin", "add", "./greet.ts");
    await write("b.yml", WORKFLOW);
    match(
      (await run("list")).stderr,
      /Cannot use plugin "\.\/greet\.ts": its stage kind "greet" takes the key "bash", which is taken/,
    );
  }));

test("sluice plugin add says what is wrong with a name or a module", () =>
  inFolder(async ({ run, write }) => {
    match((await run("plugin", "add", "greet.ts")).stderr, /a plugin is named by "\.\/file\.ts"/);
    match((await run("plugin", "add", "npm:weather")).stderr, /it names no exact version/);
    for (const absent of ["./absent.ts", "./absent/mod.ts"]) {
      match(
        (await run("plugin", "add", absent)).stderr,
        new RegExp(
          `"${absent}": there is no file conf/absent.*\\.ts; paths start at the conf folder`,
        ),
      );
    }
    await write("empty.ts", "export const nothing = 1;\n");
    const empty = await run("plugin", "add", "./empty.ts");
    equal(empty.code, 2);
    match(empty.stderr, /exports no plugin/);
    match((await run("plugin", "ad")).stderr, /did you mean "add"\?/);
  }));

test("sluice plugin new makes a plugin that is formatted, tested, published, added and run as it is", () =>
  inFolder(async ({ cwd, run, write }) => {
    equal((await run("plugin", "new", "send-mail")).code, 0);
    equal((await run("plugin", "new", "send-mail")).code, 2);
    equal((await run("plugin", "new", "Send Mail")).code, 2);
    const file = `${cwd}/send-mail/deno.json`;
    const config = JSON.parse(await readFile(file, "utf8"));
    match(config.imports["@sluice/sluice"], /^jsr:@sluice\/sluice@\^/);
    config.imports = { ...IMPORTS, "@sluice/sluice/testing": `${ROOT}testing.ts` };
    await writeFile(file, `${JSON.stringify(config, null, 2)}\n`);
    for (
      const task of [
        "fmt --check",
        "lint",
        "test --no-check",
        "publish --dry-run --allow-dirty --no-check",
      ]
    ) {
      const { status, stderr } = spawnSync("deno", task.split(" "), {
        ...{ cwd: `${cwd}/send-mail`, encoding: "utf8" },
      });
      equal(status, 0, `deno ${task}: ${stderr}`);
    }
    equal((await run("plugin", "add", "../send-mail/mod.ts")).code, 0);
    const [, example = ""] = /```yaml\n([^]*?)```/.exec(
      await readFile(`${cwd}/send-mail/README.md`, "utf8"),
    ) ?? [];
    await write("example.yml", example);
    const { code, stderr } = await run("run", "example");
    equal(code, 0, stderr);
    match(stderr, /Show \| HELLO WORLD!/);
  }));
