/**
 * `sluice schedule`
 *
 * @module
 */
import { readRetention } from "../core/engine/retention.ts";
import { Scheduler, type SchedulerOptions } from "../core/engine/scheduler.ts";
import type { ScheduleNote } from "../core/engine/schedule_note.ts";
import { systemClock } from "../platform/clock.ts";
import { exit } from "../platform/process.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { Interrupts } from "./interrupts.ts";
import type { Invocation } from "./invocation.ts";
import { keepSchedule } from "./keep_schedule.ts";
import { openFor } from "./open_sluice.ts";
import type { Printer } from "./printer.ts";
import type { ScheduleContext } from "./schedule_context.ts";
import { tellNote } from "./schedule_note_line.ts";
import { pauseSchedules, resumeSchedules } from "./schedule_pause.ts";
import { showScheduleStatus } from "./schedule_status.ts";
import { schedulerParts } from "./scheduled_workflows.ts";
import { UsageError } from "./usage_error.ts";

const SECOND_MS = 1_000;

/** Starts workflows when their time has come, or shows and changes what is scheduled. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [action, ...names] = invocation.operands;
  await using sluice = await openFor(invocation, printer);
  const context = { invocation, printer, names };
  switch (action) {
    case undefined:
      return await runScheduler(sluice, context);
    case "status":
      return await showScheduleStatus(sluice, context);
    case "pause":
      return await pauseSchedules(sluice, context);
    case "resume":
      return await resumeSchedules(sluice, context);
    default:
      throw new UsageError(
        `Cannot "${action}" schedules: write status, pause or resume, or nothing to start workflows`,
      );
  }
}

async function runScheduler(
  sluice: Sluice,
  { invocation, printer }: ScheduleContext,
): Promise<ExitCode> {
  const json = invocation.has("json");
  const retention = readRetention(sluice.settings);
  const stop = new AbortController();
  const tell = (note: ScheduleNote) => tellNote(note, { printer, json, nowMs: systemClock.now() });
  const scheduler = new Scheduler({
    ...schedulerParts(sluice),
    ...optionsFrom(invocation),
    tell,
  });
  using _interrupts = new Interrupts({
    cancel: (by, why) => {
      const { active } = scheduler;
      printer.tell(endingText({ active, isUrgent: stop.signal.aborted }));
      if (stop.signal.aborted) scheduler.cancel(by, why);
      stop.abort();
    },
    leave: () => exit(EXIT.cancelled),
  });
  if (!invocation.has("once")) {
    const { signal } = stop;
    await keepSchedule(sluice, { scheduler, retention, clock: systemClock, signal, tell });
    return EXIT.ok;
  }
  await scheduler.runOnce(stop.signal);
  return endOf(scheduler);
}

/** A broken file goes before a failed run: of that the store and the audit know, of the file nobody else does. */
function endOf({ broken, failed }: Scheduler): ExitCode {
  if (broken > 0) return EXIT.invalid;
  return failed > 0 ? EXIT.failed : EXIT.ok;
}

function optionsFrom(
  invocation: Invocation,
): Pick<SchedulerOptions, "maxRuns" | "reloadMs"> {
  const maxRuns = invocation.number("max-runs", { min: 1, whole: true });
  const reload = invocation.number("reload", { min: 0.1 });
  return {
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(reload === undefined ? {} : { reloadMs: reload * SECOND_MS }),
  };
}

function endingText(
  { active, isUrgent }: { readonly active: number; readonly isUrgent: boolean },
): string {
  if (active === 0) return "Nothing more begins, and no run is under way";
  return isUrgent
    ? `Ending ${runs(active)} early`
    : `Waiting for ${runs(active)} to end; nothing more begins`;
}

function runs(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`;
}
