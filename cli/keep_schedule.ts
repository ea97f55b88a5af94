/**
 * What goes on while somebody schedules: runs start, and old ones go.
 *
 * @module
 */
import { type DailyRetention, retainDaily } from "../core/engine/apply_retention.ts";
import type { Scheduler } from "../core/engine/scheduler.ts";
import { together } from "../core/engine/together.ts";
import type { Sluice } from "../preset.ts";

/** What a schedule is kept with. */
export interface KeepScheduleOptions extends DailyRetention {
  /** Starts the runs. */
  readonly scheduler: Scheduler;
}

/** Starts runs and applies the retention until the signal is aborted; neither goes on without the other. */
export async function keepSchedule(
  sluice: Sluice,
  { scheduler, signal, ...daily }: KeepScheduleOptions,
): Promise<void> {
  await together(signal, [
    (ending) => scheduler.run(ending),
    (ending) => retainDaily(sluice, { ...daily, signal: ending }),
  ]);
}
