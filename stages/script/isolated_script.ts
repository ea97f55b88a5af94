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
  return await isolation.execute({
    ...{ key, runId, attempt, signal, permissions, limits },
    env: { ...namedVariables(host.env(), permissions.env ?? []), ...context.env },
    entry: {
      type: "script",
      lang,
      code: codeOf(context).text,
      names: globalNames(context, vars),
    },
    input: null,
    print: (line, stream) => context.print(line, stream),
  });
}

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
