/**
 * Runs as the endpoint reads them: what was folded or written once is kept, so
 * that a page which looks again pays only for what is new.
 *
 * @module
 */
import type { Engine } from "../../core/engine/engine.ts";
import type { RunSummary } from "../../core/plugin/journal.ts";
import { decodeEvent } from "../../core/run/codec.ts";
import { evolve, initialState, type RunState } from "../../core/run/state.ts";
import type { RunDocument } from "./api/runs.ts";
import { runDetail, runDocument } from "./documents/run_document.ts";
import type { KeptAnswers } from "./kept_answers.ts";
import { ProblemAnswer } from "./problems.ts";

/** So many runs are kept folded. */
export const MAX_FOLDED_RUNS = 32;

/** So many answers of runs that have ended are kept. */
export const MAX_WRITTEN_RUNS = 1_000;

/** An answer that is longer than this, in UTF-16 code units, is not kept. */
export const MAX_WRITTEN_LENGTH: number = 16 * 1024;

/** The details of a run, as JSON. */
export interface WrittenDetail {
  /** The document. */
  readonly text: string;
  /** Whether it stays so for as long as there is the run, and is small enough to be kept. */
  readonly isFinal: boolean;
}

/** A run as far as it has been read. */
export interface Folded {
  /** What its events add up to. Changes when there are more: read it at once. */
  readonly state: RunState;
  /** How many events that were. */
  position: number;
}

/** Reads runs. */
export class RunReader {
  readonly #engine: Engine;
  readonly #folded = new Map<string, { readonly folded: Folded; reading: Promise<void> }>();
  /** The details of runs that have ended, as JSON; nothing of them changes any more. */
  readonly #written = new Map<string, Written>();

  readonly #kept: Pick<KeptAnswers, "forget">;

  /**
   * Reads nothing yet.
   *
   * @param engine Whose runs.
   * @param kept What is to be forgotten of a run that is gone.
   */
  constructor(engine: Engine, kept: Pick<KeptAnswers, "forget">) {
    this.#engine = engine;
    this.#kept = kept;
  }

  /** A run's summary. Throws a {@linkcode ProblemAnswer} when there is no such run. */
  async summary(runId: string): Promise<RunSummary> {
    const found = await (await this.#engine.store()).find(runId);
    if (found === undefined) {
      this.#folded.delete(runId);
      this.#written.delete(runId);
      this.#kept.forget(runId);
      throw new ProblemAnswer("not-found", `There is no run "${runId}"`);
    }
    // It may have been pruned, and started anew under the same id.
    const known = this.#folded.get(runId)?.folded.state;
    if (known?.plan !== undefined && known.startedAt !== found.startedAt) {
      this.#folded.delete(runId);
    }
    return found;
  }

  /** A run in a list. */
  async document(summary: RunSummary): Promise<RunDocument> {
    const over = summary.settledAt !== undefined;
    const interrupted = !over && !await this.#engine.isHeld(summary.runId);
    return runDocument(summary, { interrupted });
  }

  /** A run with all that is small about it, as JSON. */
  async detail(runId: string): Promise<WrittenDetail> {
    const summary = await this.summary(runId);
    const known = this.#written.get(runId);
    if (known?.startedAt === summary.startedAt) return { text: known.text, isFinal: true };
    const { document, state, position } = await this.now(runId);
    const text = JSON.stringify(runDetail(document, { state, position }));
    const isFinal = document.ended_at !== null && text.length <= MAX_WRITTEN_LENGTH;
    if (isFinal) this.#keep(summary, text);
    return { text, isFinal };
  }

  /** A run as it is now, with its summary as it was at the same moment. */
  async now(runId: string): Promise<Folded & { readonly document: RunDocument }> {
    const before = await this.summary(runId);
    const folded = await this.folded(runId);
    // It may have ended in between: then its summary was written with its last event.
    const isLate = before.settledAt === undefined && folded.state.phase === "settled";
    const document = await this.document(isLate ? await this.summary(runId) : before);
    return { ...folded, document };
  }

  /** A run as it is now. */
  async folded(runId: string): Promise<Folded> {
    const entry = this.#folded.get(runId) ?? {
      folded: { state: initialState(), position: 0 },
      reading: Promise.resolve(),
    };
    this.#folded.delete(runId); // Behind the others: the first in line is the first to go.
    this.#folded.set(runId, entry);
    const [oldest] = this.#folded.keys();
    if (this.#folded.size > MAX_FOLDED_RUNS && oldest !== undefined) this.#folded.delete(oldest);
    // One after another, or an event would count twice.
    entry.reading = entry.reading.catch(() => {}).then(() => this.#readOn(runId, entry.folded));
    try {
      await entry.reading;
    } catch (error) {
      this.#folded.delete(runId);
      throw error;
    }
    return entry.folded;
  }

  /** A run as it was after its first `at` events, or as it is now. */
  async foldedAt(runId: string, at: number | undefined): Promise<Folded> {
    if (at === undefined) return await this.folded(runId);
    const folded: Folded = { state: initialState(), position: 0 };
    for await (const record of (await this.#engine.store()).read(runId)) {
      if (folded.position === at) break;
      evolve(folded.state, decodeEvent(record));
      folded.position++;
    }
    if (folded.position === at) return folded;
    const detail = `Run "${runId}" has ${folded.position} events, not ${at}`;
    throw new ProblemAnswer("request-invalid", detail, {
      errors: [{ where: "query/at", message: detail }],
    });
  }

  async #readOn(runId: string, folded: Folded): Promise<void> {
    if (folded.state.phase === "settled") return;
    for await (const record of (await this.#engine.store()).read(runId, folded.position)) {
      evolve(folded.state, decodeEvent(record));
      folded.position++;
    }
  }

  #keep({ runId, startedAt }: RunSummary, text: string): void {
    this.#written.set(runId, { startedAt, text });
    const [oldest] = this.#written.keys();
    if (this.#written.size > MAX_WRITTEN_RUNS && oldest !== undefined) this.#written.delete(oldest);
  }
}

interface Written {
  readonly startedAt: number;
  readonly text: string;
}
