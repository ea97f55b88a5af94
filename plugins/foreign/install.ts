/**
 * Installing a plugin: the one step that resolves and fetches. Its whole
 * module graph becomes one file, so that a run has nothing left to look for.
 *
 * @module
 */
import { z } from "zod";
import { FUNCTION_CODE } from "../../core/plugin/isolation.ts";
import { absolutePath, normalPath, relativePath } from "../../core/plugin/paths.ts";
import type { Host, SpawnResult } from "../../core/plugin/ports.ts";
import { codeFile, digestOf } from "./code_files.ts";
import type { LockedPlugin } from "./lock_file.ts";

/** A plugin whose code is on this machine, and of which nothing more is known yet. */
export type FetchedPlugin = Omit<LockedPlugin, "manifest" | "granted"> & {
  /** Its code. */
  readonly text: string;
};

/** Why a plugin cannot be installed. */
export class InstallError extends Error {
  /** The error's class as users see it. */
  override readonly name = "InstallError";
}

/** What installing needs. */
export interface InstallOptions {
  /** The machine. */
  readonly host: Host;
  /** The conf folder, with the lock file: paths of modules start there. */
  readonly folder: string;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** The longest graph that is read. */
export const MAX_GRAPH_BYTES: number = 32 * 1024 * 1024;

/** The most code of one plugin. */
export const MAX_CODE_BYTES: number = 16 * 1024 * 1024;

/**
 * Resolves the module graph of a plugin, fetches what it lacks, and keeps it
 * as one file.
 *
 * @throws {InstallError} when it cannot be found or put together.
 */
export async function fetchPlugin(
  specifier: string,
  options: InstallOptions,
): Promise<FetchedPlugin> {
  const { host, folder } = options;
  if (await host.which("deno") === undefined) {
    throw new InstallError(
      `Cannot install "${specifier}": plugins are put together by "deno", which is not installed here`,
    );
  }
  const entry = entryOf(specifier, options);
  await assertThere(entry, options);
  const graph = await graphOf(entry, options);
  const text = await codeOf(entry, options);
  const code = await digestOf(text);
  await host.writeText(codeFile({ code }, folder), text);
  return {
    ...{ specifier, code },
    resolved: nameOf(graph.redirects[entry.root] ?? entry.root, options),
    modules: await digestsOf(graph, options),
    packages: Object.values(graph.npmPackages).map(({ name, version }) => `${name}@${version}`)
      .toSorted(),
    text,
  };
}

/** Where a graph begins, and where its own configuration is looked for. */
interface Entry {
  readonly specifier: string;
  readonly root: string;
  readonly cwd: string;
}

function entryOf(specifier: string, { host, folder }: InstallOptions): Entry {
  const path = pathOf(specifier, absolutePath(folder, host.cwd()));
  if (path === undefined) return { specifier, root: specifier, cwd: host.cwd() };
  return { specifier, root: path, cwd: path.slice(0, path.lastIndexOf("/")) || "/" };
}

/** Where it stands is asked first: Deno, started in a folder that is not there, would say that there is no Deno. */
async function assertThere(
  { specifier, root }: Entry,
  { host, folder }: InstallOptions,
): Promise<void> {
  if (!root.startsWith("/") || await host.fileFacts(root) !== undefined) return;
  const shown = specifier.startsWith(".") ? normalPath(`${folder}/${specifier}`) : root;
  const hint = specifier.startsWith(".") ? "; paths start at the conf folder" : "";
  throw new InstallError(`Cannot install "${specifier}": there is no file ${shown}${hint}`);
}

/** The file that a specifier of this machine names. */
function pathOf(specifier: string, conf: string): string | undefined {
  if (specifier.startsWith(".")) return normalPath(`${conf}/${specifier}`);
  return specifier.startsWith("file:")
    ? decodeURIComponent(new URL(specifier).pathname)
    : undefined;
}

const GRAPH = z.object({
  roots: z.array(z.string()),
  modules: z.array(z.object({
    specifier: z.string(),
    local: z.string().nullable().optional(),
    error: z.string().optional(),
  })),
  redirects: z.record(z.string(), z.string()).default({}),
  npmPackages: z.record(z.string(), z.object({ name: z.string(), version: z.string() })).default(
    {},
  ),
});

type Graph = z.infer<typeof GRAPH>;

async function graphOf(entry: Entry, options: InstallOptions): Promise<Graph> {
  const found = await deno(["info", "--json", entry.root], { entry, ...options });
  const read = GRAPH.safeParse(JSON.parse(found.stdout));
  if (!read.success) throw new Error("Internal error: deno info says something else");
  const broken = read.data.modules.find(({ error }) => error !== undefined);
  if (broken === undefined) return read.data;
  throw new InstallError(`Cannot install "${entry.specifier}": ${broken.error}`);
}

/** As a function, which is there sooner than a module; a module that waits at its top level can be nothing else. */
async function codeOf(entry: Entry, options: InstallOptions): Promise<string> {
  try {
    return FUNCTION_CODE + await bundled(entry, { format: "cjs", ...options });
  } catch (error) {
    if (!(error instanceof InstallError)) throw error;
    return withoutAddress(await bundled(entry, { format: "esm", ...options }));
  }
}

async function bundled(
  entry: Entry,
  { format, ...options }: InstallOptions & { readonly format: "cjs" | "esm" },
): Promise<string> {
  const { host } = options;
  const folder = await host.makeTempFolder("sluice-plugin-");
  try {
    const out = `${folder}/plugin.js`;
    const args = ["bundle", "--quiet", "--platform", "deno", "--format", format, "-o", out];
    await deno([...args, entry.root], { entry, ...options });
    return await host.readText(out, { maxBytes: MAX_CODE_BYTES });
  } finally {
    await host.remove(folder);
  }
}

/** Packages that are not modules look for built-in ones from where they stand; the code stands nowhere. */
function withoutAddress(code: string): string {
  return code.replace(
    "__deno_internal_createRequire(import.meta.url)",
    '__deno_internal_createRequire("file:///plugin.js")',
  );
}

async function deno(
  args: readonly string[],
  { entry, host, signal }: InstallOptions & { readonly entry: Entry },
): Promise<SpawnResult> {
  const done = await host.spawn("deno", {
    ...{ args, cwd: entry.cwd, env: { ...host.env(), NO_COLOR: "1" }, keepBytes: MAX_GRAPH_BYTES },
    ...(signal && { signal }),
  });
  if (done.exitCode === 0) return done;
  throw new InstallError(`Cannot install "${entry.specifier}": ${reasonIn(done.stderr)}`);
}

/** The first line that says something. */
function reasonIn(stderr: string): string {
  const line = stderr.split("\n").map((line) => line.trim()).find((line) => line !== "");
  return line?.replace(/^error: /i, "") ?? "deno says nothing about why";
}

async function digestsOf(
  graph: Graph,
  options: InstallOptions,
): Promise<Readonly<Record<string, string>>> {
  const digests: [string, string][] = [];
  for (const { specifier, local } of graph.modules) {
    if (typeof local !== "string") continue; // Packages and built-in modules have no file of their own.
    const text = await options.host.readText(local, { maxBytes: MAX_CODE_BYTES });
    digests.push([nameOf(specifier, options), await digestOf(text)]);
  }
  return Object.fromEntries(digests.toSorted(([one], [other]) => one < other ? -1 : 1));
}

/** Modules of this machine are named from the conf folder on, so that the lock file holds elsewhere. */
function nameOf(specifier: string, { host, folder }: InstallOptions): string {
  const path = specifier.startsWith("/")
    ? specifier
    : pathOf(specifier, absolutePath(folder, host.cwd()));
  if (path === undefined) return specifier;
  const name = relativePath(path, normalPath(absolutePath(folder, host.cwd())));
  return name.startsWith("../") ? name : `./${name}`;
}
