/**
 * What stages see of the engine's environment. The rest may hold what is none
 * of their business, such as the tokens of whoever started the engine.
 *
 * @module
 */

import { SECRET_PREFIX } from "../plugin/secrets.ts";

/** The variables that every stage sees where they are set; a `*` at the end stands for any rest. */
export const STAGE_VARIABLES: readonly string[] = [
  // Where things are, and for whom.
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "HOSTNAME", "PWD"],
  ...["TMPDIR", "TMP", "TEMP", "XDG_*"],
  // How to speak to people.
  ...["LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS"],
  // Where programs find what they cannot do without.
  ...["LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "DENO_DIR", "DENO_TLS_CA_STORE"],
  ...["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST"],
  ...["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CI"],
  // Where `uses:` looks for functions (REFERENCE C-372).
  "WORKFLOW_CORE_REGISTRY_CALLER",
];

/** How a name of a variable to pass on is written. */
export const PASSED_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]*\*?$/;

/**
 * The part of an environment that stages see.
 *
 * @example
 * ```ts
 * import { stageEnvironment } from "./stage_environment.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const env = { PATH: "/bin", GITHUB_TOKEN: "s3cr3t", AWS_REGION: "eu" };
 * deepEqual(stageEnvironment(env, ["AWS_*"]), { PATH: "/bin", AWS_REGION: "eu" });
 * ```
 */
export function stageEnvironment(
  env: Readonly<Record<string, string>>,
  passed: readonly string[],
): Readonly<Record<string, string>> {
  const patterns = [...STAGE_VARIABLES, ...passed];
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith("*")));
  const prefixes = patterns.filter((pattern) => pattern.endsWith("*")).map((it) => it.slice(0, -1));
  const isSeen = (name: string) =>
    exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith(SECRET_PREFIX) && isSeen(name)),
  );
}

/** What `${NAME}` in a workflow's own texts may name: a secret is written `${{ secrets.NAME }}`, or it would not be hidden. */
export function templateVariable(
  readEnv: () => Readonly<Record<string, string>>,
): (name: string) => string | undefined {
  return (name) => {
    if (name.startsWith(SECRET_PREFIX)) return undefined;
    const env = readEnv();
    return Object.hasOwn(env, name) ? env[name] : undefined;
  };
}
