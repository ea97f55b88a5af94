/**
 * Starts runs on behalf of requests, waits for them as long as was asked, and
 * knows how many are under way.
 *
 * @module
 */
import type { Engine } from "../../core/engine/engine.ts";
import type { StartOptions } from "../../core/engine/engine_options.ts";
import { ParamError, WorkflowError } from "../../core/engine/errors.ts";
import type { RunHandle } from "../../core/engine/run_handle.ts";
import { startDifferences } from "../../core/engine/same_start.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { Plan } from "../../core/plan/plan.ts";
import { undeclaredParams } from "../../core/plan/undeclared_params.ts";
import { JournalError } from "../../core/plugin/journal.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import type { Sluice } from "../../preset.ts";
import { tooMany } from "./access/guard.ts";
import type { RunAnswer } from "./api/runs.ts";
import { runAnswer } from "./documents/run_document.ts";
import type { HttpLimits } from "./options.ts";
import { ProblemAnswer } from "./problems.ts";
import { json } from "./replies.ts";
import type { RunReader } from "./run_reader.ts";

/** What a starter is made of. */
export interface RunStarterOptions {
  /** Starts them. */
  readonly sluice: Sluice;
  /** Reads how they stand. */
  readonly reader: RunReader;
  /** How many, and how long. */
  readonly limits: HttpLimits;
  /** Ends all waiting. */
  readonly ending: AbortSignal;
  /** Told of a run that ended in a way that nobody expects. */
  readonly warn: (message: string) => void;
}

/** How an answer is given. */
export interface AnswerOptions {
  /** How long the run is waited for: `30s`. */
  readonly wait: string | undefined;
  /** The id that the run is to have: one that is there already is answered for. */
  readonly runId?: string | undefined;
  /** The way from the request to the runs. @default from a route of one run or workflow */
  readonly location?: string | undefined;
  /** Refuses to answer for a run that was started with something else. */
  readonly compare?: ((known: Plan) => void) | undefined;
}

/** How a run is started. */
export interface RunStart extends StartOptions, Pick<AnswerOptions, "wait" | "location"> {
  /** Whether its id stands for one request, so that another one by the same id is refused. */
  readonly once?: boolean;
}

const BESIDE = "../../runs/";

const UNITS: Readonly<Record<string, number>> = { "": 1_000, s: 1_000, ms: 1 };

/** Starts runs. */
export class RunStarter {
  readonly #options: RunStarterOptions;
  readonly #checked = new WeakMap<Workflow, readonly Diagnostic[]>();
  readonly #turns = new Map<string, Promise<void>>();
  #underWay = 0;

  /** @param options What it is made of. */
  constructor(options: RunStarterOptions) {
    this.#options = options;
  }

  /** How many runs are under way that were started here. */
  get underWay(): number {
    return this.#underWay;
  }

  /**
   * The workflow of this name, without errors. Each version of a file is
   * checked once.
   *
   * @throws {WorkflowError} when there is none, or it is wrong.
   */
  async workflow(name: string): Promise<Workflow> {
    const workflow = await this.#options.sluice.engine.workflow(name);
    this.refuseWrong(workflow, await this.diagnostics(workflow));
    return workflow;
  }

  /** All that is wrong with a workflow. */
  async diagnostics(workflow: Workflow): Promise<readonly Diagnostic[]> {
    const known = this.#checked.get(workflow);
    if (known !== undefined) return known;
    const found = await this.#options.sluice.check(workflow);
    this.#checked.set(workflow, found);
    return found;
  }

  /** Throws a {@linkcode WorkflowError} for a workflow with errors. */
  refuseWrong({ name }: Pick<Workflow, "name">, found: readonly Diagnostic[]): void {
    const errors = found.filter(({ severity }) => severity === "error");
    if (errors.length === 0) return;
    throw new WorkflowError(`Cannot run "${name}": ${errors[0]?.message}`, { diagnostics: errors });
  }

  /**
   * Whoever asks over the network sees no warning, so what a workflow does not
   * declare is not handed on to it. Throws a {@linkcode ParamError}.
   */
  refuseUndeclared(workflow: Workflow, given: ValueObject): void {
    const mistakes = undeclaredParams(workflow, given);
    if (mistakes.length === 0) return;
    throw new ParamError(mistakes.map((mistake) => ({ ...mistake, name: "ParamError" })));
  }

  /** Starts a run, or finds the one that has its id, and answers for it. */
  async start(workflow: Workflow, options: RunStart): Promise<Response> {
    const { wait, location, once = false, ...start } = options;
    const compare = once ? this.#comparing(workflow, start) : undefined;
    const { runId } = start;
    const begin = async (engine: Engine) => {
      // Before it is taken up, and again in the answer: another process may be as quick.
      if (runId !== undefined) await this.#compareKnown(runId, compare);
      return await engine.start(workflow, start);
    };
    return await this.answer(
      (engine) =>
        once && runId !== undefined ? this.#inTurn(runId, () => begin(engine)) : begin(engine),
      { wait, location, runId, compare },
    );
  }

  /** Begins something and answers with how its run stands once it has ended, or once the wait is over. */
  async answer(
    begin: (engine: Engine) => Promise<RunHandle | { readonly done: string }>,
    { wait, runId, ...rest }: AnswerOptions,
  ): Promise<Response> {
    this.#refuseMore();
    this.#underWay++;
    const handle = await begin(this.#options.sluice.engine).catch((error: unknown) => {
      this.#underWay--;
      // Somebody else was quicker with the same id: the run is the same, and so is the answer.
      if (runId !== undefined && isTaken(error)) return undefined;
      throw error;
    });
    if (handle === undefined) return await this.#respond(runId ?? "", rest);
    if ("done" in handle) {
      this.#underWay--;
      return await this.#respond(handle.done, rest);
    }
    const over = handle.result.catch((error: unknown) => this.#options.warn(String(error)))
      .finally(() => this.#underWay--);
    await this.#waitFor(over, wait);
    return await this.#respond(handle.runId, rest);
  }

  #refuseMore(): void {
    const { limits, ending } = this.#options;
    if (ending.aborted) {
      throw new ProblemAnswer("ending", "The server is about to end and starts nothing more");
    }
    if (this.#underWay >= limits.runs) throw tooMany("runs", limits.runs);
  }

  #comparing(workflow: Workflow, start: StartOptions): (known: Plan) => void {
    const wanted = this.#options.sluice.engine.plan(workflow, start);
    const { params: given = {} } = start;
    return (known) => {
      const differences = startDifferences({ known, wanted, workflow, given });
      if (differences.length > 0) throw keyReused(differences);
    };
  }

  /** One after another for the same id, so that all but the first find what it began. */
  async #inTurn(runId: string, begin: () => Promise<RunHandle>): Promise<RunHandle> {
    const turn = (this.#turns.get(runId) ?? Promise.resolve()).then(begin);
    const over = turn.then(() => {}, () => {}); // Whoever began it is told of its error.
    this.#turns.set(runId, over);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(runId) === over) this.#turns.delete(runId);
    }
  }

  async #compareKnown(runId: string, compare: AnswerOptions["compare"]): Promise<void> {
    const { sluice, reader } = this.#options;
    if (compare === undefined) return;
    if (await (await sluice.engine.store()).find(runId) === undefined) return;
    const { state: { plan } } = await reader.folded(runId);
    if (plan !== undefined) compare(plan);
  }

  /** Of the run's place only the way from the request is told, as the application may be mounted anywhere. */
  async #respond(
    runId: string,
    { location = BESIDE, compare }: Pick<AnswerOptions, "location" | "compare">,
  ): Promise<Response> {
    const { document, state } = await this.#options.reader.now(runId);
    if (state.plan !== undefined) compare?.(state.plan);
    const answer: RunAnswer = runAnswer(document, state);
    if (answer.ended_at !== null) return json(answer);
    return json(answer, { status: 202, headers: { location: `${location}${runId}` } });
  }

  async #waitFor(over: Promise<unknown>, wait: string | undefined): Promise<void> {
    const { ending, limits } = this.#options;
    const ms = Math.min(waitMs(wait), limits.waitMs);
    if (ms === 0) return;
    const timer = Promise.withResolvers<void>();
    const timeout = setTimeout(timer.resolve, ms);
    const stop = () => timer.resolve();
    ending.addEventListener("abort", stop, { once: true });
    await Promise.race([over, timer.promise]);
    clearTimeout(timeout);
    ending.removeEventListener("abort", stop);
  }
}

function keyReused(differences: readonly string[]): ProblemAnswer {
  const errors = differences.map((name) => ({
    where: name,
    message: "Is not what the first request with this key had",
  }));
  return new ProblemAnswer(
    "key-reused",
    `The idempotency key belongs to a request that differs in "${differences.join('", "')}"`,
    { errors },
  );
}

/** `30s`, `500ms` or plain seconds. */
function waitMs(wait: string | undefined): number {
  const [, digits = "0", unit = ""] = /^(\d+)(ms|s)?$/.exec(wait ?? "") ?? [];
  return Number(digits) * (UNITS[unit] ?? 0);
}

function isTaken(error: unknown): boolean {
  return error instanceof JournalError && (error.code === "busy" || error.code === "exists");
}
