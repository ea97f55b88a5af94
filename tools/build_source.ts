/**
 * A copy of the source as the bundler wants it.
 *
 * From source, the rarely used is imported through a variable, so that Deno
 * does not read it at each start. The bundler must see what there is.
 *
 * @module
 */
import { COMMANDS } from "../cli/commands.ts";
import { fromFileUrl, repoFiles, ROOT, sourceFiles } from "./repo.ts";

/** A copy; removed when it goes out of use. */
export interface PreparedSource extends AsyncDisposable {
  /** Where it is. */
  readonly folder: string;
}

/** Makes a copy in a folder of its own; `cli.ts` is `sluice.ts` there. */
export async function prepareSource(): Promise<PreparedSource> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-build-" });
  const source = {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
  try {
    await copyModules(folder);
    await linkPackages(folder);
    return source;
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

async function copyModules(folder: string): Promise<void> {
  for (const file of await sourceFiles()) {
    const text = await Deno.readTextFile(new URL(file, ROOT));
    await put(`${folder}/${file === "cli.ts" ? "sluice.ts" : file}`, bundledText(text, file));
  }
  for (const file of await repoFiles(["stages", "plugins"], /(?<!\.ts)$/)) {
    await put(`${folder}/${file}`, await Deno.readTextFile(new URL(file, ROOT)));
  }
}

/** A module with imports that the bundler can follow. */
export function bundledText(text: string, file: string): string {
  const bundled = withWholeZod(withCommands(withLiteralImports(text)));
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
