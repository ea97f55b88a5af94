/**
 * What `--json` prints of a run.
 *
 * @module
 */
import { type Json, toJson } from "../core/expr/json.ts";
import { ParamError, WorkflowError } from "../core/engine/errors.ts";
import type { Engine } from "../core/engine/engine.ts";
import { partFailures } from "../core/engine/render/part_failures.ts";
import type { Result, ResultError } from "../core/engine/result.ts";
import { jobOfBranch, runContext } from "../core/run/contexts.ts";
import type { RunState } from "../core/run/state.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";

/** What a run came to, as one document. Times are left out of the context unless asked for. */
export async function runDocument(
  engine: Engine,
  result: Result,
  options: { readonly info: boolean },
): Promise<Json> {
  const { runId, status } = result;
  const state = await engine.read(runId);
  return {
    run_id: runId,
    status,
    context: toJson(runContext(state, options)),
    errors: [...result.errors, ...hiddenErrors(state, result)].map((error) => ({ ...error })),
    failures: partFailures(state).map((failure) => ({ ...failure })),
  };
}

/** So many errors are told that the context has no place for. */
const MAX_HIDDEN_ERRORS = 100;

/** A stage without an id leaves nothing in the context, so what it failed of is told here alone. */
function hiddenErrors(state: RunState, { errors }: Result): ResultError[] {
  const told = new Set(errors.map(({ where }) => where));
  const hidden: ResultError[] = [];
  for (const { outcome, scope, failure, branch, id, name } of state.stages.values()) {
    if (outcome !== "failed" || scope !== undefined || failure === undefined) continue;
    const where = `${jobOfBranch(branch).planned.id}.${id ?? name}`;
    if (!told.has(where)) hidden.push({ name: failure.name, message: failure.message, where });
    if (hidden.length === MAX_HIDDEN_ERRORS) break;
  }
  return hidden;
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
    failures: [],
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
