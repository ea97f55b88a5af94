/**
 * Who is told of what happens: audits and sinks.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Address, RunEvent } from "../run/event.ts";

/** A line that a stage printed. Best effort, never read by the decider. */
export interface OutputLine {
  /** When, in epoch milliseconds. */
  readonly at: number;
  /** Which stage. */
  readonly stage: Address;
  /** Which attempt of it. */
  readonly attempt: number;
  /** Where it was printed. */
  readonly stream: "stdout" | "stderr";
  /** The line without its end. */
  readonly text: string;
}

/** Is told of events once they are durable, and of output lines. A sink that throws is dropped with a warning; the run goes on. */
export interface Sink {
  /** For messages about it. */
  readonly name: string;
  /** Called with the events of one append, in order. */
  events?(runId: string, events: readonly RunEvent[]): void;
  /** Called with each line of output. */
  line?(runId: string, line: OutputLine): void;
  /** Called once the run has settled; resolves when all is written. */
  flush?(runId: string): Promise<void>;
}

/** What people answer for: one finished run or release (REFERENCE C-300). */
export interface AuditRecord {
  /** The workflow's name, or the name that the release gave instead. */
  readonly name: string;
  /** The logical date in epoch milliseconds; the start of the run when it is no release. */
  readonly releaseMs: number;
  /** `normal`, `rerun`, `event`, `force`; `execute` for a run that is no release. */
  readonly type: string;
  /** The run's id. */
  readonly runId: string;
  /** The parent run's id, if any. */
  readonly parentRunId: string | null;
  /** The finished context (REFERENCE §1.23), `info` included, as plain JSON. */
  readonly context: ValueObject;
  /** Free metadata with `exec_start`, `exec_end`, `exec_latency`, `timeout`, `original_name`, `trigger`, `workflow_digest`, `engine`. */
  readonly runsMetadata: ValueObject;
}

/** Which audit records to find. */
export interface AuditQuery {
  /** The workflow. */
  readonly name: string;
  /** Only this logical date, in epoch milliseconds; parts of a second do not count. */
  readonly releaseMs?: number;
  /** At most so many. @default 1000 */
  readonly limit?: number;
}

/** Keeps audit records. */
export interface Audit {
  /** For messages about it. */
  readonly name: string;
  /** Writes a record whole or not at all, without the top-level fields that are excluded (REFERENCE C-303); says where it went. */
  save(record: AuditRecord, options?: { readonly excluded?: readonly string[] }): Promise<string>;
  /** The records of a workflow, newest release first. Empty when there are none. */
  find(query: AuditQuery): Promise<readonly AuditRecord[]>;
  /** Whether the workflow has a record for this logical date. */
  has(name: string, releaseMs: number): Promise<boolean>;
}
