/**
 * Processes that are started before they are needed. Each carries out one
 * attempt and is never used again: what code did to its process is gone with
 * it.
 *
 * @module
 */
import type { Clock, Host, OpenProcess } from "../../core/plugin/ports.ts";

/** How many processes may wait for work at once, of all kinds. */
export const MAX_SPARES = 4;

/** Milliseconds that a process waits for work before it is ended. */
export const SPARE_IDLE_MS = 5_000;

/** Milliseconds between two attempts of a kind within which a third is expected. */
export const EXPECTED_WITHIN_MS = 10_000;

/** How many kinds of process are remembered. */
const MAX_KINDS = 100;

/** UTF-16 code units that a process may print before it has its attempt. */
const MAX_EARLY_LENGTH = 64 * 1024;

/** Bytes of each stream that are kept for the message when a process dies. */
const KEPT_BYTES = 16 * 1024;

/** A kind of process: those of one kind may stand in for one another. */
export interface ChildCommand {
  /** The program. */
  readonly command: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What it is sent first, and what tells that from what others are sent. */
  readonly first: { readonly id: string; readonly text: string };
}

/** Takes the lines of a process. */
export type LineListener = (stream: "stdout" | "stderr", line: string) => void;

/** A process that waits for its attempt, or carries it out. */
export interface Child {
  /** The process. */
  readonly process: OpenProcess;
  /** Says who takes its lines, those that came already too. */
  listen(listener: LineListener): void;
  /** Whether more came before anybody took them than is kept. */
  readonly hasFlooded: boolean;
}

interface Spare {
  readonly child: Promise<Child>;
  /** Ends the wait for work. */
  readonly taken: AbortController;
}

/** Hands out processes, and keeps one ahead where that pays. */
export class ChildPool implements AsyncDisposable {
  readonly #host: Host;
  readonly #clock: Clock;
  /** By kind, the longest waiting first. */
  readonly #spares = new Map<string, Spare>();
  readonly #usedAt = new Map<string, number>();
  readonly #ending = new Set<Promise<unknown>>();
  #closed = false;

  /** Makes one without any process. */
  constructor({ host, clock }: { readonly host: Host; readonly clock: Clock }) {
    this.#host = host;
    this.#clock = clock;
  }

  /**
   * A process that has carried out nothing. The caller ends it.
   *
   * @throws {HostError} when it cannot be started.
   */
  async take(command: ChildCommand): Promise<Child> {
    const kind = kindOf(command);
    const spare = this.#spares.get(kind);
    this.#spares.delete(kind);
    spare?.taken.abort();
    const child = await spare?.child;
    if (child === undefined || child.hasFlooded) {
      child?.process.end({ graceMs: 0 });
      return await startChild(this.#host, command);
    }
    return child;
  }

  /** Says that an attempt of this kind has begun: starts a process for the next one, where that is to be expected. */
  begun(command: ChildCommand): void {
    const kind = kindOf(command);
    if (this.#expectsMore(kind)) this.#keepSpare(kind, command);
  }

  /** Ends the processes that wait. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const kind of [...this.#spares.keys()]) this.#drop(kind);
    await Promise.all(this.#ending);
  }

  /** Work of a kind that came twice in a short time will come again. */
  #expectsMore(kind: string): boolean {
    const now = this.#clock.now();
    const before = this.#usedAt.get(kind);
    this.#usedAt.delete(kind);
    this.#usedAt.set(kind, now);
    const [oldest] = this.#usedAt.keys();
    if (this.#usedAt.size > MAX_KINDS && oldest !== undefined) this.#usedAt.delete(oldest);
    return before !== undefined && now - before <= EXPECTED_WITHIN_MS;
  }

  #keepSpare(kind: string, command: ChildCommand): void {
    if (this.#closed || this.#spares.has(kind)) return;
    const [oldest] = this.#spares.keys();
    if (this.#spares.size >= MAX_SPARES && oldest !== undefined) this.#drop(oldest);
    const spare: Spare = {
      child: startChild(this.#host, command),
      taken: new AbortController(),
    };
    this.#spares.set(kind, spare);
    this.#track(this.#endWhenIdle(kind, spare));
  }

  async #endWhenIdle(kind: string, { child, taken }: Spare): Promise<void> {
    const forget = () => {
      if (this.#spares.get(kind)?.taken === taken) this.#spares.delete(kind);
    };
    try {
      const { process } = await child;
      const idle = this.#clock.pause(SPARE_IDLE_MS, taken.signal);
      await Promise.race([idle, process.ended]);
      forget();
      process.end({ graceMs: 0 });
      await process.ended;
    } catch {
      forget(); // It was taken, or cannot be started, which whoever needs one is told.
    } finally {
      taken.abort(); // A process that died by itself leaves a timer.
    }
  }

  #drop(kind: string): void {
    const spare = this.#spares.get(kind);
    this.#spares.delete(kind);
    if (spare === undefined) return;
    spare.taken.abort();
    this.#track(endOf(spare));
  }

  #track(work: Promise<void>): void {
    this.#ending.add(work);
    void work.finally(() => this.#ending.delete(work));
  }
}

function kindOf({ command, args, env, first: { id } }: ChildCommand): string {
  return JSON.stringify([command, args, env, id]);
}

async function endOf({ child }: Spare): Promise<void> {
  const started = await child.catch(() => undefined); // Then there is nothing to end.
  started?.process.end({ graceMs: 0 });
  await started?.process.ended;
}

async function startChild(
  host: Host,
  { command, args, env, first }: ChildCommand,
): Promise<Child> {
  const early = new EarlyLines();
  const process = await host.open(command, {
    ...{ args, env, keepBytes: KEPT_BYTES },
    onLine: (stream, line) => early.take(stream, line),
  });
  // Not awaited: it reads that while it starts, and whatever it is sent next comes after it.
  void process.write(first.text);
  return {
    process,
    listen: (listener) => early.passTo(listener),
    get hasFlooded() {
      return early.haveFlooded;
    },
  };
}

/** What a process prints before it has its attempt, which is that attempt's. */
class EarlyLines {
  #listener: LineListener | undefined;
  #kept: [stream: "stdout" | "stderr", line: string][] = [];
  #length = 0;

  get haveFlooded(): boolean {
    return this.#length > MAX_EARLY_LENGTH;
  }

  take(stream: "stdout" | "stderr", line: string): void {
    if (this.#listener !== undefined) return this.#listener(stream, line);
    this.#length += line.length + 1;
    if (this.haveFlooded) this.#kept = [];
    else this.#kept.push([stream, line]);
  }

  passTo(listener: LineListener): void {
    this.#listener = listener;
    const lines = this.#kept;
    this.#kept = [];
    for (const [stream, line] of lines) listener(stream, line);
  }
}
