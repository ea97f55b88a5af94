/**
 * The loop that makes a run happen. It holds every effect and no rule: it
 * takes commands, has them decided, journals what follows, tells the sinks,
 * and then begins what should be under way and aborts what should not.
 *
 * @module
 */
import type { Clock } from "../plugin/ports.ts";
import type { RunJournal, RunSummary } from "../plugin/journal.ts";
import { encodeEvent } from "../run/codec.ts";
import type { RunCommand } from "../run/command.ts";
import { step } from "../run/decider.ts";
import { type Attempt, attemptKey, changedDemand, wakeTime, wantsPermit } from "../run/demand.ts";
import type { RunEvent } from "../run/event.ts";
import { FewMap } from "../run/few_map.ts";
import type { RunState } from "../run/state.ts";
import type { FirstDecision } from "./first_decision.ts";
import type { Inbox } from "./inbox.ts";
import type { LoadedLanguage } from "./language.ts";

/** What one run is driven with. */
export interface Drive {
  /** The state so far; changed in place. */
  readonly state: RunState;
  readonly language: LoadedLanguage;
  readonly journal: RunJournal;
  readonly clock: Clock;
  /** Where commands come in; the first is already there, unless it has been decided. */
  readonly inbox: Inbox<RunCommand>;
  /** What the first command comes to, where that was decided ahead: `state` has it already. @default it is decided now */
  readonly decided?: FirstDecision | undefined;
  /** What lists of runs are to show, once it changes. */
  readonly summarise: (state: RunState) => RunSummary;
  /** Told whenever the state may want something else of its concurrency groups. */
  readonly claim: () => void;
  /** Told of events once they are durable. */
  readonly tell: (events: readonly RunEvent[]) => void;
  /** Carries out an attempt and reports; never rejects. */
  readonly execute: (attempt: Attempt, signal: AbortSignal) => Promise<RunCommand>;
}

/**
 * Drives a run to its end. Rejects with the journal's error when it cannot be
 * written: then everything under way is aborted, and the run can be resumed.
 */
export async function driveRun(drive: Drive): Promise<void> {
  const { state, journal, inbox, claim, decided } = drive;
  await using underway = new Underway(drive);
  using alarm = new Alarm(drive);
  const act = async ({ events, records, summary }: Decided) => {
    if (events.length > 0) {
      // The journal first: if the process dies between these two lines, an
      // attempt is known to have begun and recovery can say so; the other way
      // round it would run twice and nobody would know.
      await journal.append(records, summary);
      drive.tell(events);
    }
    underway.reconcile();
    claim();
    alarm.set(wakeTime(state));
  };
  if (decided !== undefined) await act({ ...decided, summary: drive.summarise(state) });
  while (state.phase !== "settled") {
    const before = listedAs(state);
    const commands = await inbox.takeAll();
    const events = decideAll(drive, commands);
    underway.forget(commands);
    const summary = listedAs(state) === before ? undefined : drive.summarise(state);
    await act({ events, records: events.map(encodeEvent), summary });
  }
}

/** Events on their way into the journal. */
interface Decided extends Pick<FirstDecision, "events" | "records"> {
  /** What lists of runs are to show from then on, if that is something else than before. */
  readonly summary: RunSummary | undefined;
}

/** What lists of runs tell apart. */
function listedAs(state: RunState): string {
  return wantsPermit(state) ? "waiting" : state.phase;
}

function decideAll({ state, language }: Drive, commands: readonly RunCommand[]): RunEvent[] {
  return commands.flatMap((command) => step(state, command, language));
}

/** An attempt that was begun and whose report has not been decided upon. */
interface Begun {
  readonly controller: AbortController;
  readonly reported: Promise<void>;
}

/** The attempts under way. */
class Underway implements AsyncDisposable {
  readonly #drive: Drive;
  readonly #attempts = new FewMap<string, Begun>();

  constructor(drive: Drive) {
    this.#drive = drive;
  }

  /**
   * Lets go of attempts whose reports have been decided upon. Not sooner: until
   * then the state still wants them, and they would be begun again.
   */
  forget(commands: readonly RunCommand[]): void {
    for (const command of commands) {
      if (command.type !== "report") continue;
      this.#attempts.delete(attemptKey(command.stage, command.attempt));
    }
  }

  /** Begins what should be under way and is not; aborts what is and should not be. */
  reconcile(): void {
    for (const attempt of changedDemand(this.#drive.state)) {
      const begun = this.#attempts.get(attempt.key);
      if (attempt.wanted && begun === undefined) this.#begin(attempt);
      else if (!attempt.wanted && begun === undefined) this.#giveUp(attempt);
      else if (!attempt.wanted) begun?.controller.abort();
    }
  }

  /** Nothing outlives the run: what is under way is aborted and waited for. */
  async [Symbol.asyncDispose](): Promise<void> {
    const begun = [...this.#attempts.values()];
    for (const { controller } of begun) controller.abort();
    await Promise.all(begun.map(({ reported }) => reported));
  }

  #begin(attempt: Attempt): void {
    const controller = new AbortController();
    const reported = this.#drive.execute(attempt, controller.signal)
      .then((report) => this.#drive.inbox.put(report));
    this.#attempts.set(attempt.key, { controller, reported });
  }

  /** It was called off in the same breath as it was asked for, so nobody else will report on it. */
  #giveUp({ address, attempt }: Attempt): void {
    const { inbox, clock } = this.#drive;
    inbox.put({
      type: "report",
      at: clock.now(),
      stage: address,
      attempt,
      outcome: "cancelled",
      outputs: {},
    });
  }
}

const SET_ANEW = "the alarm was set anew";

/** Milliseconds after which whoever waits looks at the clock. */
const LONGEST_REST_MS = 60_000;

/** Wakes the run when something is due. */
class Alarm implements Disposable {
  readonly #drive: Drive;
  #dueAt = Infinity;
  #controller: AbortController | undefined;

  constructor(drive: Drive) {
    this.#drive = drive;
  }

  set(dueAt: number): void {
    if (dueAt === this.#dueAt) return;
    this[Symbol.dispose]();
    this.#dueAt = dueAt;
    if (dueAt === Infinity) return;
    this.#controller = new AbortController();
    this.#wait(dueAt, this.#controller.signal);
  }

  [Symbol.dispose](): void {
    // With a reason of our own: the one that is made otherwise takes longer than all the rest here.
    this.#controller?.abort(SET_ANEW);
    this.#controller = undefined;
  }

  /**
   * By intervals: a clock that is put back prolongs no limit. A machine that was
   * asleep measures none meanwhile, so now and then the clock is asked as well.
   */
  async #passed(dueAt: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#drive;
    for (let leftMs = dueAt - clock.now(); leftMs > 0;) {
      const restMs = Math.min(leftMs, LONGEST_REST_MS);
      await clock.pause(restMs, signal);
      leftMs = Math.min(leftMs - restMs, dueAt - clock.now());
    }
  }

  #wait(dueAt: number, signal: AbortSignal): void {
    const { clock, inbox } = this.#drive;
    this.#passed(dueAt, signal).then(
      () => {
        this.#dueAt = Infinity;
        // Never before what was due, even if the clock has been set back meanwhile.
        inbox.put({ type: "wake", at: Math.max(dueAt, clock.now()) });
      },
      () => {}, // The alarm was set anew.
    );
  }
}
