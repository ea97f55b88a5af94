/**
 * What stages print, in files: one for each attempt.
 *
 * ```text
 * logs/<run>/<stage>.<attempt>.log
 *
 * {"log":1,"run":"etl-1","stage":"load[]/fetch","attempt":1,"at":1769832306000}
 * 0 1 Hello
 *  world
 * 215 2 warning: 3 rows left
 * 301 1+2
 * A flood of lines
 * as it was printed
 * ```
 *
 * The first line says whose output it is. The others begin with the
 * milliseconds since then and 1 for standard output, 2 for standard error; or
 * with a space, when both are as above. Of a flood only a row in front says so,
 * with the number of lines behind it that are as they were printed.
 *
 * @module
 */
import { encodeName } from "../core/plugin/file_name.ts";
import type { Clock, Host } from "../core/plugin/ports.ts";
import type { OutputBlock, OutputLine, Sink } from "../core/plugin/sink.ts";
import { messageOf } from "../core/source/message_of.ts";
import { AttemptLog } from "./file_log/attempt_log.ts";
import {
  type LogCursor,
  type MergedLine,
  mergeLog,
  type MergeQuery,
} from "./file_log/merge_log.ts";
import { readLog } from "./file_log/read_log.ts";
import { type LogQuery, RunFiles } from "./file_log/run_files.ts";

export type { LogCursor, LogQuery, MergedLine, MergeQuery };

/** Options for {@linkcode fileLog}. */
export interface FileLogOptions {
  /** Holds the files; made with mode 0700 where it is missing. */
  readonly folder: string;
  /** The files' machine. */
  readonly host: Pick<
    Host,
    "appendText" | "appendTextNow" | "listNames" | "readPieces" | "remove"
  >;
  /** Says when to write what is waiting. */
  readonly clock: Clock;
  /** Is told, once, when output cannot be kept. */
  readonly warn: (message: string) => void;
  /** The most that is kept of an attempt, in UTF-16 code units; of a flood, in bytes. @default {@linkcode MAX_LOG_LENGTH} */
  readonly maxLength?: number;
}

/** A sink that keeps output, and gives it back. */
export interface FileLog extends Sink {
  /** Takes lines. */
  lines(runId: string, block: OutputBlock): void;
  /** Writes out what is waiting of a run. */
  flush(runId: string): Promise<void>;
  /** What a run's stages printed, as far as it is in files: attempt after attempt, in the order in which they began. */
  read(runId: string, query?: LogQuery): AsyncIterable<OutputLine>;
  /** The same lines in order of time, each with the place from which reading goes on behind it. */
  merged(runId: string, query?: MergeQuery): AsyncIterable<MergedLine>;
  /** Those of these runs of which anything is kept. */
  among(runIds: Iterable<string>): Promise<ReadonlySet<string>>;
  /** Removes what a run printed; quiet when there is nothing. */
  remove(runId: string): Promise<void>;
}

/** Milliseconds that a line waits at most before it is written. */
export const FLUSH_INTERVAL_MS = 200;

/** Of so many runs it is remembered where the pieces of their files begin. */
export const MAX_REMEMBERED_RUNS = 32;

/** The most that is kept of an attempt, in UTF-16 code units: 128 Mi. */
export const MAX_LOG_LENGTH: number = 128 * 1024 * 1024;

/**
 * Keeps what stages print.
 *
 * @example
 * ```ts ignore
 * const log = fileLog({ folder: ".sluice/logs", host, clock, warn: console.error });
 * for await (const { stage, text } of log.read("etl-1")) console.log(stage, text);
 * ```
 */
export function fileLog(options: FileLogOptions): FileLog {
  return new FileLogSink(options);
}

const PRIVATE_FILE_MODE = 0o600;

class FileLogSink implements FileLog {
  readonly name = "file-log";
  readonly #options: FileLogOptions;
  /** The attempts of each run, by file. */
  readonly #runs = new Map<string, Map<string, AttemptLog>>();
  /** Most lines are of the same attempt as the one before. */
  #latest: AttemptLog | undefined;
  /** The runs that were read last. */
  readonly #read = new Map<string, RunFiles>();
  #timer: AbortController | undefined;
  #warned = false;

  constructor(options: FileLogOptions) {
    this.#options = options;
  }

  lines(runId: string, block: OutputBlock): void {
    if (!this.#latest?.takes(runId, block)) this.#latest = this.#logOf(runId, block);
    this.#latest.add(block);
    // It never rejects, and ends at the latest in flush().
    if (this.#timer === undefined) void this.#writeLater();
  }

  async flush(runId: string): Promise<void> {
    const logs = this.#runs.get(runId) ?? new Map<string, AttemptLog>();
    this.#runs.delete(runId);
    this.#latest = undefined;
    if (this.#runs.size === 0) this.#stopTimer();
    // Nothing more comes of these, so nothing needs to be held up while they are written.
    for (const [path, log] of logs) await this.#appendLast(path, log.takeRows());
  }

  read(runId: string, query: LogQuery = {}): AsyncIterable<OutputLine> {
    return readLog(this.#filesOf(runId), query);
  }

  merged(runId: string, query: MergeQuery = {}): AsyncIterable<MergedLine> {
    return mergeLog(this.#filesOf(runId), query);
  }

  async among(runIds: Iterable<string>): Promise<ReadonlySet<string>> {
    const { folder, host } = this.#options;
    const kept = new Set(await host.listNames(folder));
    return new Set([...runIds].filter((runId) => kept.has(encodeName(runId))));
  }

  async remove(runId: string): Promise<void> {
    this.#read.delete(runId);
    await this.#options.host.remove(this.#folderOf(runId));
  }

  #logOf(runId: string, { stage, attempt, at }: OutputBlock): AttemptLog {
    const logs = this.#runs.get(runId) ?? new Map<string, AttemptLog>();
    this.#runs.set(runId, logs);
    const path = `${this.#folderOf(runId)}/${encodeName(stage)}.${attempt}.log`;
    const log = logs.get(path) ?? new AttemptLog({ runId, stage, attempt, at }, {
      append: (text) => this.#append(path, text),
      maxLength: this.#options.maxLength ?? MAX_LOG_LENGTH,
    });
    logs.set(path, log);
    return log;
  }

  #filesOf(runId: string): RunFiles {
    const files = this.#read.get(runId) ?? new RunFiles(this.#folderOf(runId), this.#options.host);
    this.#read.delete(runId); // Behind the others: the first in line is the first to go.
    this.#read.set(runId, files);
    const [oldest] = this.#read.keys();
    if (this.#read.size > MAX_REMEMBERED_RUNS && oldest !== undefined) this.#read.delete(oldest);
    return files;
  }

  #folderOf(runId: string): string {
    return `${this.#options.folder}/${encodeName(runId)}`;
  }

  /** Writes what is waiting after a while. */
  async #writeLater(): Promise<void> {
    const { clock } = this.#options;
    const timer = this.#timer = new AbortController();
    try {
      await clock.pause(FLUSH_INTERVAL_MS, timer.signal);
    } catch {
      return; // Safe: flush() has ended the wait, and writes all there is.
    }
    this.#timer = undefined;
    for (const logs of this.#runs.values()) {
      for (const log of logs.values()) log.write();
    }
  }

  #stopTimer(): void {
    this.#timer?.abort();
    this.#timer = undefined;
  }

  #append(path: string, text: string | Uint8Array): boolean {
    try {
      this.#options.host.appendTextNow(path, text, { mode: PRIVATE_FILE_MODE });
      return true;
    } catch (error) {
      this.#warnOnce(messageOf(error));
      return false;
    }
  }

  async #appendLast(path: string, text: string | Uint8Array): Promise<void> {
    if (text.length === 0) return;
    try {
      await this.#options.host.appendText(path, text, { mode: PRIVATE_FILE_MODE });
    } catch (error) {
      this.#warnOnce(messageOf(error));
    }
  }

  #warnOnce(why: string): void {
    if (this.#warned) return;
    this.#warned = true;
    this.#options.warn(`Some output of stages is not kept: ${why}`);
  }
}
