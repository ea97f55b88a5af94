/**
 * The stage kind `script`: runs TypeScript, JavaScript or Python (REFERENCE §1.19).
 *
 * @module
 */
import { z } from "zod";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { envSchema } from "../../core/model/environment.ts";
import { templated } from "../../core/model/templated.ts";
import type { StageNeed } from "../../core/model/need.ts";
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
};

/**
 * A stage that runs code in a process of its own.
 *
 * TypeScript and JavaScript run in isolation, without any permission: the code
 * is a module whose exports are the stage's outputs. Python has the
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
    needs: ({ lang }, { scriptLang }) => needsOf(languageOf(lang) ?? scriptLang),
    secrets: ["run", "vars"],
    execute,
  });
}

/** Scripts run in a process of their own; `sh` holds it to its limits. */
function needsOf(lang: "ts" | "js" | "python"): readonly StageNeed[] {
  const programs = lang === "python" ? ["python3"] : ["deno", "sh"];
  return programs.map((name) => ({ permission: "run", name }));
}

function languageOf(written: unknown): Language | undefined {
  const known = languageSchema.safeParse(written);
  return known.success ? LANGUAGES[known.data] : undefined;
}

async function execute(
  { lang: written, vars }: z.infer<z.ZodObject<typeof fields>>,
  context: StageContext,
): Promise<Outputs> {
  const lang = languageOf(written) ?? context.scriptLang;
  const names = mappingIn(vars);
  if (lang === "python") return await runPython(context, names);
  return await runIsolated(context, { lang, vars: names });
}

function mappingIn(vars: string | ValueObject | null | undefined): ValueObject {
  if (typeof vars !== "string") return vars ?? {};
  throw new StageError('Cannot use "vars": its template gave no mapping', {
    name: "TypeError",
    retryable: false,
  });
}
