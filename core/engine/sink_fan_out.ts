/**
 * Tells every sink what happened. A sink that throws is dropped with a
 * warning: what people watch must never decide how a run goes.
 *
 * @module
 */
import type { MissedRun, OutputBlock, OutputLine, Sink } from "../plugin/sink.ts";
import type { RunEvent } from "../run/event.ts";
import { messageOf } from "../source/message_of.ts";

/** The sinks of one engine. */
export class SinkFanOut {
  readonly #sinks: Set<Sink>;
  readonly #warn: (message: string) => void;

  /**
   * Makes one.
   *
   * @param sinks Who is told.
   */
  constructor(sinks: readonly Sink[], warn: (message: string) => void) {
    this.#sinks = new Set(sinks);
    this.#warn = warn;
  }

  /** Adds a sink until the result is disposed of. */
  add(sink: Sink): Disposable {
    this.#sinks.add(sink);
    return { [Symbol.dispose]: () => this.#sinks.delete(sink) };
  }

  /** Tells of the events of one append. */
  events(runId: string, events: readonly RunEvent[]): void {
    for (const sink of this.#sinks) this.#guard(sink, () => sink.events?.(runId, events));
  }

  /** Tells of a run that did not begin. */
  missed(missed: MissedRun): void {
    for (const sink of this.#sinks) this.#guard(sink, () => sink.missed?.(missed));
  }

  /** Tells of lines of output; they are cut into single ones only for those who want them so. */
  lines(runId: string, block: OutputBlock): void {
    let lines: readonly OutputLine[] | undefined;
    for (const sink of this.#sinks) {
      this.#guard(sink, () => {
        if (sink.lines !== undefined) return sink.lines(runId, block);
        if (sink.line === undefined) return;
        for (const line of lines ??= linesIn(block)) sink.line(runId, line);
      });
    }
  }

  /** Waits until every sink has written what it has of a run. */
  async flush(runId: string): Promise<void> {
    await Promise.all([...this.#sinks].map(async (sink) => {
      try {
        await sink.flush?.(runId);
      } catch (error) {
        this.#drop(sink, error);
      }
    }));
  }

  #guard(sink: Sink, tell: () => void): void {
    try {
      tell();
    } catch (error) {
      this.#drop(sink, error);
    }
  }

  #drop(sink: Sink, error: unknown): void {
    this.#sinks.delete(sink);
    const reason = messageOf(error);
    this.#warn(`Sink "${sink.name}" failed and is told no more: ${reason}`);
  }
}

function linesIn(block: OutputBlock): readonly OutputLine[] {
  const { at, stage, attempt, stream } = block;
  return block.text.split("\n").map((text) => ({ at, stage, attempt, stream, text }));
}
