/**
 * What a run of a workflow would do: parameters converted, limits and groups
 * settled, nothing begun.
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";
import type { ConcurrencySettings } from "../model/concurrency.ts";
import { MAX_PARALLEL_JOBS } from "../model/load_workflow.ts";
import type { Workflow } from "../model/workflow.ts";
import { makePlan } from "../plan/make_plan.ts";
import { convertParams } from "../plan/params.ts";
import type { JobId, Plan } from "../plan/plan.ts";
import type { RunDefaults, StartOptions } from "./engine_options.ts";
import { ParamError } from "./errors.ts";
import { planConcurrency } from "./plan_concurrency.ts";

/** Options for {@linkcode planRun}: what the engine adds to a plan. */
export interface PlanRunOptions {
  /** How the run is started. */
  readonly start: StartOptions;
  /** What runs are like where neither workflow nor caller says. */
  readonly defaults: RunDefaults;
  /** The engine's version. */
  readonly version: string;
  /** Said where foreign code is not isolated. */
  readonly isolation: "none" | undefined;
  /** How many runs may go on at once, over all engines of the store. */
  readonly concurrency: ConcurrencySettings;
  /** Milliseconds since 1970. */
  readonly nowMs: number;
  /** Renders a template with these names. */
  readonly render: (names: ValueObject, template: Value) => string;
}

/**
 * Plans a run.
 *
 * @throws {ParamError} when a parameter or one of the extras does not fit.
 */
export function planRun(workflow: Workflow, options: PlanRunOptions): Plan {
  const { start, defaults, version, isolation, concurrency, nowMs, render } = options;
  const { jobs, file, release, ancestry = [], covered = [] } = start;
  const params = convertedParams(workflow, { given: start.params ?? {}, nowMs });
  const extras = { ...workflow.extras, ...start.extras };
  const plan = makePlan(workflow, {
    ...{ engine: version, isolation, file, params, extras, release, ancestry },
    timeoutMs: start.timeoutMs ?? workflow.timeoutMs ?? defaults.timeoutMs,
    ...runLimits(extras, {
      maxParallel: start.maxParallel ?? workflow.maxParallel ?? defaults.maxParallel,
      stageDefaultId: defaults.stageDefaultId,
    }),
    scriptLang: workflow.scriptLang ?? defaults.scriptLang,
    concurrency: planConcurrency(workflow, {
      ...{ settings: concurrency, covered },
      render: (template) => render({ params }, template),
    }),
  });
  return jobs === undefined ? plan : onlyJobs(plan, jobs);
}

function convertedParams(
  workflow: Workflow,
  { given, nowMs }: { readonly given: ValueObject; readonly nowMs: number },
): ValueObject {
  const converted = convertParams(workflow.params, given, { nowMs });
  if (converted.ok) return converted.value;
  throw new ParamError(
    converted.errors.map(({ param, ...rest }) => ({ paramName: param, ...rest })),
  );
}

interface RunLimits {
  readonly maxParallel: number;
  readonly stageDefaultId: boolean;
}

/** Extras go before the settings; of another type than those they refuse the run (REFERENCE C-040). */
function runLimits(extras: ValueObject, { maxParallel, stageDefaultId }: RunLimits): RunLimits {
  const asked = extras.max_job_parallel ?? maxParallel;
  if (typeof asked !== "number" || !Number.isInteger(asked) || asked < 1) {
    throw wrongExtra("max_job_parallel", "a whole number from 1");
  }
  const keeps = extras.stage_default_id ?? stageDefaultId;
  if (typeof keeps !== "boolean") throw wrongExtra("stage_default_id", "true or false");
  return { maxParallel: Math.min(asked, MAX_PARALLEL_JOBS), stageDefaultId: keeps };
}

function wrongExtra(name: string, wanted: string): ParamError {
  const message = `Cannot use "${name}" of the extras: it must be ${wanted}`;
  return new ParamError([{ paramName: `extras.${name}`, message, name: "TypeError" }]);
}

function onlyJobs(plan: Plan, wanted: readonly JobId[]): Plan {
  const jobs = plan.jobs.filter(({ id }) => wanted.includes(id));
  return {
    ...plan,
    jobs: jobs.map((job) => ({ ...job, needs: job.needs.filter((need) => wanted.includes(need)) })),
  };
}
