/**
 * Who is told of what happens: audits and sinks.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Address, RunEvent } from "../run/event.ts";
import type { PrintedLines } from "./printed_lines.ts";

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

/** Lines that a stage printed at once: many in a flood, mostly one. */
export interface OutputBlock extends Omit<OutputLine, "text"> {
  /** The lines, with line breaks between them and none at the end. */
  readonly text: string;
  /** The same as they were printed, where a process did so and nothing had to be hidden: to keep or count them without making `text`. */
  readonly printed?: PrintedLines;
}

/** Slots of a schedule, or what a trigger told of, that passed without a run. */
export interface MissedRun {
  /** The workflow. */
  readonly workflow: string;
  /** The id that the run of the newest slot would have had. */
  readonly runId: string;
  /** What that run would have stood for, in epoch milliseconds. */
  readonly slotMs: number;
  /** The first slot that was missed; the same where there is one. */
  readonly firstMs: number;
  /** How many were missed; `undefined` where there are too many to count them. */
  readonly count: number | undefined;
  /** When this was found, in epoch milliseconds. */
  readonly atMs: number;
  /** Why it did not begin. */
  readonly why: string;
}

/** Is told of events once they are durable, and of output lines. A sink that throws is dropped with a warning; the run goes on. */
export interface Sink {
  /** For messages about it. */
  readonly name: string;
  /** Called with the events of one append, in order. */
  events?(runId: string, events: readonly RunEvent[]): void;
  /** Called with each line of output, unless there is `lines`. */
  line?(runId: string, line: OutputLine): void;
  /** Called with lines as they come, many at once in a flood: for a sink that must not slow it down. */
  lines?(runId: string, block: OutputBlock): void;
  /** Called when a scheduler finds that a run did not begin: an alarm. Of several slots that passed at once it tells of the newest. */
  missed?(missed: MissedRun): void;
  /** Called once the run has settled; resolves when all is written. */
  flush?(runId: string): Promise<void>;
}

/** How much a trace entry matters. */
export type TraceLevel = "debug" | "info" | "warning" | "error";

/** One line of a trace: something that a run did, for people. */
export interface TraceEntry {
  /** When, in epoch milliseconds. */
  readonly atMs: number;
  /** How much it matters. */
  readonly level: TraceLevel;
  /** What it is about: `workflow`, `job` or `stage` (REFERENCE C-321). */
  readonly module: "workflow" | "job" | "stage";
  /** The run. */
  readonly runId: string;
  /** The part of the run; empty for the run itself. */
  readonly address: Address;
  /** What happened. */
  readonly message: string;
}

/** Reads a trace back. */
export interface TraceHistory {
  /** The runs that it knows, the newest first, each with when it was last heard of, in epoch milliseconds. */
  runs(): Promise<readonly { readonly runId: string; readonly lastMs: number }[]>;
  /** What a run did, in order. */
  read(runId: string): AsyncIterable<TraceEntry>;
  /** Forgets a run; quiet when it is not known. */
  remove(runId: string): Promise<void>;
}

/** A sink that settings choose to follow runs by. */
export interface Trace extends Sink {
  /** Reads back what was kept; absent for a trace that keeps nothing. */
  readonly history?: TraceHistory;
  /** Sends or frees what is held. */
  close?(): Promise<void>;
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
  /** Free metadata with `exec_start`, `exec_end`, `exec_latency`, `timeout`, `original_name`, `trigger`, `workflow_digest`, `engine`, `recorded_by`. */
  readonly runsMetadata: ValueObject;
}

/** Which audit records to find. */
export interface AuditQuery {
  /** The workflow. @default every one */
  readonly name?: string;
  /** Only this logical date, in epoch milliseconds; parts of a second do not count. */
  readonly releaseMs?: number;
  /** Only logical dates from here on, in epoch milliseconds. */
  readonly sinceMs?: number;
  /** Only logical dates before this one, in epoch milliseconds. */
  readonly untilMs?: number;
  /** Only records of these types: `normal`, `rerun`, `event`, `force`, `execute`. */
  readonly types?: readonly string[];
  /** Only this run. */
  readonly runId?: string;
  /** At most so many. @default 1000 */
  readonly limit?: number;
}

/** Which audit records are old enough to go: those that neither limit keeps. */
export interface AuditLimits {
  /** So many of the newest records of each workflow stay. @default 0 */
  readonly keep?: number;
  /** Records of runs that ended at this moment or later stay, in epoch milliseconds. @default none of them */
  readonly endedBeforeMs?: number;
  /** Says what would go, and removes nothing. @default false */
  readonly dryRun?: boolean;
}

/** Names one audit record. */
export type AuditedRun = Pick<AuditRecord, "name" | "releaseMs" | "runId">;

/**
 * Keeps audit records.
 *
 * A record is kept once `save` has resolved, and that alone decides whether it
 * is called again: an engine that was told of a failure calls it again for that
 * audit, and an engine that finds a run whose engine died before it let go of it
 * calls it for every audit, since it cannot know how far the other one came.
 * What `find` gives decides nothing: it may give a record whose save was cut
 * off, and miss one that cannot be read.
 */
export interface Audit {
  /** For messages about it. */
  readonly name: string;
  /**
   * Writes a record whole or not at all, without the top-level fields that are
   * excluded (REFERENCE C-303); says where it went. A run has one record, by its
   * name, its date and its id: where that is kept already nothing changes, even
   * if this one says something else, and where an earlier call was cut off it is
   * completed. Rejects where something else stands for the run that no call of
   * this has left.
   */
  save(record: AuditRecord, options?: { readonly excluded?: readonly string[] }): Promise<string>;
  /** The records that can be read, newest release first; what is damaged is left out, with a warning. Empty when there are none. */
  find(query: AuditQuery): Promise<readonly AuditRecord[]>;
  /** Whether the workflow has a record for this logical date. */
  has(name: string, releaseMs: number): Promise<boolean>;
  /** Removes what is old enough; says what that was. */
  prune?(limits: AuditLimits): Promise<readonly AuditedRun[]>;
  /** Shows whether what it keeps is as it was written; absent for an audit that cannot tell. */
  readonly evidence?: AuditEvidence;
  /** Frees what is held. */
  close?(): Promise<void>;
}

/** Shows whether an audit is as it was written. */
export interface AuditEvidence {
  /** Looks at every record; with heads that were known earlier also whether nothing was cut off since. */
  verify(options?: { readonly heads?: readonly string[] }): Promise<AuditVerdict>;
  /** The checkpoints that were kept beside the records, oldest first, as the texts that they were. */
  checkpoints(): Promise<readonly string[]>;
  /** Keeps a checkpoint beside the records. */
  keepCheckpoint(text: string, head: string): Promise<void>;
}

/** Something in an audit that is not as it was written. */
export interface AuditProblem {
  /** Where in the chain, if it is in it. */
  readonly position?: number;
  /** Which record or file, within the audit; empty where it is none of them. */
  readonly path: string;
  /** What is so. */
  readonly message: string;
}

/** What a verification comes to. */
export interface AuditVerdict {
  /** How many links there are: records that were written, and records that were removed. */
  readonly links: number;
  /** How many records there are, and should be. */
  readonly records: number;
  /** The last link as `position:hash`; a later verification can be told to find it. */
  readonly head: string;
  /** All that is wrong; empty where nothing is. */
  readonly problems: readonly AuditProblem[];
}
