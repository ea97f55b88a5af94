/**
 * One attempt, watched from the engine's side. All that comes from its process
 * is taken for hostile.
 *
 * @module
 */
import type { Json } from "../../core/expr/json.ts";
import { LineChannel, MAX_MESSAGE_LENGTH, newNonce } from "../../core/plugin/line_channel.ts";
import type { Clock, SpawnResult } from "../../core/plugin/ports.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import type { Child } from "./child_pool.ts";
import type { WholeLimits } from "./limits.ts";
import {
  type CallFacts,
  callLine,
  type ChildMessage,
  type FailureReport,
  parseMessage,
  reportedMapping,
} from "./messages.ts";

/** What an attempt is carried out with. */
export interface AttemptOptions {
  /** What the process is told. */
  readonly facts: CallFacts;
  /** Whether it was handed the code before. @default false */
  readonly isLoaded?: boolean;
  /** What it may use. */
  readonly limits: WholeLimits;
  /** Ends it: it is asked first, then killed. */
  readonly signal: AbortSignal;
  /** Takes what the code prints. */
  readonly print: (line: string, stream: "stdout" | "stderr") => void;
  /** Time. */
  readonly clock: Clock;
  /** Told once the process has its work. */
  readonly begun: () => void;
  /** What messages call the code: `script`. */
  readonly subject: string;
}

/**
 * Carries out an attempt in a process that has carried out nothing, and gives
 * what it reported. Nothing of the process is left afterwards.
 *
 * @throws {StageError} for whatever else it did.
 */
export async function carryOut(child: Child, options: AttemptOptions): Promise<Json> {
  const { signal, facts, isLoaded = false } = options;
  const { process } = child;
  const nonce = newNonce();
  const watch = new AttemptWatch(child, nonce, options);
  const ask = () => process.end();
  try {
    const line = callLine(facts, { nonce, isLoaded });
    signal.throwIfAborted();
    signal.addEventListener("abort", ask, { once: true });
    await Promise.race([process.write(line), process.ended]);
    options.begun();
    return watch.settled(await process.ended);
  } finally {
    signal.removeEventListener("abort", ask);
    watch.stop();
    process.end({ graceMs: 0 });
  }
}

class AttemptWatch {
  readonly #child: Child;
  readonly #channel: LineChannel;
  readonly #options: AttemptOptions;
  readonly #stopped = new AbortController();
  #printed = 0;
  /** Aborted by the next sign of life. */
  #beat = new AbortController();
  #ranOutOfMemory = false;
  #report: Exclude<ChildMessage, { type: "heartbeat" }> | undefined;
  #fault: StageError | undefined;

  constructor(child: Child, nonce: string, options: AttemptOptions) {
    this.#child = child;
    this.#options = options;
    this.#channel = new LineChannel(nonce, {
      print: (line) => this.#print(line, "stdout"),
      receive: (message) => this.#receive(message),
      refuse: () => this.#fail(tooLarge(options.subject)),
    });
    child.listen((stream, line) => {
      if (stream === "stdout") this.#channel.take(line);
      else this.#takeError(line);
    });
    if (options.limits.heartbeatMs !== undefined) void this.#listen(options.limits.heartbeatMs);
  }

  /** What came of it, once its process has ended. */
  settled(result: SpawnResult): Json {
    const { signal, subject } = this.#options;
    if (this.#report === undefined) this.#channel.end();
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw this.#fault;
    if (this.#report === undefined) throw this.#died(result);
    if (this.#report.ok) return this.#report.value;
    throw failureOf(this.#report, subject);
  }

  stop(): void {
    this.#stopped.abort();
  }

  get #isSettled(): boolean {
    return this.#report !== undefined || this.#fault !== undefined;
  }

  #takeError(line: string): void {
    this.#ranOutOfMemory ||= OUT_OF_MEMORY.test(line);
    this.#print(line, "stderr");
  }

  #print(line: string, stream: "stdout" | "stderr"): void {
    // What it wrote to standard error before its report may come after it.
    if (this.#fault !== undefined || (stream === "stdout" && this.#isSettled)) return;
    if (this.#hasRoomFor(line)) this.#options.print(line, stream);
  }

  #hasRoomFor(line: string): boolean {
    const { outputLength } = this.#options.limits;
    this.#printed += line.length + 1;
    if (this.#printed > outputLength) {
      this.#fail(limitError("OutputLimitError", `it printed more than ${outputLength} characters`));
    }
    return this.#fault === undefined;
  }

  #receive(text: string): void {
    if (this.#isSettled) return;
    const message = parseMessage(text);
    if (message === undefined) return this.#fail(unknownMessage());
    if (message.type === "heartbeat") {
      this.#beat.abort();
      this.#hasRoomFor(text); // A flood of them is a flood.
      return;
    }
    this.#report = message;
    // It has said its last word; whatever it still does is not waited for.
    this.#child.process.end({ graceMs: 0 });
  }

  #fail(fault: StageError): void {
    if (this.#isSettled) return;
    this.#fault = fault;
    this.#child.process.end({ graceMs: 0 });
  }

  async #listen(heartbeatMs: number): Promise<void> {
    while (await this.#isHeardWithin(heartbeatMs)) this.#beat = new AbortController();
    if (this.#stopped.signal.aborted) return;
    this.#fail(
      limitError("HeartbeatError", `it gave no sign of life for ${heartbeatMs} milliseconds`),
    );
  }

  /** Whether it gives a sign of life; one that has ended gives no more. */
  async #isHeardWithin(ms: number): Promise<boolean> {
    const stopped = this.#stopped.signal;
    try {
      await this.#options.clock.pause(ms, AbortSignal.any([stopped, this.#beat.signal]));
      return false;
    } catch {
      return !stopped.aborted;
    }
  }

  /** It left, or was made to leave, before it could say what came of it. */
  #died({ exitCode, signal, stderr }: SpawnResult): StageError {
    const { limits, subject } = this.#options;
    if (CRASHES.has(signal ?? "") && this.#ranOutOfMemory) {
      const mebibytes = Math.floor(limits.memoryBytes / (1024 * 1024));
      return limitError("MemoryLimitError", `it used more than ${mebibytes} MiB of memory`);
    }
    if (signal === "SIGXCPU") {
      const seconds = Math.ceil(limits.cpuMs / 1_000);
      return limitError("CpuLimitError", `it used more than ${seconds} s of processor time`);
    }
    const how = signal === null
      ? `ended itself with exit code ${exitCode}`
      : `was ended by ${signal}`;
    const said = stderr.trim();
    return new StageError(`The ${subject} ${how} before it was done${said && `:\n${said}`}`);
  }
}

/** How V8 and the runtime die when they get no more memory. */
const OUT_OF_MEMORY = /out of memory|memory allocation of \d+ bytes failed/i;
const CRASHES: ReadonlySet<string> = new Set(["SIGTRAP", "SIGABRT", "SIGILL", "SIGSEGV"]);

/** An error's class as it may be shown: it comes from hostile code. */
const CLASS_NAME = /^[A-Za-z_$][\w$]{0,99}$/;

function failureOf(report: FailureReport, subject: string): StageError {
  const { name, message, outcome, retryable, outputs, details } = report;
  const [kept, known] = [outputs, details].map((json) =>
    json === undefined ? undefined : reportedMapping(json)
  );
  return new StageError(message, {
    name: CLASS_NAME.test(name) ? name : `${subject[0]?.toUpperCase()}${subject.slice(1)}Error`,
    ...(outcome === undefined ? {} : { outcome }),
    ...(retryable === undefined ? {} : { retryable }),
    ...(kept === undefined ? {} : { outputs: kept }),
    ...(known === undefined ? {} : { details: known }),
  });
}

function limitError(name: string, why: string): StageError {
  return new StageError(`The code was ended: ${why}`, { name, retryable: false });
}

function unknownMessage(): StageError {
  return limitError("MessageError", "its process sent a message that the engine does not know");
}

function tooLarge(subject: string): StageError {
  return new StageError(
    `The ${subject}'s outputs have more than ${MAX_MESSAGE_LENGTH} characters`,
    { name: "ValueError", retryable: false },
  );
}
