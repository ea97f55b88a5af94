/**
 * Watches over a process from its start until nothing of it is left.
 *
 * @module
 */
import {
  DEFAULT_GRACE_MS,
  MAX_KEPT_OUTPUT_BYTES,
  type OpenProcess,
  type OpenProcessOptions,
  type SpawnOptions,
  type SpawnResult,
} from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { BlockSplitter, KeptOutput, LineSplitter } from "./output.ts";
import { groupIsAlive, MARK } from "./process_table.ts";
import type { Child, StartOptions, StreamName } from "./system.ts";

/** Milliseconds that others in its group may go on printing once a process has exited. */
export const DRAIN_MS = 1_000;

/** Milliseconds that closed streams have to say so. */
const CLOSE_MS = 100;

/** Milliseconds between two looks at a group that is being ended. */
const GROUP_POLL_MS = 20;

const STREAMS = ["stdout", "stderr"] as const;

/** Starts a program, by its path, in a group of its own, and waits for all of it. */
export async function spawn(program: string, options: SpawnOptions): Promise<SpawnResult> {
  const { stdin } = options;
  const { ended } = await begin(
    program,
    options,
    typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin,
  );
  return await ended;
}

/** Starts a program, by its path, in a group of its own, to be written to. */
export function open(program: string, options: OpenProcessOptions): Promise<OpenProcess> {
  return begin(program, options, "open");
}

async function begin(
  program: string,
  options: OpenProcessOptions,
  stdin: StartOptions["stdin"],
): Promise<OpenProcess> {
  options.signal?.throwIfAborted();
  const child = await system.start(program, {
    args: options.args ?? [],
    cwd: options.cwd,
    env: { ...options.env, ...(options.mark === undefined ? {} : { [MARK]: options.mark }) },
    stdin,
  });
  const group = new ProcessGroup(child.pid, options.graceMs ?? DEFAULT_GRACE_MS);
  return {
    ended: watched(child, group, options),
    end: ({ graceMs } = {}) => group.end(graceMs),
    write: (text) => written(child, text),
  };
}

async function watched(
  child: Child,
  lent: ProcessGroup,
  options: OpenProcessOptions,
): Promise<SpawnResult> {
  using group = lent;
  using _ = onAbort(options.signal, () => group.end());
  const stdout = new StreamReader(child, "stdout", options);
  const stderr = new StreamReader(child, "stderr", options);
  const read = allRead([stdout, stderr], group);
  read.catch(() => {}); // It may fail before the exit, but is awaited after it.
  const { exitCode, signal } = await child.exited;
  await drained(read, child, group);
  await group.ended();
  const streams = { stdout, stderr };
  const cut = STREAMS.filter((name) => streams[name].truncated);
  return {
    exitCode,
    signal,
    stdout: stdout.finish(),
    stderr: stderr.finish(),
    truncated: cut.length > 0,
    ...(cut.length > 0 ? { cut } : {}),
  };
}

async function written(child: Child, text: string): Promise<void> {
  try {
    await child.write(new TextEncoder().encode(text));
  } catch {
    // It reads no more, or is gone: how it ended says why.
  }
}

function onAbort(signal: AbortSignal | undefined, act: () => void): Disposable {
  // It may have happened while the process was being started.
  if (signal?.aborted) act();
  signal?.addEventListener("abort", act, { once: true });
  return { [Symbol.dispose]: () => signal?.removeEventListener("abort", act) };
}

async function allRead(streams: readonly StreamReader[], group: ProcessGroup): Promise<void> {
  try {
    await Promise.all(streams.map((stream) => stream.read()));
  } catch (error) {
    // Nobody takes its output any more, so it would wait for ever.
    group.kill();
    throw error;
  }
}

/**
 * A process that has exited may have left others behind who hold its streams:
 * they may finish what they print, but not keep the stage.
 */
async function drained(read: Promise<void>, child: Child, group: ProcessGroup): Promise<void> {
  if (await within(DRAIN_MS, read)) return;
  group.kill();
  if (await within(CLOSE_MS, read)) return;
  child.closeStreams(); // A daemon in a session of its own.
  await within(CLOSE_MS, read);
}

/** Not by `setTimeout`: its first use on Deno loads as much as the rest of a start takes. */
async function within(ms: number, done: Promise<void>): Promise<boolean> {
  const deadline = AbortSignal.timeout(ms);
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const onDeadline = () => resolve(false);
  deadline.addEventListener("abort", onDeadline);
  try {
    return await Promise.race([done.then(() => true), late]);
  } finally {
    deadline.removeEventListener("abort", onDeadline); // Else it would keep the engine alive.
  }
}

/** One stream of a process, on its way to whoever wants it. */
class StreamReader {
  readonly #child: Child;
  readonly #name: StreamName;
  readonly #kept: KeptOutput;
  readonly #lines: BlockSplitter | undefined;

  constructor(child: Child, name: StreamName, options: SpawnOptions) {
    this.#child = child;
    this.#name = name;
    this.#kept = new KeptOutput(options.keepBytes ?? MAX_KEPT_OUTPUT_BYTES);
    const { onLine, onLines } = options;
    if (onLines !== undefined) this.#lines = new BlockSplitter((lines) => onLines(name, lines));
    else if (onLine !== undefined) this.#lines = new LineSplitter((line) => onLine(name, line));
  }

  read(): Promise<void> {
    return this.#child.read(this.#name, (chunk) => {
      this.#kept.add(chunk);
      this.#lines?.add(chunk);
    });
  }

  get truncated(): boolean {
    return this.#kept.truncated;
  }

  finish(): string {
    this.#lines?.end();
    return this.#kept.text();
  }
}

/** A process with all that it has started, as far as they stay together. */
class ProcessGroup implements Disposable {
  readonly #id: number;
  readonly #graceMs: number;
  #killTimer: ReturnType<typeof setTimeout> | undefined;
  #ending = false;
  #gone = false;

  constructor(id: number, graceMs: number) {
    this.#id = id;
    this.#graceMs = graceMs;
  }

  /** Asks it to end, and sees to it that it does. */
  end(graceMs: number = this.#graceMs): void {
    if (this.#gone) return; // Its id may be somebody else's by now.
    if (graceMs === 0) return this.kill();
    if (this.#ending) return;
    this.#ending = true;
    this.#send("SIGTERM");
    this.#killTimer = setTimeout(() => this.kill(), graceMs);
  }

  /** Ends it at once. */
  kill(): void {
    this.#send("SIGKILL");
    this.#ending = false;
  }

  /** Resolves when nothing is left of a group that was asked to end. */
  async ended(): Promise<void> {
    // Zombies answer to signals, too, and some containers have nobody who reaps them.
    while (this.#ending && this.#send(0) && await groupIsAlive(this.#id) !== false) {
      await new Promise((resolve) => setTimeout(resolve, GROUP_POLL_MS));
    }
  }

  [Symbol.dispose](): void {
    this.#gone = true;
    if (this.#killTimer !== undefined) clearTimeout(this.#killTimer);
  }

  /** The first process alone where the group is not yet there: it is made by the child itself. */
  #send(signal: "SIGTERM" | "SIGKILL" | 0): boolean {
    return sent(-this.#id, signal) || (signal !== 0 && sent(this.#id, signal));
  }
}

function sent(pid: number, signal: "SIGTERM" | "SIGKILL" | 0): boolean {
  try {
    system.kill(pid, signal);
    return true;
  } catch {
    return false; // It is gone, which is what was wanted.
  }
}
