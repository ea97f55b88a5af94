/**
 * The runs that stages start: trigger stages, and whatever else asks for a
 * workflow by name.
 *
 * @module
 */
import type { Workflow } from "../model/workflow.ts";
import type { JournalStore } from "../plugin/journal.ts";
import { type ChildRun, type Runs, StageError } from "../plugin/stage_kind.ts";
import type { Attempt } from "../run/demand.ts";
import { planOf, type RunState } from "../run/state.ts";
import type { StartOptions } from "./engine_options.ts";
import { ParamError } from "./errors.ts";
import { coveredBy } from "./plan_concurrency.ts";
import type { Result } from "./result.ts";
import type { RunHandle } from "./run_handle.ts";
import { childRunId } from "./run_id.ts";

/** How deep trigger stages may start one another. */
export const MAX_TRIGGER_DEPTH = 16;

/** The engine, as far as the runs of stages need it. */
export interface RunStarter {
  /** Where runs are kept. */
  store(): Promise<JournalStore>;
  /** The workflow of this name. Throws a {@linkcode WorkflowNotFoundError}. */
  workflow(name: string): Promise<Workflow>;
  /** Starts a run. Throws a {@linkcode ParamError} where a parameter does not fit. */
  start(workflow: Workflow, options: StartOptions): Promise<RunHandle>;
  /** Takes up a run, or gives it back as it ended. */
  resume(runId: string, options: { readonly signal: AbortSignal }): Promise<RunHandle>;
}

/** What starts the runs that an attempt asks for; `parent` is its own run. */
export function childRuns(
  { stage }: Attempt,
  { parent, engine }: { readonly parent: RunState; readonly engine: RunStarter },
): Runs {
  return {
    start: async (name, params, signal) => {
      const { workflow, ancestry, concurrency, extras } = planOf(parent);
      const line = [...ancestry, workflow];
      refuseLoop(name, line);
      // Failures count and losses do not, so that a stage that was lost with
      // its engine finds the run that it had started.
      const runId = childRunId(parent.id, `${stage.address}#${stage.failures + 1}`);
      const known = await (await engine.store()).find(runId);
      const begun = known === undefined
        ? engine.start(await engine.workflow(name), {
          ...{ params, runId, signal, extras, ancestry: line, covered: coveredBy(concurrency) },
          ...{ parentRunId: parent.id, trigger: "stage" },
        })
        : engine.resume(runId, { signal });
      return await begun.then(
        async ({ result }) => childOf(await result),
        (error) => refusedChild(runId, error),
      );
    },
  };
}

function refuseLoop(name: string, line: readonly string[]): void {
  if (line.includes(name)) {
    const way = [...line, name].join(" -> ");
    throw new StageError(`Circle execute via trigger itself workflow name. (${way})`, {
      retryable: false,
    });
  }
  if (line.length >= MAX_TRIGGER_DEPTH) {
    throw new StageError(
      `Cannot trigger "${name}": workflows may trigger one another ${MAX_TRIGGER_DEPTH} deep`,
      {
        retryable: false,
      },
    );
  }
}

function childOf({ runId, status, context, errors }: Result): ChildRun {
  const message = errors[0]?.message;
  return { runId, status, context, ...(message === undefined ? {} : { message }) };
}

/** Parameters that do not fit are a failure of what is triggered (REFERENCE C-035, C-224). */
function refusedChild(runId: string, error: unknown): ChildRun {
  if (!(error instanceof ParamError)) throw error;
  return { runId, status: "FAILED", context: { jobs: {} }, message: error.message };
}
