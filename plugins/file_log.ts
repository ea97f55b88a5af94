/**
 * What stages print, in files: one for each attempt.
 *
 * ```text
 * logs/<run>/<stage>.<attempt>.log
 *
 * {"log":1,"run":"etl-1","stage":"load[]/fetch","attempt":1,"at":1769832306000}
 * 0 1 Hello
 * 215 2 warning: 3 rows left
 * ```
 *
 * The first line says whose output it is; each other one begins with the
 * milliseconds since then and 1 for standard output, 2 for standard error.
 *
 * @module
 */
import { encodeName } from "../core/plugin/file_name.ts";
import type { Clock, Host } from "../core/plugin/ports.ts";
import type { OutputLine, Sink } from "../core/plugin/sink.ts";
import type { Address } from "../core/run/event.ts";
import { AttemptLog, type LogPorts } from "./file_log/attempt_log.ts";
import { logsOf, readLog } from "./file_log/read_log.ts";

/** Options for {@linkcode fileLog}. */
export interface FileLogOptions {
  /** Holds the files; made with mode 0700 where it is missing. */
  readonly folder: string;
  /** The files' machine. */
  readonly host: Pick<Host, "appendText" | "listNames" | "readLines">;
  /** Says when to write what is waiting. */
  readonly clock: Clock;
  /** Is told, once, when output cannot be kept. */
  readonly warn: (message: string) => void;
  /** The most that is kept of an attempt, in UTF-16 code units. @default {@linkcode MAX_LOG_LENGTH} */
  readonly maxLength?: number;
}

/** Whose output to read. */
export interface LogQuery {
  /** Only this stage's. */
  readonly stage?: Address;
  /** Only this attempt's. */
  readonly attempt?: number;
}

/** A sink that keeps output, and gives it back. */
export interface FileLog extends Sink {
  /** Takes a line. */
  line(runId: string, line: OutputLine): void;
  /** Writes out what is waiting of a run. */
  flush(runId: string): Promise<void>;
  /** What a run's stages printed, as far as it is in files: attempt after attempt, in the order in which they began. */
  read(runId: string, query?: LogQuery): AsyncIterable<OutputLine>;
}

/** Milliseconds that a line waits at most before it is written. */
export const FLUSH_INTERVAL_MS = 200;

/** The most that is kept of an attempt, in UTF-16 code units: 128 Mi. */
export const MAX_LOG_LENGTH: number = 128 * 1024 * 1024;

/** The most that waits to be written, of all attempts, in UTF-16 code units: 16 Mi. */
export const MAX_WAITING_LENGTH: number = 16 * 1024 * 1024;

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

class FileLogSink implements FileLog {
  readonly name = "file-log";
  readonly #options: FileLogOptions;
  readonly #ports: LogPorts;
  /** By run, then by attempt. */
  readonly #runs = new Map<string, Map<string, AttemptLog>>();
  /** Most lines are of the same attempt as the one before. */
  #latest: AttemptLog | undefined;
  #timer: AbortController | undefined;
  #waitingLength = 0;
  #warned = false;

  constructor(options: FileLogOptions) {
    this.#options = options;
    this.#ports = {
      append: (path, text) => this.#append(path, text),
      hasRoom: (length) => this.#waitingLength + length <= MAX_WAITING_LENGTH,
      maxLength: options.maxLength ?? MAX_LOG_LENGTH,
    };
  }
}
