/**
 * Plugins by hand, as nobody honest would make them: their code, what the lock
 * file says of them, and runs that use them.
 *
 * @module
 */
import { mkdir, writeFile } from "node:fs/promises";
import type { ValueObject } from "../../core/expr/value.ts";
import { FUNCTION_CODE, type PluginManifest } from "../../core/plugin/isolation.ts";
import type { Permissions } from "../../core/plugin/permissions.ts";
import type { Plugin } from "../../core/plugin/plugin.ts";
import { digestOf } from "../../plugins/foreign/code_files.ts";
import { formatLock, type LockedPlugin } from "../../plugins/foreign/lock_file.ts";
import { openSluice, type Sluice } from "../../preset.ts";
import { inFolder } from "./isolated.ts";

/** A plugin as it lies on a disk. */
export interface HandMade {
  /** What its only stage does: `input` and `context` are there. */
  readonly body: string;
  /** What it asks for. @default nothing */
  readonly asks?: Permissions;
  /** What it is granted. @default what it asks for */
  readonly granted?: Permissions;
  /** What the lock file says of it beyond that. */
  readonly manifest?: Partial<PluginManifest>;
}

/** Where a plugin lies. */
export interface Site {
  /** The folder of it all. */
  readonly folder: string;
  /** The conf folder. */
  readonly conf: string;
  /** Opens an engine there. */
  open(options?: SiteOptions): Promise<Sluice>;
}

/** Options of an engine. */
export interface SiteOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly plugins?: readonly Plugin[];
  readonly warn?: (message: string) => void;
}

/** The digest of some code as it is installed, and the lock file's entry for it. */
export async function lockedPlugin(
  { body, asks = {}, granted = asks, manifest }: HandMade,
): Promise<{ readonly code: string; readonly locked: LockedPlugin }> {
  const code = `${FUNCTION_CODE}
const any = { safeParse: (data) => ({ success: true, data }), toJSONSchema: () => ({}) };
module.exports.plugin = {
  [Symbol.for("sluice.plugin")]: true,
  name: "foe",
  stages: [{ name: "foe", keys: ["foe"], summary: "", fields: { foe: any, more: any },
    execute: async (input, context) => { ${body} } }],
};`;
  const fields = { type: "object", properties: { foe: {}, more: {} }, required: ["foe"] };
  return {
    code,
    locked: {
      ...{ specifier: "./foe.ts", resolved: "./foe.ts", modules: {}, packages: [] },
      code: await digestOf(code),
      manifest: {
        ...{ name: "foe", permissions: asks },
        stages: [{ name: "foe", keys: ["foe"], summary: "", fields }],
        ...manifest,
      },
      granted,
    },
  };
}

/** Lends a folder in which a plugin is installed. */
export async function withPlugin(
  plugin: HandMade,
  work: (site: Site) => Promise<void>,
  { settings = "" }: { readonly settings?: string } = {},
): Promise<void> {
  await inFolder(async (folder) => {
    const conf = `${folder}/conf`;
    const { code, locked } = await lockedPlugin(plugin);
    await mkdir(`${conf}/.plugins`, { recursive: true });
    await writeFile(`${conf}/.plugins/${locked.code}.js`, code);
    await writeFile(`${conf}/sluice.lock`, formatLock([locked]));
    await writeFile(`${conf}/sluice.yml`, settings);
    const open: Site["open"] = (options = {}) =>
      openSluice({ conf, state: `${folder}/.sluice`, warn: () => {}, ...options });
    await work({ folder, conf, open });
  });
}

/** What a run left. */
export interface Left {
  readonly status: string;
  readonly lines: readonly string[];
  readonly outputs: (stage: string, job?: string) => ValueObject;
  readonly errors: string;
}

/** Runs jobs of stages: JSON is YAML. */
export async function runJobs(
  sluice: Sluice,
  jobs: Readonly<Record<string, readonly unknown[]>>,
): Promise<Left> {
  const entries = Object.entries(jobs).map(([name, stages]) => [name, { stages }]);
  const text = JSON.stringify({ w: { type: "Workflow", jobs: Object.fromEntries(entries) } });
  const { workflows: [model], diagnostics } = await sluice.loadText(text, "w.yml");
  if (model === undefined) throw new Error(JSON.stringify(diagnostics));
  const run = await sluice.engine.start(model, { maxParallel: 4 });
  const { status, context, runId } = await run.result;
  const found = JSON.parse(JSON.stringify(context));
  const lines: string[] = [];
  for await (const line of sluice.log.read(runId)) lines.push(line.text);
  return {
    ...{ status, lines, errors: JSON.stringify(found) },
    outputs: (stage, job = "j") => found.jobs?.[job]?.stages?.[stage]?.outputs ?? {},
  };
}
