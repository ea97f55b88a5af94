/**
 * The stage kind `script`: runs TypeScript, JavaScript or Python (REFERENCE §1.19).
 *
 * @module
 */
import { z } from "zod";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { envSchema } from "../../core/model/environment.ts";
import { templated } from "../../core/model/templated.ts";
import { hasTemplate } from "../../core/expr/template.ts";
import type { StageNeed, StageReach } from "../../core/model/need.ts";
import type { StageNeedFacts } from "../../core/model/stage_syntax.ts";
import { limitsOf, limitsSchema } from "../../core/plugin/limits_syntax.ts";
import {
  declaredProblem,
  type FlagName,
  MAX_PERMISSION_NAMES,
  type Permissions,
} from "../../core/plugin/permissions.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";
import { runIsolated } from "./isolated_script.ts";
import { runPython } from "./python_script.ts";

type Language = "ts" | "js" | "python";

const LANGUAGES = {
  ts: "ts",
  typescript: "ts",
  js: "js",
  javascript: "js",
  python: "python",
  py: "python",
} as const satisfies Record<string, Language>;

const languageSchema = z.enum(["ts", "js", "python", "typescript", "javascript", "py"]);

const variableName = z.string().regex(/^[A-Za-z_]\w*$/, {
  error: "The name of a variable has letters, digits and underscores, and begins with no digit",
}).refine((name) => !isForbiddenKey(name), { error: "This name cannot be used" });

const fields = {
  run: z.string().describe("The code. What it exports, or its names at the end, are the outputs."),
  lang: languageSchema.optional().describe("The language of the code."),
  vars: templated(z.record(variableName, z.custom<Value>())).nullable().optional()
    .describe("Further names that the code sees, with their values."),
  env: envSchema().optional().describe("Environment variables for this stage."),
  permissions: scriptPermissions().optional()
    .describe("What the code may reach, of what the settings grant scripts."),
  limits: limitsSchema().optional().describe("What the code may use before it is ended."),
};

function scriptPermissions() {
  const names = (permission: FlagName) =>
    z.array(
      z.string().superRefine((name, context) => {
        const problem = declaredProblem(permission, name);
        if (problem === undefined) return;
        context.addIssue({ code: "custom", message: `"${name}" ${problem}` });
      }),
    ).max(MAX_PERMISSION_NAMES).optional();
  return z.strictObject({
    net: names("net"),
    read: names("read"),
    write: names("write"),
    env: names("env"),
  });
}

/**
 * A stage that runs code in a process of its own.
 *
 * TypeScript and JavaScript run in isolation, with what `permissions` asks for
 * of what the settings grant scripts: the code is a module whose exports are
 * the stage's outputs. Python has the
 * permissions of the engine: its names at the end are the outputs. In both, the
 * names `params`, `matrix`, `env`, `context`, `attempt`, `result` and those
 * under `vars` can be read, and what is assigned to `result.outputs` is added.
 */
export function script(): LeafStageKind {
  return defineStage({
    name: "script",
    keys: ["run"],
    summary: "Runs TypeScript, JavaScript or Python.",
    fields,
    code: ({ lang }, scriptLang) => ({ run: languageOf(lang) ?? scriptLang }),
    needs: (input, facts) => needsOf(input, facts),
    reach: (input, facts) => reachOf(input, facts),
    secrets: ["run", "vars"],
    execute,
  });
}

/** Scripts run in a process of their own; `sh` holds it to its limits. The engine looks at the folders that it grants. */
function needsOf(input: ValueObject, facts: StageNeedFacts): readonly StageNeed[] {
  const reach = reachOf(input, facts);
  if (reach === undefined) return [{ permission: "run", name: "python3" }];
  const { read = [], write = [], env = [] } = reach.asks;
  return [
    ...["deno", "sh"].map((name) => ({ permission: "run" as const, name })),
    ...[...read, ...write].map((name) => ({
      permission: "read" as const,
      ...(!hasTemplate(name) && { name }),
    })),
    ...env.filter((name) => !hasTemplate(name)).map((name) => ({
      permission: "env" as const,
      name,
    })),
  ];
}

/** Python is not isolated. */
function reachOf(
  { lang, permissions }: ValueObject,
  { scriptLang, scriptGrant = {} }: StageNeedFacts,
): StageReach | undefined {
  if ((languageOf(lang) ?? scriptLang) === "python") return undefined;
  const asked = scriptPermissions().safeParse(permissions ?? {});
  return { code: "script", asks: permissionsOf(asked.data), granted: scriptGrant, strict: true };
}

function permissionsOf(written: z.infer<ReturnType<typeof scriptPermissions>> = {}): Permissions {
  const { net = [], read = [], write = [], env = [] } = written;
  return { net, read, write, env };
}

function languageOf(written: unknown): Language | undefined {
  const known = languageSchema.safeParse(written);
  return known.success ? LANGUAGES[known.data] : undefined;
}

async function execute(
  { lang: written, vars, permissions, limits }: z.infer<z.ZodObject<typeof fields>>,
  context: StageContext,
): Promise<Outputs> {
  const lang = languageOf(written) ?? context.scriptLang;
  const names = mappingIn(vars);
  if (lang !== "python") {
    const asked = permissionsOf(permissions);
    return await runIsolated(context, { lang, vars: names, asked, limits: limitsOf(limits ?? {}) });
  }
  if (permissions === undefined && limits === undefined) return await runPython(context, names);
  throw new StageError(
    'Cannot hold Python to "permissions" or "limits": it is not isolated, and may do all that the engine may; write TypeScript or JavaScript, or leave them out',
    { name: "PermissionError", retryable: false },
  );
}

function mappingIn(vars: string | ValueObject | null | undefined): ValueObject {
  if (typeof vars !== "string") return vars ?? {};
  throw new StageError('Cannot use "vars": its template gave no mapping', {
    name: "TypeError",
    retryable: false,
  });
}
