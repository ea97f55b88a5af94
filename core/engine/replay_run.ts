/**
 * Decides a run once more from what is recorded of it. Nothing is begun: where
 * a stage is wanted, what was reported of it then is reported again.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import { RUN } from "../run/address.ts";
import { encodeEvent } from "../run/codec.ts";
import type { GivenStage, KeptJob, Report, RunCommand, Start } from "../run/command.ts";
import type { Language } from "../run/contexts.ts";
import { step } from "../run/decider.ts";
import { wakeTime } from "../run/demand.ts";
import type { RunEvent, StageGiven, StageRetryScheduled, StageSettled } from "../run/event.ts";
import { initialState, replay, type RunState } from "../run/state.ts";

/** The most retries that are waited for behind the recording's end. */
export const MAX_FURTHER_WAKES = 10_000;

/** Something that ended in another way than it is recorded. */
export interface ReplayDifference {
  /** A job, a stage, or `""` for the run. */
  readonly address: string;
  /** How it is recorded; `undefined` where it is not. */
  readonly recorded: string | undefined;
  /** What comes of it now; `undefined` where nothing does. */
  readonly replayed: string | undefined;
}

/** What a replay comes to. */
export interface Replay {
  /** All that was decided. */
  readonly events: readonly RunEvent[];
  /** The state at its end. Not settled when it wants what is not recorded. */
  readonly state: RunState;
  /** Whether each event is the one that is recorded. */
  readonly same: boolean;
  /** What ended otherwise. */
  readonly differences: readonly ReplayDifference[];
}

/** Decides a recorded run once more: by its own plan, or by another one. */
export function replayRun(
  recorded: readonly RunEvent[],
  { language, plan }: { readonly language: Language; readonly plan?: Plan | undefined },
): Replay {
  const recorder = new Recording(recorded, language);
  const [first] = recorded;
  if (first?.type !== "run.started") {
    throw new Error("Internal error: a journal does not begin with its run");
  }
  recorder.take({ ...first, type: "start", plan: plan ?? first.plan, ...broughtAlong(recorded) });
  for (const event of recorded) recorder.follow(event);
  recorder.goOn();
  const { events, state } = recorder;
  return {
    ...{ events, state },
    same: sameEvents(recorded, events),
    differences: differencesOf(replay(recorded), state),
  };
}

/** A run that is decided again. */
class Recording {
  readonly state: RunState = initialState();
  readonly events: RunEvent[] = [];
  readonly #language: Language;
  readonly #reports: ReadonlyMap<string, Report>;
  readonly #given: readonly StageGiven[];

  constructor(recorded: readonly RunEvent[], language: Language) {
    this.#language = language;
    this.#given = recorded.flatMap((event) => event.type === "stage.given" ? event : []);
    this.#reports = new Map(
      recorded.flatMap(reportIn).map((report) => [`${report.stage}#${report.attempt}`, report]),
    );
  }

  take(command: RunCommand): void {
    this.events.push(...step(this.state, command, this.#language));
  }

  /** What came from outside and led to this event comes again. */
  follow(event: RunEvent): void {
    const { at } = event;
    // Whatever the decider has decided by itself is there already.
    if (this.#isTaken(event)) return;
    const command = commandFor(event);
    if (command === "recover") {
      return this.take({ type: "recover", at, given: this.#givenAt(at) });
    }
    if (command !== undefined && this.#takes(command)) return;
    // What had been waiting went on.
    if (wakeTime(this.state) <= at) this.take({ type: "wake", at });
    if (command !== undefined) this.#takes(command);
  }

  #givenAt(at: number): readonly GivenStage[] {
    return this.#given.filter((given) => given.at === at).map(givenBy);
  }

  /** Whether it was of use: another plan may not have come to that attempt, or not yet. */
  #takes(command: RunCommand): boolean {
    if (command.type !== "report") this.take(command);
    else if (this.state.live.get(command.stage)?.attempt === command.attempt) this.#report(command);
    else return false;
    return true;
  }

  /** Another plan may want what was recorded in another order, or later. */
  goOn(): void {
    for (let wakes = 0; wakes < MAX_FURTHER_WAKES; wakes++) {
      this.#reportWhatIsKnown();
      const dueAt = wakeTime(this.state);
      // What is under way and not recorded would have to be begun.
      if (this.state.live.size > 0 || dueAt === Infinity) return;
      this.take({ type: "wake", at: dueAt });
    }
  }

  #reportWhatIsKnown(): void {
    for (let found = true; found;) {
      const report = [...this.state.live.values()]
        .map(({ address, attempt }) => this.#reports.get(`${address}#${attempt}`))
        .find((report) => report !== undefined);
      found = report !== undefined;
      if (report !== undefined) this.#report(report);
    }
  }

  /** What the stage declares is evaluated again, so it is no part of what it reports. */
  #report(report: Report): void {
    const stage = this.state.live.get(report.stage);
    const declared = stage?.planned.outputs ?? {};
    const outputs = Object.fromEntries(
      Object.entries(report.outputs).filter(([name]) => !Object.hasOwn(declared, name)),
    );
    this.take({ ...report, outputs });
  }

  #isTaken(event: RunEvent): boolean {
    return this.events.some((taken) => taken.at === event.at && same(taken, event));
  }
}

/** What from outside led to an event, if anything did. */
function commandFor(event: RunEvent): RunCommand | "recover" | undefined {
  switch (event.type) {
    case "cancel.requested": {
      const { at, target, reason } = event;
      if (target !== RUN || reason.kind !== "requested") return undefined;
      return { type: "cancel", at, by: reason.by, why: reason.why };
    }
    case "permit.granted":
      return { type: "admit", at: event.at };
    case "stage.given":
      return "recover";
    case "stage.retry-scheduled":
      return event.reason.kind === "lost" ? "recover" : reportIn(event)[0];
    case "stage.settled":
      return event.failure?.name === LOST || event.reason?.kind === "lost"
        ? "recover"
        : reportIn(event)[0];
    default:
      return undefined;
  }
}

const LOST = "StageLostError";

/** What was reported of an attempt, as far as the event tells. */
function reportIn(event: RunEvent): Report[] {
  if (event.type === "stage.retry-scheduled") return [failedReport(event)];
  if (event.type === "stage.settled" && event.attempt > 0) return [settledReport(event)];
  return [];
}

function failedReport({ at, stage, attempt, failure }: StageRetryScheduled): Report {
  return { type: "report", at, stage, attempt, outcome: "failed", outputs: {}, failure };
}

function settledReport(event: StageSettled): Report {
  const { at, stage, attempt, outcome, outputs = {}, reason } = event;
  const failure = event.failure ??
    (reason?.kind === "stage-said"
      ? { name: "StageSkipError", message: reason.message, retryable: false }
      : undefined);
  return {
    ...{ type: "report", at, stage, attempt, outcome, outputs },
    ...(failure === undefined ? {} : { failure }),
  };
}

/** What the run began with: the jobs and stages that it took over, before anything was decided. */
function broughtAlong(
  [, ...recorded]: readonly RunEvent[],
): Required<Pick<Start, "kept" | "given">> {
  const kept: KeptJob[] = [];
  const given: GivenStage[] = [];
  for (const event of recorded) {
    if (event.type === "job.kept") {
      kept.push({ job: event.job, outcome: event.outcome, entry: event.entry });
    } else if (event.type === "stage.given") given.push(givenBy(event));
    else break;
  }
  return { kept, given };
}

function givenBy({ stage, outcome, outputs = {}, reason }: StageGiven): GivenStage {
  return { stage, outcome, outputs, reason };
}

function same(one: RunEvent, other: RunEvent): boolean {
  return one.type === other.type && encodeEvent(one) === encodeEvent(other);
}

function sameEvents(recorded: readonly RunEvent[], replayed: readonly RunEvent[]): boolean {
  return recorded.length === replayed.length &&
    recorded.every((event, index) => {
      const other = replayed[index];
      return other !== undefined && same(event, other);
    });
}

function differencesOf(recorded: RunState, replayed: RunState): ReplayDifference[] {
  const [before, now] = [endingsOf(recorded), endingsOf(replayed)];
  return [...new Set([...before.keys(), ...now.keys()])]
    .map((address) => ({ address, recorded: before.get(address), replayed: now.get(address) }))
    .filter((difference) => difference.recorded !== difference.replayed);
}

/** How each part ended, or where it stands. */
function endingsOf(state: RunState): ReadonlyMap<string, string> {
  const endings = new Map<string, string>([[RUN, state.outcome ?? state.phase]]);
  for (const [id, job] of state.jobs) endings.set(id, job.outcome ?? job.phase);
  for (const [address, stage] of state.stages) {
    endings.set(address, stage.outcome ?? stage.phase);
  }
  return endings;
}
