/**
 * One run in a made-up world: the seed decides what the stages do, when the
 * engine dies, who cancels, and which reports come late or twice.
 *
 * @module
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import type { Plan } from "../../core/plan/plan.ts";
import { decodeEvent, encodeEvent } from "../../core/run/codec.ts";
import type { Report, RunCommand } from "../../core/run/command.ts";
import { step } from "../../core/run/decider.ts";
import { type Attempt, demand, wakeTime } from "../../core/run/demand.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { snapshot } from "../../core/run/snapshot.ts";
import { initialState, replay, type RunState } from "../../core/run/state.ts";
import { checkInvariants } from "./invariants.ts";
import { below, hashOf, pick, type Random, seeded } from "./random.ts";
import { randomPlan, simulatedLanguage } from "./random_plan.ts";

/** How often what goes wrong, per step. */
export interface Faults {
  /** The engine dies before or after a journal write. */
  readonly crash: number;
  /** Somebody cancels. */
  readonly cancel: number;
  /** A report of an attempt comes again later. */
  readonly stale: number;
}

/** What a simulation leaves. */
export interface Simulated {
  readonly plan: Plan;
  readonly journal: readonly RunEvent[];
  readonly state: RunState;
  readonly crashes: number;
}

const MAX_STEPS = 20_000;

/** Runs the plan of `seed` to its end; `order` seeds everything that is not the plan or an outcome. */
export function simulateRun(
  seed: number,
  options: { readonly faults: Faults; readonly order?: number },
): Simulated {
  const world = new World(seed, options.faults, options.order ?? seed ^ 0x9e3779b9);
  return world.run();
}

class World {
  readonly #seed: number;
  readonly #faults: Faults;
  readonly #random: Random;
  readonly #plan: Plan;
  readonly #journal: string[] = [];
  readonly #reported: Report[] = [];
  #state = initialState();
  #now = 1_000;
  #crashes = 0;

  constructor(seed: number, faults: Faults, order: number) {
    this.#seed = seed;
    this.#faults = faults;
    this.#random = seeded(order);
    this.#plan = randomPlan(seed);
  }

  run(): Simulated {
    this.#take({ type: "start", at: this.#now, run: `run-${this.#seed}`, plan: this.#plan });
    for (let steps = 0; this.#state.phase !== "settled"; steps++) {
      ok(steps < MAX_STEPS, "the run ends");
      this.#now += 1 + below(this.#random, 10);
      this.#turn();
    }
    return {
      plan: this.#plan,
      journal: this.#events(),
      state: this.#state,
      crashes: this.#crashes,
    };
  }

  #turn(): void {
    const { crash, cancel, stale } = this.#faults;
    if (this.#journal.length === 0) {
      this.#take({ type: "start", at: this.#now, run: `run-${this.#seed}`, plan: this.#plan });
    } else if (this.#random() < crash) this.#die();
    else if (this.#random() < cancel) {
      this.#take({ type: "cancel", at: this.#now, by: "somebody", why: "no reason" });
    } else if (this.#reported.length > 0 && this.#random() < stale) this.#repeatReport();
    else this.#goOn();
  }

  /** One of what is under way ends, or time passes. */
  #goOn(): void {
    const begun = new Set(
      this.#events().flatMap((e) => e.type === "stage.started" ? `${e.stage}#${e.attempt}` : []),
    );
    const attempts = demand(this.#state);
    for (const { key } of attempts) ok(begun.has(key), "the journal comes before the act");
    const due = wakeTime(this.#state);
    if (attempts.length > 0 && (due === Infinity || this.#random() < 0.8)) {
      this.#end(pick(this.#random, attempts));
      return;
    }
    ok(due !== Infinity, `the run waits for something: ${this.#journal.join("\n")}`);
    this.#now = Math.max(this.#now, due);
    this.#take({ type: "wake", at: this.#now });
  }

  #end({ address, attempt, stage, wanted }: Attempt): void {
    const report: Report = {
      type: "report",
      at: this.#now,
      stage: address,
      attempt,
      ...(wanted
        ? outcomeFor(`${this.#seed}:${address}!${stage.failures}`)
        : { outcome: "cancelled", outputs: {} }),
    };
    this.#reported.push(report);
    this.#take(report);
  }

  #repeatReport(): void {
    const before = this.#journal.length;
    this.#take({ ...pick(this.#random, this.#reported), at: this.#now });
    equal(this.#journal.length, before, "a late or second report changes nothing");
  }

  #take(command: RunCommand): void {
    const events = step(this.#state, command, simulatedLanguage);
    if (events.length > 0 && this.#random() < this.#faults.crash) return this.#die();
    this.#journal.push(...events.map(encodeEvent));
    this.#check();
  }

  /** The engine dies: what was not written is forgotten, what was under way is lost. */
  #die(): void {
    this.#crashes++;
    this.#state = replay(this.#events());
    if (this.#state.phase === "new" || this.#state.phase === "settled") return;
    const lost = new Set(demand(this.#state).map(({ key }) => key));
    this.#journal.push(
      ...step(this.#state, { type: "recover", at: this.#now }, simulatedLanguage).map(encodeEvent),
    );
    this.#check();
    for (const { key } of demand(this.#state)) {
      ok(!lost.has(key), "a lost attempt is not taken up again");
    }
  }

  #check(): void {
    deepEqual(
      snapshot(replay(this.#events())),
      snapshot(this.#state),
      "a replayed state is the live one",
    );
    try { checkInvariants(this.#state, this.#events()); } catch (e) { console.log(this.#journal.slice(1).join("\n")); throw e; }
  }

  #events(): RunEvent[] {
    return this.#journal.map(decodeEvent);
  }
}

/** What an attempt comes to: the same for the same seed, in whatever order things happen. */
function outcomeFor(key: string): Pick<Report, "outcome" | "outputs" | "failure"> {
  const chance = hashOf(key) % 10;
  if (chance < 7) return { outcome: "succeeded", outputs: { said: key } };
  if (chance === 7) {
    return {
      outcome: "skipped",
      outputs: {},
      failure: { name: "StageSkipError", message: "no need", retryable: false },
    };
  }
  return {
    outcome: "failed",
    outputs: {},
    failure: { name: "StageError", message: key, retryable: chance === 8 },
  };
}
