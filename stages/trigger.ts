/**
 * The stage kind `trigger`: runs another workflow to its end (REFERENCE §1.21).
 *
 * @module
 */
import { z } from "zod";
import type { Value } from "../core/expr/value.ts";
import { templated } from "../core/model/templated.ts";
import {
  type ChildRun,
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";

const fields = {
  trigger: z.string().min(1).describe("The workflow to run to its end."),
  params: templated(z.record(z.string(), z.custom<Value>())).nullable().optional()
    .describe("The parameters that it is given."),
};

const outputs = z.object({
  params: z.record(z.string(), z.unknown()),
  jobs: z.record(z.string(), z.unknown()),
});

// The reference's words (REFERENCE C-224, C-225), which workflows may look for.
const FAILED = "Trigger workflow was failed";
const CANCELLED = "Trigger workflow was cancel.";

/** A stage that runs another workflow, with parameters, and has its context as outputs. */
export function trigger(): LeafStageKind {
  return defineStage({
    name: "trigger",
    keys: ["trigger"],
    summary: "Runs another workflow to its end.",
    fields,
    outputs,
    execute,
  });
}

async function execute(
  { trigger, params }: z.infer<z.ZodObject<typeof fields>>,
  { runs, signal }: StageContext,
): Promise<Outputs> {
  if (typeof params === "string") {
    throw new StageError(`Cannot trigger "${trigger}": its parameters are no mapping`, {
      name: "TypeError",
      retryable: false,
    });
  }
  const run = await runs.start(trigger, params ?? {}, signal);
  signal.throwIfAborted();
  return outcomeOf(run);
}

function outcomeOf(run: ChildRun): Outputs {
  const { params, jobs = {} } = run.context;
  const outputs = { ...(params === undefined ? {} : { params }), jobs };
  switch (run.status) {
    case "SUCCESS":
      return outputs;
    case "SKIP":
      throw new StageError("Every job of the triggered workflow was skipped", {
        name: "StageSkipError",
        outcome: "skipped",
        outputs,
      });
    case "CANCEL":
      throw new StageError(CANCELLED, {
        name: "StageCancelError",
        outcome: "cancelled",
        outputs,
      });
    default:
      throw new StageError(FAILED + because(run.message), { outputs });
  }
}

function because(message: string | undefined): string {
  return message ? ` with:\n${message}` : ".";
}
