/**
 * What events mean to people who follow a run: the lines of a trace, in the
 * words of the reference where it has any (REFERENCE C-334).
 *
 * @module
 */
import type { MissedRun, Trace, TraceEntry, TraceLevel } from "../../core/plugin/sink.ts";
import type { Address, Failure, Outcome, RunEvent } from "../../core/run/event.ts";

/** What a trace takes in besides what happened. */
export interface TraceOptions {
  /** For messages about it. */
  readonly name: string;
  /** Whether debug entries are wanted. */
  readonly debug: boolean;
  /** Whether what stages print is wanted too. */
  readonly output: boolean;
  /** Takes entries, at once. */
  readonly write: (entries: readonly TraceEntry[]) => void;
}

/** A sink that makes entries of what happens. */
export function traceOf({ name, debug, output, write }: TraceOptions): Trace {
  const pass = (entries: readonly TraceEntry[]) => {
    const wanted = entries.filter(({ level }) => debug || level !== "debug");
    if (wanted.length > 0) write(wanted);
  };
  return {
    name,
    events: (runId, events) => pass(events.flatMap((event) => entriesOf(runId, event))),
    missed: (missed) => pass([missedEntry(missed)]),
    ...(output
      ? {
        lines: (runId, { at, stage, stream, text }) => {
          const level = stream === "stdout" ? "info" : "warning";
          pass(
            text.split("\n").map((message) => ({
              ...{ atMs: at, level, module: "stage", runId, address: stage, message },
            })),
          );
        },
      }
      : {}),
  };
}

/** The entries of one event; most have one. */
export function entriesOf(runId: string, event: RunEvent): readonly TraceEntry[] {
  const said = saidOf(event);
  if (said === undefined) return [];
  const [level, module, address, message] = said;
  return [{ atMs: event.at, level, module, runId, address, message }];
}

/** Under the id of the run that did not come, so that whoever looks for it finds out why. */
function missedEntry({ workflow, runId, atMs, why, ...missed }: MissedRun): TraceEntry {
  const message = `Missed '${workflow}' for ${missedText(missed)}: ${why}`;
  return { atMs, level: "error", module: "workflow", runId, address: "", message };
}

function missedText(
  { firstMs, slotMs, count }: Pick<MissedRun, "firstMs" | "slotMs" | "count">,
): string {
  const newest = new Date(slotMs).toISOString();
  if (count === 1) return newest;
  return `${count ?? "many"} slots from ${new Date(firstMs).toISOString()} to ${newest}`;
}

type Said = readonly [
  level: TraceLevel,
  module: TraceEntry["module"],
  address: Address,
  message: string,
];

function saidOf(event: RunEvent): Said | undefined {
  switch (event.type) {
    case "run.started":
      return ["info", "workflow", "", `Start '${event.plan.workflow}'`];
    case "run.settled":
      return [levelOf(event.outcome), "workflow", "", endText("run", "", event)];
    case "cancel.requested":
      return [
        "warning",
        "workflow",
        event.target,
        `End requested of '${event.target || "the run"}'`,
      ];
    case "job.started":
      return ["info", "job", event.job, `Execute Job: '${event.job}'${nth(event.attempt)}`];
    case "job.retry-scheduled":
      return ["warning", "job", event.job, retryText(event)];
    case "job.settled":
      return [levelOf(event.outcome), "job", event.job, endText("Job", event.job, event)];
    case "branch.started":
      return ["debug", "job", event.branch, `Start '${event.branch}'`];
    case "branch.settled":
      return ["debug", "job", event.branch, endText("", event.branch, event)];
    case "stage.started":
      return ["info", "stage", event.stage, `Execute Stage: '${event.stage}'${nth(event.attempt)}`];
    case "stage.retry-scheduled":
      return ["warning", "stage", event.stage, retryText(event)];
    case "stage.settled":
      return [levelOf(event.outcome), "stage", event.stage, endText("Stage", event.stage, event)];
    default:
      return undefined; // It says how a run goes on inside, and nothing that anybody follows.
  }
}

function levelOf(outcome: Outcome): TraceLevel {
  switch (outcome) {
    case "failed":
      return "error";
    case "cancelled":
      return "warning";
    default:
      return "info";
  }
}

function nth(attempt: number): string {
  return attempt > 1 ? ` (attempt ${attempt})` : "";
}

function retryText(
  { attempt, failure }: { readonly attempt: number; readonly failure: Failure },
): string {
  return `Retry count: ${attempt}: ${failure.message}`;
}

function endText(
  what: string,
  name: string,
  { outcome, failure }: { readonly outcome: Outcome; readonly failure?: Failure },
): string {
  const part = [what, name === "" ? "" : `'${name}'`].filter((it) => it !== "").join(" ");
  const why = failure === undefined ? "" : `: ${failure.name}: ${failure.message}`;
  return `End ${part}: ${outcome}${why}`;
}
