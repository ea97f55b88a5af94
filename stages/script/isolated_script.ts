/**
 * Scripts of TypeScript and JavaScript: modules that run in isolation, with
 * what they ask for of what the settings grant, and whose exports are the
 * outputs.
 *
 * @module
 */
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { entriesOf, isList, isMapping } from "../../core/expr/view.ts";
import type { IsolationLimits } from "../../core/plugin/isolation.ts";
import {
  fromRoot,
  intersect,
  namedVariables,
  PERMISSION_NAMES,
  type Permissions,
  permissionsProblem,
  refused,
} from "../../core/plugin/permissions.ts";
import { type Outputs, type StageContext, StageError } from "../../core/plugin/stage_kind.ts";
import { codeOf, globalNames } from "./payload.ts";

/** A script as its stage has it. */
export interface IsolatedScript {
  /** Its language. */
  readonly lang: "ts" | "js";
  /** Further names that it sees. */
  readonly vars: ValueObject;
  /** What it asks for, rendered. */
  readonly asked: Permissions;
  /** What it may use. */
  readonly limits: IsolationLimits;
}

/** Carries out the script of a stage. */
export async function runIsolated(
  context: StageContext,
  { lang, vars, asked, limits }: IsolatedScript,
): Promise<Outputs> {
  const { key, runId, attempt, host, signal } = context;
  refuseWildValues(asked, context);
  const permissions = permissionsFor(asked, context);
  const isolation = await context.isolation();
  const done = isolation.execute({
    ...{ key, runId, attempt, signal, permissions, limits },
    env: { ...namedVariables(host.env(), permissions.env ?? []), ...context.env },
    entry: {
      type: "script",
      lang,
      code: codeOf(context).text,
      names: globalNames(context, vars),
    },
    input: null,
    // The runtime tells on stderr what it stopped; what the script says is its own.
    print: (line, stream) =>
      context.print(stream === "stderr" ? withWayToGrant(line) : line, stream),
  });
  return await done.catch((error: unknown) => {
    throw error instanceof StageError ? toldHow(error) : error;
  });
}

/** The same failure with a way out that there is: nobody runs a script with flags. */
function toldHow(error: StageError): StageError {
  const message = withWayToGrant(error.message);
  if (message === error.message) return error;
  const { name, retryable, outputs, details, outcome, cause } = error;
  return new StageError(message, { name, retryable, outputs, details, outcome, cause });
}

// As Deno writes it.
const REFUSED =
  /Requires (net|read|write|env) access to (?:"([^"]*)"|<[^>]*>), run again with the --allow-\1 flag/g;

/**
 * What may help where Deno tells whoever started it to give it a flag.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { withWayToGrant } from "./isolated_script.ts";
 *
 * equal(
 *   withWayToGrant('Requires env access to "HOME", run again with the --allow-env flag'),
 *   'Requires env access to "HOME": ask for it by "permissions: {env: [HOME]}" on the stage, ' +
 *     'and grant it by "scripts: {grant: {env: [HOME]}}" in sluice.yml',
 * );
 * ```
 */
export function withWayToGrant(text: string): string {
  return text.replace(REFUSED, (found: string, permission: string, name: string | undefined) => {
    const what = found.slice(0, found.lastIndexOf(", run again"));
    const item = name === undefined ? "…" : PLAIN.test(name) ? name : `'${name}'`;
    const list = `{${permission}: [${item}]}`;
    return `${what}: ask for it by "permissions: ${list}" on the stage, ` +
      `and grant it by "scripts: {grant: ${list}}" in sluice.yml`;
  });
}

/** What YAML reads as a text without quotes. */
const PLAIN = /^[A-Za-z_/][\w./-]*$/;

/**
 * What the script asks for of what scripts are granted.
 *
 * @throws {StageError} `PermissionError` where it asks for what nothing is granted of.
 */
export function permissionsFor(
  asked: Permissions,
  { host, policy }: Pick<StageContext, "host" | "policy">,
): Permissions {
  const problem = permissionsProblem(asked);
  if (problem !== undefined) throw refusal(`Cannot grant that: ${problem}`);
  const wanted = fromRoot(asked, host.cwd());
  const granted = fromRoot(policy?.scriptGrant ?? {}, host.cwd());
  const lacking = refused(wanted, granted);
  for (const permission of PERMISSION_NAMES) {
    const [name] = lacking[permission] ?? [];
    if (name === undefined) continue;
    throw refusal(
      `The script asks for ${permission} "${name}", and the settings grant scripts nothing of that; add it to "${permission}" under "scripts.grant" in the settings file`,
    );
  }
  return intersect(wanted, granted);
}

/** What comes from a value is one thing: only whoever writes the name may mean many. */
function refuseWildValues(asked: Permissions, { stage }: StageContext): void {
  const written = new Set(textsIn(stage.input["permissions"] ?? null));
  for (const permission of PERMISSION_NAMES) {
    const wild = asked[permission]?.find((name) => name.includes("*") && !written.has(name));
    if (wild === undefined) continue;
    throw refusal(`Cannot grant ${permission} "${wild}": a value may not stand for many`);
  }
}

function textsIn(value: Value): readonly string[] {
  if (typeof value === "string") return [value];
  if (isList(value)) return value.flatMap(textsIn);
  return isMapping(value) ? Array.from(entriesOf(value), ([, item]) => item).flatMap(textsIn) : [];
}

function refusal(message: string): StageError {
  return new StageError(message, { name: "PermissionError", retryable: false });
}
