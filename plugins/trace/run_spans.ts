/**
 * A run as spans, in the JSON of OpenTelemetry's protocol (OTLP): one for the
 * run, and below it one for each job, leg or branch, stage and attempt.
 *
 * All ids follow from the run's id and the addresses in it, so a run that is
 * taken up after a crash goes on in the same trace.
 *
 * @module
 */
import { sha256Hex } from "../../core/expr/sha256.ts";
import type { Address, Outcome, RunEvent } from "../../core/run/event.ts";

/** A span as OTLP has it. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: 1;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly status: { readonly code: 1 | 2; readonly message?: string };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** More parts of a run than this are not followed at once; they have no spans. */
export const MAX_OPEN_SPANS = 100_000;

const TRACE_DIGITS = 32;
const SPAN_DIGITS = 16;

interface Open {
  readonly startMs: number;
  readonly parent: string | undefined;
}

/** Makes spans of one run's events: a span is complete once its part has ended. */
export class RunSpans {
  readonly #runId: string;
  readonly #open = new Map<string, Open>();
  #workflow = "";

  /** @param runId The run. */
  constructor(runId: string) {
    this.#runId = runId;
  }

  /** The spans that an event completes. */
  add(event: RunEvent): readonly Span[] {
    switch (event.type) {
      case "run.started":
        this.#workflow = event.plan.workflow;
        return this.#begin("", event.at, undefined);
      case "run.settled":
        return this.#end("", event, `workflow ${this.#workflow}`);
      case "job.started":
        // A job that begins again is one span with all its attempts.
        return this.#open.has(event.job) ? [] : this.#begin(event.job, event.at, "");
      case "job.settled":
        return this.#end(event.job, event, `job ${event.job}`);
      case "branch.started":
        return this.#begin(event.branch, event.at, parentOf(event.branch));
      case "branch.settled":
        return this.#end(event.branch, event, event.branch);
      case "stage.started":
        if (!this.#open.has(event.stage)) this.#begin(event.stage, event.at, parentOf(event.stage));
        return this.#begin(`${event.stage}#${event.attempt}`, event.at, event.stage);
      case "stage.retry-scheduled":
        return this.#end(
          `${event.stage}#${event.attempt}`,
          { ...event, outcome: "failed" },
          "attempt",
        );
      case "stage.settled":
        return [
          ...this.#end(`${event.stage}#${event.attempt}`, event, "attempt"),
          ...this.#end(event.stage, event, `stage ${event.stage}`),
        ];
      default:
        return [];
    }
  }

  #begin(key: string, startMs: number, parent: string | undefined): readonly Span[] {
    if (this.#open.size < MAX_OPEN_SPANS) this.#open.set(key, { startMs, parent });
    return [];
  }

  #end(
    key: string,
    { at, outcome, failure }: {
      readonly at: number;
      readonly outcome: Outcome;
      readonly failure?: { readonly message: string };
    },
    name: string,
  ): readonly Span[] {
    const open = this.#open.get(key);
    if (open === undefined) return []; // It never began, or before this engine took the run up.
    this.#open.delete(key);
    const attributes = {
      "sluice.run_id": this.#runId,
      "sluice.workflow": this.#workflow,
      "sluice.address": key,
      "sluice.outcome": outcome,
    };
    return [{
      traceId: traceIdOf(this.#runId),
      spanId: this.#spanId(key),
      ...(open.parent === undefined ? {} : { parentSpanId: this.#spanId(open.parent) }),
      name: name === "attempt" ? `attempt ${key}` : name,
      kind: 1,
      startTimeUnixNano: nanos(open.startMs),
      endTimeUnixNano: nanos(at),
      attributes: Object.entries(attributes).map(([key, text]) => ({
        key,
        value: { stringValue: text },
      })),
      status: outcome === "failed" || outcome === "cancelled"
        ? { code: 2, ...(failure === undefined ? {} : { message: failure.message }) }
        : { code: 1 },
    }];
  }

  #spanId(key: string): string {
    return sha256Hex(`${this.#runId}/${key}`).slice(0, SPAN_DIGITS);
  }
}

/** The trace of a run. */
export function traceIdOf(runId: string): string {
  return sha256Hex(runId).slice(0, TRACE_DIGITS);
}

/** What a part belongs to: a stage to its branch, a branch to its stage or job. */
function parentOf(address: Address): Address {
  const cut = Math.max(
    address.lastIndexOf("/"),
    address.endsWith("]") ? address.lastIndexOf("[") : -1,
  );
  const parent = cut < 0 ? "" : address.slice(0, cut);
  // A job's further attempts are one span with the first.
  return parent.includes("[") || parent.includes("/") ? parent : parent.replace(/~\d+$/, "");
}

function nanos(ms: number): string {
  return `${Math.trunc(ms)}000000`;
}
