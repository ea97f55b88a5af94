/**
 * The stage kind `script`: runs TypeScript, JavaScript or Python (REFERENCE §1.19).
 *
 * @module
 */
import { z } from "zod";
import { decodeValue, type Json } from "../../core/expr/json.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { isMapping, isView } from "../../core/expr/view.ts";
import { envSchema } from "../../core/model/environment.ts";
import { templated } from "../../core/model/templated.ts";
import type { SpawnResult } from "../../core/plugin/ports.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";
import { scriptCall } from "./interpreter.ts";
import { type Payload, payloadOf, type Report } from "./payload.ts";
import { ReportChannel } from "./report_channel.ts";

/** Bytes that are kept of what a script prints, for the message when it dies. */
const KEPT_BYTES = 16 * 1024;

const LANGUAGES = {
  ts: "ts",
  typescript: "ts",
  js: "js",
  javascript: "js",
  python: "python",
  py: "python",
} as const satisfies Record<string, Payload["lang"]>;

const languageSchema = z.enum(["ts", "js", "python", "typescript", "javascript", "py"]);

const variableName = z.string().regex(/^[A-Za-z_]\w*$/, {
  error: "The name of a variable has letters, digits and underscores, and begins with no digit",
}).refine((name) => !isForbiddenKey(name), { error: "This name cannot be used" });

const fields = {
  run: z.string(),
  lang: languageSchema.optional(),
  vars: templated(z.record(variableName, z.custom<Value>())).nullable().optional(),
  env: envSchema().optional(),
};

/**
 * A stage that runs code in a process of its own.
 *
 * TypeScript and JavaScript run in Deno without any permission, on Bun too:
 * the code is a module whose exports are the stage's outputs. Python has the
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
    execute,
  });
}

function languageOf(written: unknown): Payload["lang"] | undefined {
  const known = languageSchema.safeParse(written);
  return known.success ? LANGUAGES[known.data] : undefined;
}

async function execute(
  { lang: written, vars }: z.infer<z.ZodObject<typeof fields>>,
  context: StageContext,
): Promise<Outputs> {
  const lang = languageOf(written) ?? context.scriptLang;
  const { json, nonce } = payloadOf(context, { lang, vars: mappingIn(vars) });
  const { command, ...call } = await scriptCall(context, { lang, payload: json });
  const channel = new ReportChannel(nonce, (line) => context.print(line));
  const result = await context.host.spawn(command, {
    ...call,
    signal: context.signal,
    keepBytes: KEPT_BYTES,
    onLine: (stream, line) =>
      stream === "stdout" ? channel.take(line) : context.print(line, "stderr"),
  });
  const report = channel.end();
  context.signal.throwIfAborted();
  return outputsOf(report, result);
}

function mappingIn(vars: string | ValueObject | null | undefined): ValueObject {
  if (typeof vars !== "string") return vars ?? {};
  throw new StageError('Cannot use "vars": its template gave no mapping', {
    name: "TypeError",
    retryable: false,
  });
}

function outputsOf(report: Report | undefined, result: SpawnResult): Outputs {
  if (report === undefined) throw died(result);
  if (report.ok) return mappingOf(report.outputs);
  const { name, message, outcome } = report;
  throw new StageError(message, { name, outcome });
}

function mappingOf(json: Json): Outputs {
  const outputs = decodeValue(json);
  if (isMapping(outputs) && !isView(outputs)) return outputs;
  throw new Error("Internal error: a script's runner reported outputs that are no mapping");
}

/** It left, or was made to leave, before it could say what came of it. */
function died({ exitCode, signal, stderr }: SpawnResult): StageError {
  const how = signal === null
    ? `ended itself with exit code ${exitCode}`
    : `was ended by ${signal}`;
  const said = stderr.trim();
  return new StageError(`The script ${how} before it was done${said && `:\n${said}`}`);
}
