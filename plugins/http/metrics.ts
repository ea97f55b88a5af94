/**
 * What is counted, in the text format of Prometheus.
 *
 * @module
 */
import type { RunEvent } from "../../core/run/event.ts";
import { statusOf } from "../../core/run/status.ts";
import { VERSION } from "../../version.ts";

/** The media type of the text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Bounds of the buckets for how long answers take, in seconds. */
export const SECONDS_BUCKETS: readonly number[] = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

const ATTEMPT_OUTCOMES = ["succeeded", "failed", "skipped", "cancelled", "retried"] as const;

/** What is looked at when somebody asks. */
export interface Gauges {
  /** Runs that have not ended and that an engine drives. */
  readonly underWay: number;
  /** Runs that have not ended and that nobody drives. */
  readonly interrupted: number;
  /** Runs that have not ended and stand in line for a place in a concurrency group. */
  readonly queued: number;
  /** Permits of concurrency groups that are held, over all processes of the store. */
  readonly permitsHeld: number;
  /** Permits of concurrency groups that are waited for. */
  readonly permitsWaiting: number;
  /** Runs under way that were started here. */
  readonly startedHere: number;
  /** Open streams. */
  readonly streams: number;
}

/** Counts since the start of this process. */
export class Metrics {
  // Known from the start: of a series that is not there nothing can be told of its first step.
  readonly #runs = zeros("status", ["SUCCESS", "FAILED", "SKIP", "CANCEL"]);
  readonly #attempts = zeros("outcome", ATTEMPT_OUTCOMES);
  readonly #requests = new Map<string, number>();
  readonly #buckets: number[] = SECONDS_BUCKETS.map(() => 0);
  #answers = 0;
  #seconds = 0;
  #started = 0;
  #running = 0;
  #retries = 0;

  /** Counts what happened in runs. */
  count(events: readonly RunEvent[]): void {
    for (const event of events) {
      switch (event.type) {
        case "run.started":
          this.#started++;
          break;
        case "run.settled":
          add(this.#runs, `status="${statusOf(event.outcome)}"`);
          break;
        case "stage.started":
          this.#running++;
          break;
        case "stage.retry-scheduled":
          this.#running--;
          this.#retries++;
          add(this.#attempts, 'outcome="retried"');
          break;
        case "stage.settled":
          if (event.attempt > 0) this.#running--;
          if (event.attempt > 0) add(this.#attempts, `outcome="${event.outcome}"`);
          break;
        default:
          break; // The others say nothing that these do not.
      }
    }
  }

  /** Counts an answer. */
  answered(method: string, status: number, ms: number): void {
    add(this.#requests, `method="${METHODS.has(method) ? method : "other"}",status="${status}"`);
    const seconds = ms / 1_000;
    this.#answers++;
    this.#seconds += seconds;
    const at = SECONDS_BUCKETS.findIndex((bound) => seconds <= bound);
    if (at >= 0) this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
  }

  /** All of it as text. */
  text(gauges: Gauges): string {
    const { underWay, interrupted, queued, permitsHeld, permitsWaiting } = gauges;
    const { startedHere, streams } = gauges;
    return [
      ...family("sluice_build_info", "The version that runs", {
        type: "gauge",
        samples: [[`version="${VERSION}"`, 1]],
      }),
      ...family("sluice_runs_started_total", "Runs that began in this process", {
        type: "counter",
        samples: [["", this.#started]],
      }),
      ...family("sluice_runs_ended_total", "Runs that ended in this process, by status", {
        type: "counter",
        samples: [...this.#runs],
      }),
      ...family(
        "sluice_runs_under_way",
        "Runs that have not ended, by whether an engine drives them",
        {
          type: "gauge",
          samples: [['driven="true"', underWay], ['driven="false"', interrupted]],
        },
      ),
      ...family("sluice_runs_queued", "Runs that wait for a place in a concurrency group", {
        type: "gauge",
        samples: [["", queued]],
      }),
      ...family("sluice_permits", "Permits of concurrency groups, held and waited for", {
        type: "gauge",
        samples: [['phase="held"', permitsHeld], ['phase="waiting"', permitsWaiting]],
      }),
      ...family("sluice_http_runs_under_way", "Runs under way that were started over HTTP here", {
        type: "gauge",
        samples: [["", startedHere]],
      }),
      ...family("sluice_attempts_total", "Attempts of stages that ended in this process", {
        type: "counter",
        samples: [...this.#attempts],
      }),
      ...family("sluice_attempts_under_way", "Attempts of stages under way in this process", {
        type: "gauge",
        samples: [["", Math.max(0, this.#running)]],
      }),
      ...family("sluice_retries_total", "Attempts that another one follows", {
        type: "counter",
        samples: [["", this.#retries]],
      }),
      ...family("sluice_http_requests_total", "Requests by method and status", {
        type: "counter",
        samples: [...this.#requests],
      }),
      ...family("sluice_http_streams", "Open streams", {
        type: "gauge",
        samples: [["", streams]],
      }),
      ...this.#histogram(),
      "",
    ].join("\n");
  }

  #histogram(): readonly string[] {
    const name = "sluice_http_request_duration_seconds";
    let sum = 0;
    const buckets = SECONDS_BUCKETS.map((bound, at) => {
      sum += this.#buckets[at] ?? 0;
      return `${name}_bucket{le="${bound}"} ${sum}`;
    });
    return [
      `# HELP ${name} How long answers take until their body begins`,
      `# TYPE ${name} histogram`,
      ...buckets,
      `${name}_bucket{le="+Inf"} ${this.#answers}`,
      `${name}_sum ${this.#seconds}`,
      `${name}_count ${this.#answers}`,
    ];
  }
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

function zeros(label: string, values: readonly string[]): Map<string, number> {
  return new Map(values.map((value) => [`${label}="${value}"`, 0]));
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function family(
  name: string,
  help: string,
  { type, samples }: {
    readonly type: "counter" | "gauge";
    readonly samples: readonly (readonly [string, number])[];
  },
): readonly string[] {
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`),
  ];
}
