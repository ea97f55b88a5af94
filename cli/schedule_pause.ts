/**
 * `sluice schedule pause` and `sluice schedule resume`
 *
 * @module
 */
import { PAUSE_CURSORS, pauseOf, pausing, resuming } from "../core/schedule/schedule_cursors.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import { printJson } from "./print_json.ts";
import type { ScheduleContext } from "./schedule_context.ts";
import { UsageError } from "./usage_error.ts";

/** Lets schedulers start nothing of some workflows until they are resumed. */
export function pauseSchedules(sluice: Sluice, context: ScheduleContext): Promise<ExitCode> {
  return change(sluice, { ...context, paused: true });
}

/** Ends the pause of workflows; what would have started during it stays undone. */
export function resumeSchedules(sluice: Sluice, context: ScheduleContext): Promise<ExitCode> {
  return change(sluice, { ...context, paused: false });
}

async function change(
  sluice: Sluice,
  { names, paused, invocation, printer }: ScheduleContext & { readonly paused: boolean },
): Promise<ExitCode> {
  if (names.length === 0) {
    const verb = paused ? "pause" : "resume";
    throw new UsageError(`Name the workflow to ${verb}: "sluice schedule ${verb} WORKFLOW"`);
  }
  const found = await Promise.all(names.map((name) => findWorkflow(sluice, name)));
  const store = await sluice.engine.store();
  for (const { workflow: { name } } of found) {
    const cursors = await store.cursors(PAUSE_CURSORS);
    const was = pauseOf(name, cursors).paused;
    const nowMs = sluice.engine.now();
    if (was !== paused) {
      await store.advance((paused ? pausing : resuming)(name, { cursors, nowMs }));
    }
    if (!invocation.has("json")) printer.tell(told(name, { was, paused }));
  }
  if (invocation.has("json")) {
    printJson(printer, found.map(({ workflow: { name } }) => ({ workflow: name, paused })));
  }
  return EXIT.ok;
}

function told(
  name: string,
  { was, paused }: { readonly was: boolean; readonly paused: boolean },
): string {
  if (paused) return was ? `${name} was paused already` : `${name} is paused`;
  return was ? `${name} goes on with its next slot` : `${name} was not paused`;
}
