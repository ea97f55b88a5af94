/**
 * The workflows of the conf folder that start by themselves.
 *
 * @module
 */
import type { ConfListing } from "../core/engine/conf_folder.ts";
import type { SchedulerOptions } from "../core/engine/scheduler.ts";
import type { Workflow } from "../core/model/workflow.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import { systemClock } from "../platform/clock.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";

/**
 * Lists the workflows that start by themselves, again and again; one that the
 * checker refuses counts as wrong. Each version of a file is checked once.
 */
export function openScheduledWorkflows(sluice: Sluice): () => Promise<ConfListing> {
  const checked = new WeakMap<Workflow, readonly Diagnostic[]>();
  return async () => {
    const { workflows, diagnostics } = await sluice.conf.list();
    const right: Workflow[] = [];
    const wrong: Diagnostic[] = [];
    for (const workflow of workflows.filter(startsByItself)) {
      const found = checked.get(workflow) ?? await sluice.check(workflow, { errorsOnly: true });
      checked.set(workflow, found);
      if (found.length === 0) right.push(workflow);
      wrong.push(...found);
    }
    return { workflows: right, diagnostics: [...diagnostics, ...wrong] };
  };
}

/** Whether a workflow has a schedule, follows another one, or has a trigger of a plugin. */
export function startsByItself({ triggers }: Workflow): boolean {
  return triggers.schedules.length + triggers.releases.length + triggers.others.length > 0;
}

/** What a scheduler works with, but for how it tells of it. */
export function schedulerParts(sluice: Sluice): Omit<SchedulerOptions, "tell"> {
  return {
    engine: sluice.engine,
    clock: systemClock,
    host: openHost(),
    triggers: sluice.registry,
    workflows: openScheduledWorkflows(sluice),
  };
}
