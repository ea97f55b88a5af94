/**
 * One run in a made-up world: the seed decides what the stages do, when the
 * engine dies, who cancels, which reports come late or twice, and where the
 * clock jumps.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Plan } from "../../core/plan/plan.ts";
import { anyAttempt } from "../../core/run/address.ts";
import { decodeEvent, encodeEvent } from "../../core/run/codec.ts";
import type { GivenStage, KeptJob, Report, RunCommand } from "../../core/run/command.ts";
import { step } from "../../core/run/decider.ts";
import {
  type Attempt,
  changedDemand,
  demand,
  wakeTime,
  wantsPermit,
} from "../../core/run/demand.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { snapshot } from "../../core/run/snapshot.ts";
import { evolve, initialState, replay, type RunState } from "../../core/run/state.ts";
import { checkEvent, checkJournal, checkState } from "./invariants.ts";
import { below, hashOf, pick, type Random, seeded } from "./random.ts";
import { randomPlan, simulatedLanguage } from "./random_plan.ts";

/** How often what goes wrong, per turn. */
export interface Faults {
  /** The engine dies before or after a journal write. */
  readonly crash: number;
  /** Somebody cancels. */
  readonly cancel: number;
  /** A report of an attempt comes again later, or a command that is out of place. */
  readonly stale: number;
  /** The clock is set forwards or back. */
  readonly jump: number;
}

/** What a simulation leaves. */
export interface Simulated {
  readonly plan: Plan;
  readonly journal: readonly RunEvent[];
  readonly state: RunState;
  readonly crashes: number;
}

/** How a run is simulated. */
export interface Simulation {
  readonly faults: Faults;
  /** Seeds everything that is not the plan or an outcome. @default the seed */
  readonly order?: number;
  /** Jobs that are taken over from an earlier run. */
  readonly kept?: readonly KeptJob[];
  /** Stages that end as they had in an earlier run. */
  readonly given?: readonly GivenStage[];
  /** How often somebody settles a stage by hand when an engine that died comes back. @default 0 */
  readonly override?: number;
}

const MAX_TURNS = 20_000;
const LONGEST_JUMP_MS = 3_000;
/** The live state is compared with the replayed one after so many turns. */
const COMPARED_EVERY = 4;

/** Runs the plan of `seed` to its end. */
export function simulateRun(seed: number, simulation: Simulation): Simulated {
  return new World(seed, simulation).run();
}

class World {
  readonly #seed: number;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #kept: readonly KeptJob[];
  readonly #given: readonly GivenStage[];
  readonly #override: number;
  readonly #journal: RunEvent[] = [];
  /** What an engine would have under way, by attempt key. */
  readonly #underway = new Map<string, Attempt>();
  readonly #reported: Report[] = [];
  #state = initialState();
  /** Follows the journal alone. */
  #replica = initialState();
  #now = 1_000_000;
  #crashes = 0;

  constructor(seed: number, { faults, order, kept, given, override }: Simulation) {
    this.#seed = seed;
    this.#faults = faults;
    this.#random = seeded(order ?? seed ^ 0x9e3779b9);
    this.#plan = randomPlan(seed);
    this.#kept = kept ?? [];
    this.#given = given ?? [];
    this.#override = override ?? 0;
  }

  run(): Simulated {
    for (let turn = 0; this.#state.phase !== "settled"; turn++) {
      ok(turn < MAX_TURNS, "the run ends");
      this.#passTime();
      if (this.#random() < this.#faults.crash) this.#die();
      else this.#take(this.#commands());
      checkState(this.#state);
      if (turn % COMPARED_EVERY === 0) this.#compare();
    }
    this.#compare();
    checkJournal(this.#journal, this.#plan);
    return {
      plan: this.#plan,
      journal: this.#journal,
      state: this.#state,
      crashes: this.#crashes,
    };
  }

  #passTime(): void {
    this.#now += 1 + below(this.#random, 10);
    if (this.#random() < this.#faults.jump) {
      this.#now += below(this.#random, 2 * LONGEST_JUMP_MS) - LONGEST_JUMP_MS;
    }
  }

  /** What comes in one turn: mostly one command, at times several at once. */
  #commands(): RunCommand[] {
    if (this.#journal.length === 0) return [this.#start()];
    const commands = [this.#command()];
    while (this.#underway.size > 0 && this.#random() < 0.2) commands.push(this.#command());
    return commands;
  }

  #start(): RunCommand {
    const begin = { type: "start", at: this.#now, run: `run-${this.#seed}` } as const;
    const isTooLate = this.#random() < this.#faults.cancel;
    const cancel = isTooLate ? { cancel: { by: "somebody", why: "too late" } } : {};
    return { ...begin, plan: this.#plan, kept: this.#kept, given: this.#given, ...cancel };
  }

  #command(): RunCommand {
    const { cancel, stale } = this.#faults;
    // Who has cancelled once is likely to do so again.
    const impatience = this.#state.phase === "cancelling" ? 10 : 1;
    if (this.#random() < cancel * impatience) {
      return { type: "cancel", at: this.#now, by: "somebody", why: "no reason" };
    }
    if (this.#random() < stale) return this.#staleCommand();
    return this.#nextCommand();
  }

  /** One of what is under way ends, or time passes. */
  #nextCommand(): RunCommand {
    const due = wakeTime(this.#state);
    if (wantsPermit(this.#state) && (due === Infinity || this.#random() < 0.5)) {
      return this.#answerClaim();
    }
    const attempts = [...this.#underway.values()];
    if (attempts.length > 0 && (due === Infinity || this.#random() < 0.8)) {
      return this.#end(pick(this.#random, attempts));
    }
    ok(due !== Infinity, "the run waits for something");
    this.#now = Math.max(this.#now, due);
    return { type: "wake", at: this.#now };
  }

  /** A group has room sooner or later, unless it does not let the run wait. */
  #answerClaim(): RunCommand {
    const at = this.#now;
    const hasBegun = [...this.#state.jobs.values()].some(({ attempt }) => attempt > 0);
    if (hasBegun || this.#random() >= this.#faults.cancel) return { type: "admit", at };
    const outcome = this.#random() < 0.5 ? "skipped" : "cancelled";
    return { type: "refuse", at, group: "shared", outcome };
  }

  #end({ key, address, attempt, stage, wanted }: Attempt): Report {
    this.#underway.delete(key);
    // What is to end may still come to its own end.
    const isObedient = !wanted && this.#random() < 0.7;
    const report: Report = {
      type: "report",
      at: this.#now,
      stage: address,
      attempt,
      ...(isObedient
        ? { outcome: "cancelled", outputs: {} }
        : outcomeFor(`${this.#seed}:${address}!${stage.failures}`)),
    };
    this.#reported.push(report);
    return report;
  }

  /** Something that must change nothing, unless it happens to be in place. */
  #staleCommand(): RunCommand {
    const at = this.#now;
    if (this.#reported.length === 0 || this.#random() < 0.2) return { type: "wake", at };
    if (this.#random() < 0.1) return this.#start();
    if (this.#random() < 0.05 && !wantsPermit(this.#state)) return this.#answerClaim();
    return { ...pick(this.#random, this.#reported), at };
  }

  #take(commands: readonly RunCommand[]): void {
    const known = new Set(this.#state.live.values());
    const events = commands.flatMap((command) => {
      const decided = step(this.#state, command, simulatedLanguage);
      if (command.type === "wake") {
        ok(wakeTime(this.#state) > command.at, "nobody is woken twice for the same");
      }
      return decided;
    });
    if (events.length > 0 && this.#random() < this.#faults.crash) return this.#die();
    this.#append(events);
    ok(this.#state.live.size <= known.size + events.length, "what begins is written down");
    this.#reconcile();
  }

  /** As an engine does: begins what is wanted, ends what is not. */
  #reconcile(): void {
    for (const attempt of changedDemand(this.#state)) {
      const { key, wanted } = attempt;
      const isUnderway = this.#underway.has(key);
      if (isUnderway) equal(wanted, false, "what is under way is not begun again");
      this.#underway.set(key, attempt);
    }
    const wanted = new Map(demand(this.#state).map((attempt) => [attempt.key, attempt.wanted]));
    deepEqual(
      new Map(Array.from(this.#underway, ([key, attempt]) => [key, attempt.wanted])),
      wanted,
      "what changed adds up to the demand",
    );
  }

  /** The engine dies: what was not written is forgotten, what was under way is lost. */
  #die(): void {
    this.#crashes++;
    this.#underway.clear();
    this.#state = replay(this.#journal);
    if (this.#state.phase === "new" || this.#state.phase === "settled") return;
    const lost = new Set(demand(this.#state).map(({ key }) => key));
    const recover = { type: "recover", at: this.#now, given: this.#settledByHand() } as const;
    this.#append(step(this.#state, recover, simulatedLanguage));
    for (const { key } of demand(this.#state)) {
      ok(!lost.has(key), "a lost attempt is not taken up again");
    }
    this.#reconcile();
  }

  #settledByHand(): readonly GivenStage[] {
    // No draw where nobody does: old seeds stay what they were.
    if (this.#override === 0 || this.#random() >= this.#override) return [];
    const stages = [...this.#state.stages.keys()].map(anyAttempt);
    if (stages.length === 0) return [];
    const reason = { kind: "overridden", by: "somebody", why: "it is done" } as const;
    const outcome = pick(this.#random, ["succeeded", "skipped", "failed"] as const);
    return [{ stage: pick(this.#random, stages), outcome, outputs: { by: "hand" }, reason }];
  }

  #append(events: readonly RunEvent[]): void {
    for (const event of events.map(encodeEvent).map(decodeEvent)) {
      checkEvent(this.#replica, event);
      this.#journal.push(event);
      evolve(this.#replica, event);
    }
  }

  #compare(): void {
    deepEqual(snapshot(this.#replica), snapshot(this.#state), "a replayed state is the live one");
  }
}

/** What an attempt comes to: the same for the same seed, in whatever order things happen. */
function outcomeFor(key: string): Pick<Report, "outcome" | "outputs" | "failure"> {
  const chance = hashOf(key) % 100;
  if (chance < 75) return { outcome: "succeeded", outputs: { said: key } };
  const failure = (name: string, retryable: boolean) => ({ name, message: key, retryable });
  if (chance < 82) {
    return { outcome: "skipped", outputs: {}, failure: failure("StageSkipError", false) };
  }
  if (chance < 84) {
    return { outcome: "cancelled", outputs: {}, failure: failure("StageCancelError", false) };
  }
  return { outcome: "failed", outputs: {}, failure: failure("StageError", chance < 96) };
}
