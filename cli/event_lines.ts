/**
 * The events of a run as a list, one line each: what the journal holds.
 *
 * @module
 */
import type { RunEvent } from "../core/run/event.ts";
import type { Paint } from "./paint.ts";
import { terminalText } from "./terminal_text.ts";

const TIME_COLUMNS = 10;
const TYPE_COLUMNS = "stage.retry-scheduled".length;

/** Number, seconds since the first, type and fields of each event. */
export function eventLines(events: readonly RunEvent[], paint: Paint): readonly string[] {
  const startedAt = events[0]?.at ?? 0;
  const width = String(events.length).length;
  return events.map((event, index) => {
    const number = String(index + 1).padStart(width);
    const since = `+${((event.at - startedAt) / 1_000).toFixed(3)}s`.padStart(TIME_COLUMNS);
    const type = event.type.padEnd(TYPE_COLUMNS);
    return [paint.dim(`${number}  ${since}`), paint.cyan(type), terminalText(fieldsOf(event))]
      .join("  ");
  });
}

function fieldsOf(event: RunEvent): string {
  // The plan is as long as the workflow; "sluice plan" shows one better.
  const { type: _type, at: _at, ...fields } = event.type === "run.started"
    ? { ...event, plan: event.plan.workflow }
    : event;
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}
