/**
 * How a plugin is named where it is used: by where it comes from.
 *
 * A stage's `uses:` names either a function of a registry folder,
 * `etl.tasks/copy-rows@v1`, or a stage of a plugin, `./greet.ts#greet`. The
 * two cannot be mistaken for one another: a plugin's name begins with `./`,
 * `../` or one of four schemes, and the module of a function holds neither a
 * colon nor a leading dot.
 *
 * @module
 */

/** A stage of a plugin, as `uses:` names it. */
export interface PluginUse {
  /** Where the plugin comes from. */
  readonly specifier: string;
  /** The stage kind; absent when the plugin's only one is meant. */
  readonly stage?: string;
}

/** The file of the conf folder that lists installed plugins with their digests. */
export const LOCK_FILE = "sluice.lock";

/** The longest specifier. */
export const MAX_SPECIFIER_CHARS = 2_000;

/**
 * The stage of a plugin that a `uses:` names, or `undefined` when it names
 * something else.
 *
 * @example
 * ```ts
 * import { parsePluginUse } from "./plugin_use.ts";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * deepEqual(parsePluginUse("npm:weather@1.2.3#fetch"), {
 *   specifier: "npm:weather@1.2.3",
 *   stage: "fetch",
 * });
 * deepEqual(parsePluginUse("./greet.ts"), { specifier: "./greet.ts" });
 * equal(parsePluginUse("etl.tasks/copy-rows@v1"), undefined);
 * ```
 */
export function parsePluginUse(uses: string): PluginUse | undefined {
  if (!isSpecifier(uses)) return undefined;
  const hash = uses.lastIndexOf("#");
  if (hash < 0) return { specifier: uses };
  return { specifier: uses.slice(0, hash), stage: uses.slice(hash + 1) };
}

/** Whether a text names a plugin by where it comes from. */
export function isSpecifier(text: string): boolean {
  return SPECIFIER.test(text);
}

/** What is wrong with a plugin's specifier, as a clause for a message, or `undefined`. */
export function specifierProblem(specifier: string): string | undefined {
  if (!isSpecifier(specifier)) {
    return 'a plugin is named by "./file.ts", "file:", "https:", "jsr:" or "npm:"';
  }
  if (specifier.length > MAX_SPECIFIER_CHARS) return "the name is too long";
  if (/[\p{Cc}\s#]/u.test(specifier)) return 'its name may not hold spaces or "#"';
  if (WITH_USER.test(specifier)) {
    return "it holds a user or a password, which the lock file would show";
  }
  if (PACKAGE.test(specifier) && !PINNED.test(specifier)) {
    return `it names no exact version; write "${bare(specifier)}@1.2.3" with the version you mean`;
  }
  return undefined;
}

const SPECIFIER = /^(?:\.{1,2}\/|(?:file|https|jsr|npm):)/;
const WITH_USER = /^https:\/*[^/?#]*@/;
const PACKAGE = /^(?:npm|jsr):/;
const PINNED = /^(?:npm|jsr):\/?(?:@[^/@]+\/)?[^/@]+@\d+\.\d+\.\d+(?:[-+][\w.+-]+)?(?:\/.*)?$/;

function bare(specifier: string): string {
  return /^(?:npm|jsr):\/?(?:@[^/@]+\/)?[^/@]+/.exec(specifier)?.[0] ?? specifier;
}
