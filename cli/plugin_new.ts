/**
 * `sluice plugin new`
 *
 * @module
 */
import { openHost } from "../platform/mod.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const MAX_NAME_CHARS = 40;

/** Makes a folder with a stage, its test and its `deno.json`; what is there already stays as it is. */
export async function newPlugin(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [, name = "", more] = invocation.operands;
  if (!NAME.test(name) || name.length > MAX_NAME_CHARS || more !== undefined) {
    throw new UsageError(
      `Cannot make the plugin "${name}": give one name in small letters, such as "send-mail"`,
    );
  }
  const host = openHost();
  if (await host.listNames(name) !== undefined) {
    throw new UsageError(`Cannot make "${name}": there is something of this name, and it stays`);
  }
  const files = filesOf(name);
  for (const [file, text] of Object.entries(files)) await host.writeText(`${name}/${file}`, text);
  if (invocation.has("json")) printJson(printer, Object.keys(files).map((it) => `${name}/${it}`));
  else {
    printer.tell(`Made ${name}/ with a stage and its test. Next:`);
    printer.tell(`  cd ${name} && deno test`);
    printer.tell(`  sluice plugin add ../${name}/mod.ts      (paths start at the conf folder)`);
  }
  return EXIT.ok;
}

function filesOf(name: string): Readonly<Record<string, string>> {
  const key = name.replaceAll("-", "_");
  return {
    "deno.json": configOf(name),
    "mod.ts": moduleOf(name, key),
    "mod_test.ts": testOf(key),
    "README.md": readmeOf(name, key),
  };
}

function configOf(name: string): string {
  const config = {
    name: `@your-scope/${name}`,
    version: "0.1.0",
    license: "MIT",
    exports: "./mod.ts",
    imports: {
      "@sluice/sluice": `jsr:@sluice/sluice@^${VERSION}`,
      "zod": "npm:zod@^4.6.7",
    },
    fmt: { lineWidth: 100 },
    publish: { exclude: ["mod_test.ts"] },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

function moduleOf(name: string, key: string): string {
  return `/**
 * The plugin ${name}: a stage that greets somebody.
 *
 * @module
 */
import { type DefinedPlugin, definePlugin, defineStage } from "@sluice/sluice/plugin";
import { z } from "zod";

/** Export what definePlugin() returns; what the export is called does not matter. */
export const plugin: DefinedPlugin = definePlugin({
  name: "${name}",
  // What it may reach beyond computing, of what the user grants:
  // permissions: { net: ["api.example.com"], env: ["API_TOKEN"] },
  stages: [
    defineStage({
      name: "${key}",
      keys: ["${key}"],
      summary: "Greets somebody.",
      fields: {
        ${key}: z.string().min(1).describe("Whom to greet"),
        loud: z.boolean().default(false).describe("Whether to shout"),
      },
      outputs: z.object({ greeting: z.string() }),
      execute: (input, { print }) => {
        const text = \`Hello \${input.${key}}\`;
        const greeting = input.loud ? \`\${text.toUpperCase()}!\` : text;
        print(greeting);
        return Promise.resolve({ greeting });
      },
    }),
  ],
});
`;
}

function testOf(key: string): string {
  // Of the runners of tests, the one that Deno and Bun both have.
  return `import { testStage } from "@sluice/sluice/testing";
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { plugin } from "./mod.ts";

const [stage] = plugin.stages ?? [];
if (stage === undefined || stage.composite) throw new Error("The plugin has no stage");

test("${key} greets, and says so", async () => {
  const { outputs, printed } = await testStage(stage, { ${key}: "world", loud: true });
  deepEqual(outputs, { greeting: "HELLO WORLD!" });
  deepEqual(printed, ["HELLO WORLD!"]);
});

test("${key} refuses to greet nobody", async () => {
  const { failure } = await testStage(stage, { ${key}: "" });
  equal(failure?.name, "ValueError");
});
`;
}

function readmeOf(name: string, key: string): string {
  return `# ${name}

A plugin for Sluice: a stage that greets somebody.

\`\`\`yaml
example:
  type: Workflow
  jobs:
    example:
      stages:
        - name: Greet
          id: greet
          ${key}: world
          loud: true
        - name: Show
          bash: echo "\${{ stages.greet.outputs.greeting }}"
\`\`\`

\`\`\`sh
sluice plugin add jsr:@your-scope/${name}@0.1.0
\`\`\`

## To change it

\`\`\`sh
deno test                 # on Bun, once "bunx jsr add @sluice/sluice" is done: bun test
deno publish --dry-run    # and without --dry-run, once the scope is yours
\`\`\`
`;
}
