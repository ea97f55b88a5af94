/**
 * A copy of the source as the bundler wants it.
 *
 * From source, the rarely used is imported through a variable, so that Deno
 * does not read it at each start. The bundler must see what there is.
 *
 * @module
 */
import { COMMANDS } from "../cli/commands.ts";
import { type Grouping, type Modules, withGroups } from "./build_groups.ts";
import { fromFileUrl, repoFiles, ROOT, sourceFiles } from "./repo.ts";

/** A copy; removed when it goes out of use. */
export interface PreparedSource extends AsyncDisposable {
  /** Where it is. */
  readonly folder: string;
  /** Has modules that most commands need read together; only the command needs any of that. */
  group(): Promise<void>;
}

/** Modules of `cli/` that run in a thread of their own, which is a file of its own for the bundler too. */
export const THREADS: readonly string[] = ["survey_thread"];

/** What people do most reads a file for each group, and little else. */
const GROUPING: Grouping = {
  groups: [
    { name: "command", starts: ["cli/printer.ts", "platform/current_system.ts", "version.ts"] },
    { name: "line", starts: ["cli/main.ts"] },
    { name: "machine", starts: ["cli/report_error.ts", "cli/find_workflow.ts", "platform/mod.ts"] },
    {
      name: "workflows",
      starts: ["cli/list.ts", "stages/bash.ts", "stages/empty.ts"],
      skippedBelow: 0.1,
    },
    {
      name: "runs",
      starts: ["cli/run.ts", "plugins/sqlite_journal.ts", "plugins/file_audit.ts"],
    },
  ],
  awaited: ["platform/deno_system.ts", "platform/bun_system.ts"],
  threads: THREADS.map((name) => `cli/${name}.ts`),
  isFirst: (part) => part.startsWith("cli/"),
};

/** Makes a copy in a folder of its own; `cli.ts` is `sluice.ts` there. */
export async function prepareSource(): Promise<PreparedSource> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-build-" });
  const modules = new Map<string, string>();
  const source = {
    folder,
    group: () => putModules(withGroups(modules, GROUPING), folder),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  try {
    for (const file of await sourceFiles()) {
      const text = await Deno.readTextFile(new URL(file, ROOT));
      modules.set(file === "cli.ts" ? "sluice.ts" : file, bundledText(text, file));
    }
    await putModules(modules, folder);
    for (const name of THREADS) await put(`${folder}/${name}.ts`, `import "./cli/${name}.ts";\n`);
    await copyTexts(folder);
    await linkPackages(folder);
    return source;
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

async function putModules(modules: Modules, folder: string): Promise<void> {
  for (const [path, text] of modules) await put(`${folder}/${path}`, text);
}

/** What modules take in as a text. */
async function copyTexts(folder: string): Promise<void> {
  for (const file of await repoFiles(["stages", "plugins"], /(?<!\.ts)$/)) {
    await put(`${folder}/${file}`, await Deno.readTextFile(new URL(file, ROOT)));
  }
}

/** A module with imports that the bundler can follow. */
export function bundledText(text: string, file: string): string {
  const bundled = withThreads(withWholeZod(withCommands(withLiteralImports(text))));
  const unseen = bundled.match(UNSEEN)?.find((found) => !isBuiltIn(found, text));
  if (unseen === undefined) return bundled;
  throw new Error(`Cannot bundle "${file}": nobody sees what "${unseen}" imports`);
}

const UNSEEN = /\bimport\((?:[A-Z_]+|command)\)|^import \{.*\bz\b.*\} from "zod"/gm;

/** Modules of the runtime stay where they are. */
function isBuiltIn(found: string, text: string): boolean {
  const [, name] = /^import\(([A-Z_]+)\)$/.exec(found) ?? [];
  return name !== undefined && text.includes(`const ${name}: string = "node:`);
}

/** `const CRON: string = "./cron.ts"` and `import(CRON)` become `import("./cron.ts")`. */
function withLiteralImports(text: string): string {
  let literal = text;
  for (const [, name, path] of text.matchAll(NAMED_MODULE)) {
    const call = new RegExp(`\\bimport\\(\\s*${name}\\s*,?\\s*\\)`, "g");
    literal = literal.replace(call, `import(${path})`);
  }
  return literal;
}

const NAMED_MODULE = /^const ([A-Z][A-Z_]*): string = ("\.[^"]+\.ts");$/gm;

/** The file of a command is named by what somebody typed; here each is named. */
function withCommands(text: string): string {
  const files = COMMANDS.map(({ name }) => `${JSON.stringify(name)}: () => import("./${name}.ts")`);
  return text.replace(
    "await import(command)",
    `await ({ ${files.join(", ")} })[invocation.command.name]()`,
  );
}

/** Only what is used of a module namespace is kept; `{ z }` is an object, of which all would be. */
function withWholeZod(text: string): string {
  return text.replace('import { z } from "zod";', 'import * as z from "zod";');
}

/** A thread is found by the place of its file, which is among the parts. */
function withThreads(text: string): string {
  return THREADS.reduce(
    (threaded, name) => threaded.replace(`new URL("./${name}.ts"`, `new URL("./${name}.js"`),
    text,
  );
}

/**
 * `yaml` names its ES modules for browsers only. `zod` is a copy: what the
 * endpoint's packages use of theirs would else be kept for every command.
 */
async function linkPackages(folder: string): Promise<void> {
  const packages = fromFileUrl(new URL("node_modules", ROOT));
  await Deno.symlink(packages, `${folder}/node_modules`);
  await copyFolder(await Deno.realPath(`${packages}/zod`), `${folder}/zod`);
  const { imports, compilerOptions } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", ROOT)),
  );
  const config = {
    imports: { ...imports, yaml: "./node_modules/yaml/browser/index.js", zod: "./zod/index.js" },
    nodeModulesDir: "manual",
    compilerOptions,
  };
  await put(`${folder}/deno.json`, JSON.stringify(config));
}

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else if (name.endsWith(".js") || name === "package.json") {
      await put(`${to}/${name}`, await Deno.readTextFile(`${from}/${name}`));
    }
  }
}

async function put(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
}
