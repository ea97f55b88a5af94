/**
 * The stages of a workflow that start other workflows by a name that is
 * written out.
 *
 * @module
 */
import { hasTemplate } from "../expr/template.ts";
import { type Stage, stagesOf, type Workflow } from "../model/workflow.ts";

/** A stage that starts another workflow. */
export interface TriggerStage {
  /** The stage. */
  readonly stage: Stage;
  /** The workflow that it starts. */
  readonly target: string;
}

/** What a trigger stage is called, and the field with the other workflow's name. */
const TRIGGER = "trigger";

/** The trigger stages with a name that no run can change, in the order of the text. */
export function triggerStages(workflow: Workflow): readonly TriggerStage[] {
  const known = found.get(workflow);
  if (known !== undefined) return known;
  const all = [...workflow.jobs.values()].flatMap((job) => [...stagesOf(job.stages)]);
  const made = all.flatMap((stage) => {
    const target = targetOf(stage);
    return target === undefined ? [] : [{ stage, target }];
  });
  found.set(workflow, made);
  return made;
}

/** Each of a thousand workflows that start one another asks this of all of them. */
const found = new WeakMap<Workflow, readonly TriggerStage[]>();

/** The workflow that a stage starts; `undefined` when it starts none, or the run decides which. */
export function targetOf({ syntax, input }: Stage): string | undefined {
  const target = syntax.name === TRIGGER ? input[TRIGGER] : undefined;
  const isKnown = typeof target === "string" && !hasTemplate(target) && !target.includes("${");
  return isKnown ? target : undefined;
}
