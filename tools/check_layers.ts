/**
 * Fails when a module imports against the grain, around in a circle, or a
 * package that another folder owns. Types count: a type-only import ties two
 * modules together just as well.
 *
 * ```text
 * source ◄ expr ◄ model ◄ check ◄───────────────────────┐
 *                   ▲ ◄── plan ◄ run ◄ schedule ◄ plugin ◄ engine ◄ mod.ts, cli, plugins/http
 *                                                   ▲──── stages, plugins, platform
 * ```
 *
 * @module
 */
import { fromFileUrl, ROOT, sourceFiles } from "./repo.ts";

/** One import, as written and as resolved. */
export interface Import {
  /** The module that imports, relative to the repo. */
  readonly from: string;
  /** What it wrote: `"../expr/value.ts"`, `"yaml"`. */
  readonly specifier: string;
  /** The module of this repo that it names, if it names one. */
  readonly to?: string;
}

const PURE = ["core/source", "core/expr", "core/model", "core/plan", "core/run"];
const CONTRACT = [...PURE, "core/schedule", "core/plugin"];

/** What each layer may import besides itself. Roots compose, so they see everything. */
const MAY_IMPORT: Readonly<Record<string, readonly string[] | "everything">> = {
  "core/source": [],
  "core/expr": ["core/source"],
  "core/model": ["core/source", "core/expr"],
  "core/check": ["core/source", "core/expr", "core/model"],
  "core/language": ["core/source", "core/expr", "core/model", "core/check"],
  "core/plan": ["core/source", "core/expr", "core/model"],
  "core/run": PURE,
  "core/schedule": PURE,
  "core/plugin": [...PURE, "core/schedule"],
  "core/engine": [...CONTRACT, "core/check"],
  "plugins/http": "everything",
  "stages": CONTRACT,
  "plugins": CONTRACT,
  "platform": CONTRACT,
  "plugin.ts": CONTRACT,
  "cli": "everything",
  "root": "everything",
};

/** Who may import a package: it is replaced by changing one place. */
const OWNERS: Readonly<Record<string, RegExp>> = {
  "yaml": /^core\/source\//,
  "commander": /^cli(\/|\.ts$)/,
  "@bomb.sh/tab": /^cli(\/|\.ts$)/,
  "vscode-languageserver": /^cli\/lsp\//,
  "vscode-languageserver-textdocument": /^cli\/lsp\//,
  "vscode-jsonrpc": /^$/,
  "croner": /^plugins\/cron/,
  "cron-parser": /^$/,
  "hono": /^plugins\/http(\/|\.ts$)/,
  "@hono/zod-openapi": /^plugins\/http(\/|\.ts$)/,
  "node:sqlite": /^plugins\/sqlite_/,
  "fast-check": /^$/,
};

/**
 * The layer that a module belongs to; the longest name wins, so `plugins/http`
 * is not `plugins`. A file that stands in no folder is a composition root.
 */
function layerOf(path: string): string | undefined {
  const [layer] = Object.keys(MAY_IMPORT)
    .filter((name) => path === name || path === `${name}.ts` || path.startsWith(`${name}/`))
    .sort((a, b) => b.length - a.length);
  return layer ?? (path.includes("/") ? undefined : "root");
}

/** Everything wrong with the imports, one sentence each. */
export function layerProblems(imports: readonly Import[]): string[] {
  return [
    ...imports.flatMap(againstTheGrain),
    ...imports.flatMap(ownedElsewhere),
    ...cycles(imports).map((cycle) => `Modules import one another: ${cycle.join(" -> ")}`),
  ];
}

function againstTheGrain({ from, to }: Import): string[] {
  if (to === undefined) return [];
  const [layer, target] = [layerOf(from), layerOf(to)];
  if (layer === undefined || layer === target) return [];
  const allowed = MAY_IMPORT[layer];
  if (allowed === "everything" || (target !== undefined && allowed?.includes(target))) return [];
  const list = allowed?.length ? allowed.join(", ") : "nothing outside itself";
  return [`${from} imports ${to}, against the grain: ${layer} may import ${list}`];
}

function ownedElsewhere({ from, specifier }: Import): string[] {
  const name = Object.keys(OWNERS).find((it) => specifier === it || specifier.startsWith(`${it}/`));
  const owner = name === undefined ? undefined : OWNERS[name];
  if (owner === undefined || owner.test(from)) return [];
  return [`${from} imports "${specifier}", which belongs to ${owner.source}`];
}

/**
 * The circles among the modules, each once, as a path back to its start.
 *
 * A depth-first walk: a module that is met again while it is still on the path
 * closes a circle. Finished modules are not walked twice, so one circle of
 * several that share modules is reported; it goes first, then the next shows.
 */
export function cycles(imports: readonly Import[]): string[][] {
  const targets = Map.groupBy(imports.filter(({ to }) => to !== undefined), ({ from }) => from);
  const finished = new Set<string>();
  const path: string[] = [];
  const found: string[][] = [];

  function walk(module: string): void {
    const start = path.indexOf(module);
    if (start >= 0) found.push([...path.slice(start), module]);
    if (start >= 0 || finished.has(module)) return;
    path.push(module);
    for (const { to } of targets.get(module) ?? []) if (to !== undefined) walk(to);
    path.pop();
    finished.add(module);
  }

  for (const module of targets.keys()) walk(module);
  return found;
}

/** The part of `deno info --json` that is read here. */
interface Info {
  readonly modules: readonly {
    readonly specifier: string;
    readonly error?: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
      readonly type?: { readonly specifier?: string };
    }[];
  }[];
}

/** Asks Deno for the graph below a module that imports every module of the repo. */
async function moduleGraph(files: readonly string[]): Promise<Info> {
  const folder = await Deno.makeTempDir();
  try {
    const all = `${folder}/all.ts`;
    const lines = files.map((file) => `import ${JSON.stringify(new URL(file, ROOT).href)};`);
    await Deno.writeTextFile(all, lines.join("\n"));
    const args = ["info", "--json", "--config", fromFileUrl(new URL("deno.json", ROOT)), all];
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (code !== 0) throw new Error(`Cannot read the modules: ${new TextDecoder().decode(stderr)}`);
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function importsOf(info: Info): Import[] {
  return info.modules.flatMap(({ specifier, dependencies = [] }) => {
    const from = pathInRepo(specifier);
    if (from === undefined) return [];
    return dependencies.map((dependency) => {
      const to = pathInRepo((dependency.code ?? dependency.type)?.specifier ?? "");
      return { from, specifier: dependency.specifier, ...(to === undefined ? {} : { to }) };
    });
  });
}

function pathInRepo(url: string): string | undefined {
  return url.startsWith(ROOT.href) ? url.slice(ROOT.href.length) : undefined;
}

async function main(): Promise<number> {
  const files = await sourceFiles();
  const info = await moduleGraph(files);
  const missing = info.modules.flatMap(({ error }) => error === undefined ? [] : [error]);
  const problems = [...missing, ...layerProblems(importsOf(info))];
  for (const problem of problems) console.error(problem);
  console.log(`${files.length} modules, ${problems.length} wrong imports`);
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
