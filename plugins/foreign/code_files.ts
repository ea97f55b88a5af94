/**
 * The code of installed plugins on this machine, and whether it still is what
 * was installed.
 *
 * @module
 */
import { FUNCTION_CODE } from "../../core/plugin/isolation.ts";
import { type Host, HostError } from "../../core/plugin/ports.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import type { LockedPlugin } from "./lock_file.ts";

/** Where the code of plugins is kept in the conf folder. Under version control a checkout has all it needs; left out, "sluice plugin add" makes it anew. */
export const CODE_FOLDER = ".plugins";

/** The digest of a module, as the lock file spells it. */
export async function digestOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `sha256-${new Uint8Array(digest).toHex()}`;
}

/** The file that holds the code of a plugin. */
export function codeFile({ code }: Pick<LockedPlugin, "code">, folder: string): string {
  return `${folder}/${CODE_FOLDER}/${code}.js`;
}

/**
 * What the code of a plugin exports, in this process. It is loaded from
 * memory, so that what runs is what was looked at.
 */
export async function exportsOf(code: string): Promise<object> {
  const isFunction = code.startsWith(FUNCTION_CODE);
  const text = isFunction ? moduleOf(code) : code;
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    const exported: Exported = await import(url);
    return isFunction ? exported.default ?? {} : exported;
  } finally {
    URL.revokeObjectURL(url);
  }
}

interface Exported {
  readonly default?: object;
}

/** The code of a function as a module that exports what the function leaves in `module.exports`. */
function moduleOf(code: string): string {
  return `import { createRequire } from "node:module";
const module = { exports: {} };
(function (module, exports, require) {${code}
})(module, module.exports, createRequire("file:///plugin.js"));
export default module.exports;
`;
}

/**
 * The code of a plugin, once it has been seen that it is what was installed,
 * and so is each module of this machine that it was made of. Nothing is
 * fetched, and nothing read twice: run what this gives, not what is there later.
 *
 * @throws {StageError} `PluginError` saying what has changed and what to do.
 */
export async function verifiedCode(
  plugin: LockedPlugin,
  { host, folder }: { readonly host: Pick<Host, "readText">; readonly folder: string },
): Promise<string> {
  const { specifier } = plugin;
  const found = await textOf(codeFile(plugin, folder), host);
  if (found === undefined) {
    throw refusal(specifier, 'its code is not on this machine; run "sluice plugin add"');
  }
  if (await digestOf(found) !== plugin.code) {
    throw refusal(specifier, `its code was changed; run "sluice plugin add ${specifier}" again`);
  }
  for (const [module, digest] of Object.entries(plugin.modules)) {
    if (!module.startsWith(".")) continue; // What came from elsewhere is in the code already.
    const text = await textOf(`${folder}/${module}`, host);
    if (text !== undefined && await digestOf(text) === digest) continue;
    const what = text === undefined ? "is gone" : "has changed since it was added";
    throw refusal(specifier, `"${module}" ${what}; run "sluice plugin add ${specifier}" again`);
  }
  return found;
}

async function textOf(path: string, host: Pick<Host, "readText">): Promise<string | undefined> {
  try {
    return await host.readText(path);
  } catch (error) {
    if (error instanceof HostError && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Why a plugin cannot be used. */
export function refusal(specifier: string, reason: string): StageError {
  const message = `Cannot use plugin "${specifier}": ${reason}`;
  return new StageError(message, { name: "PluginError", retryable: false });
}
