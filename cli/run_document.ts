/**
 * What `--json` prints of a run.
 *
 * @module
 */
import { type Json, toJson } from "../core/expr/json.ts";
import { ParamError, WorkflowError } from "../core/engine/errors.ts";
import type { Engine } from "../core/engine/engine.ts";
import type { Result } from "../core/engine/result.ts";
import { runContext } from "../core/run/contexts.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";

/** What a run came to, as one document. Times are left out of the context unless asked for. */
export async function runDocument(
  engine: Engine,
  { runId, status, context, errors }: Result,
  options: { readonly info: boolean },
): Promise<Json> {
  const shown = options.info ? context : runContext(await engine.read(runId));
  return {
    run_id: runId,
    status,
    context: toJson(shown),
    errors: errors.map(({ name, message, where }) => ({ name, message, where })),
  };
}

/** The same for a run that could not begin. */
export function refusedDocument(error: unknown, runId: string | undefined): Json {
  const errors = refusals(error);
  const { name, message } = errors[0] ?? { name: "Error", message: "" };
  return {
    run_id: runId ?? null,
    status: "FAILED",
    context: { jobs: {}, status: "FAILED", errors: { name, message } },
    errors: errors.map((refusal) => ({ ...refusal, where: "" })),
  };
}

/** How the command ends after a run of this status. */
export function exitCodeOf(status: Result["status"]): ExitCode {
  if (status === "CANCEL") return EXIT.cancelled;
  return status === "SUCCESS" || status === "SKIP" ? EXIT.ok : EXIT.failed;
}

interface Refusal {
  readonly name: string;
  readonly message: string;
}

function refusals(error: unknown): readonly Refusal[] {
  if (error instanceof ParamError) {
    return error.mistakes.map(({ name, message }) => ({ name, message }));
  }
  if (error instanceof WorkflowError && error.diagnostics.length > 0) {
    return error.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ place: { file, span: { start } }, message }) => ({
        name: "WorkflowError",
        message: `${file}:${start.line}:${start.column} ${message}`,
      }));
  }
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return [{ name: name === "UsageError" ? "WorkflowError" : name, message }];
}
