/**
 * What a stage kind is: how it is written, and how it is carried out.
 *
 * @module
 */
import type { z } from "zod";
import type { EmbeddedCode } from "../expr/embed.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { StageSyntax } from "../model/stage_syntax.ts";
import type { Expansion, ExpansionFacts, Refusal } from "../plan/expansion.ts";
import type { PlannedStage } from "../plan/plan.ts";
import type { Isolation } from "./isolation.ts";
import type { Clock, Host } from "./ports.ts";
import type { PrintedLines } from "./printed_lines.ts";
import type { StagePolicy } from "./stage_policy.ts";

/** What a trigger stage learns of the run that it started. */
export interface ChildRun {
  /** Its run id. */
  readonly runId: string;
  /** `SUCCESS`, `FAILED`, `SKIP` or `CANCEL`. */
  readonly status: string;
  /** Its context: `params` and `jobs` (REFERENCE §1.23). */
  readonly context: ValueObject;
  /** The message of what made it fail, if it did. */
  readonly message?: string;
}

/** Starts other workflows on behalf of a stage. */
export interface Runs {
  /**
   * Runs `workflow` to its end. The run id is derived from the attempt's key,
   * so that after a crash the same child run is taken up again.
   *
   * @throws {StageError} when there is no such workflow or it would trigger itself.
   */
  start(workflow: string, params: ValueObject, signal: AbortSignal): Promise<ChildRun>;
}

/** What a stage is handed while one attempt of it is carried out. */
export interface StageContext {
  /** Stable name of this attempt, `run/job[leg]/stage#n`: pass it on as an idempotency key. */
  readonly key: string;
  /** The run's id. */
  readonly runId: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** The stage as planned. */
  readonly stage: PlannedStage;
  /** Aborted on cancel and timeout; end your work and let the error through. */
  readonly signal: AbortSignal;
  /** The machine. */
  readonly host: Host;
  /** Time. */
  readonly clock: Clock;
  /** Other workflows. */
  readonly runs: Runs;
  /** A private folder that is removed after the attempt. */
  scratch(): Promise<string>;
  /**
   * Where code runs that gets no more of the machine than it was granted.
   *
   * @throws {StageError} where there is no isolation.
   */
  isolation(): Promise<Isolation>;
  /** Environment that the workflow, the job and the stage declare, rendered. */
  readonly env: Readonly<Record<string, string>>;
  /** The secrets that were granted by name; see {@linkcode StageSyntax.secretNames}. */
  readonly secrets: Readonly<Record<string, string>>;
  /** The script fields of the stage with their values apart (DESIGN §6), by field name. */
  readonly code: Readonly<Record<string, EmbeddedCode>>;
  /** The script fields of an earlier stage of the same job, with what their templates give now; `undefined` when there is none of this id. */
  earlierCode?(stage: string): Readonly<Record<string, EmbeddedCode>> | undefined;
  /** Looks up a name as an expression would: `params`, `matrix`, `stages`, `item`, … */
  lookup(name: string): Value | undefined;
  /** What the settings say of stages. @default nothing */
  readonly policy?: StagePolicy;
  /** The default language of `run:`. */
  readonly scriptLang: "ts" | "js" | "python";
  /** Prints a line, or several with line breaks between them, as the stage's own output. What comes after the stage has ended is dropped. */
  print(line: string | PrintedLines, stream?: "stdout" | "stderr"): void;
  /** Gives a sign of life, for a stage that is held to giving one now and then (`limits`). */
  heartbeat(): void;
}

/** What a stage leaves behind: names to plain values. */
export type Outputs = ValueObject;

/** A stage kind that does something: bash, script, trigger, … */
export interface LeafStageKind<Input = unknown> extends StageSyntax {
  /** It holds no stages. */
  readonly composite: false;
  /** The schema of what `execute` returns, for the checker and the page. */
  readonly outputs?: z.ZodType;
  /** Whether it has no effects and so is carried out in a dry run too (REFERENCE C-165). @default false */
  readonly harmless?: boolean;
  /**
   * Carries out one attempt. `input` is the stage's fields after rendering,
   * parsed by the schema again.
   *
   * @throws {StageError} to fail; any other error fails with its own class name.
   */
  execute(input: Input, context: StageContext): Promise<Outputs>;
  /** What is done in a dry run instead: look whether it could be carried out, and say so, without effects. @default the kind is named */
  rehearse?(input: Input, context: StageContext): Promise<Outputs>;
}

/** A stage kind that holds stages: parallel, foreach, until, case. Pure. */
export interface CompositeStageKind<Input = unknown> extends StageSyntax {
  /** It holds stages. */
  readonly composite: true;
  /** Says which branches to open now. Called again while it asks for `again`. */
  expand(input: Input, facts: ExpansionFacts): Expansion | Refusal;
}

/** Any stage kind. */
export type StageKind = LeafStageKind | CompositeStageKind;

/**
 * Defines a stage kind that does something, with the input's type taken from
 * its schema.
 */
export function defineStage<Shape extends z.ZodRawShape>(
  kind: Omit<LeafStageKind<z.infer<z.ZodObject<Shape>>>, "composite" | "fields"> & {
    readonly fields: Shape;
  },
): LeafStageKind<z.infer<z.ZodObject<Shape>>> {
  return { ...kind, composite: false };
}

/** Defines a stage kind that holds stages. */
export function defineComposite<Shape extends z.ZodRawShape>(
  kind: Omit<CompositeStageKind<z.infer<z.ZodObject<Shape>>>, "composite" | "fields"> & {
    readonly fields: Shape;
  },
): CompositeStageKind<z.infer<z.ZodObject<Shape>>> {
  return { ...kind, composite: true };
}

/** A failure that a stage reports on purpose. */
export class StageError extends Error {
  /** The error's class as users see it. */
  override readonly name: string;
  /** Whether trying again may help. */
  readonly retryable: boolean;
  /** Outputs to keep in spite of the failure, e.g. the context of a triggered workflow. */
  readonly outputs: Outputs;
  /** What else is known, e.g. a script's exit code and `stdout`; shown under the stage's `info`. */
  readonly details: ValueObject;
  /** What the failure means for the stage. */
  readonly outcome: "failed" | "cancelled" | "skipped";

  /**
   * Makes one.
   *
   * @param message What is so.
   */
  constructor(message: string, options: StageErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = options.name ?? "StageError";
    this.retryable = options.retryable ?? true;
    this.outputs = options.outputs ?? {};
    this.details = options.details ?? {};
    this.outcome = options.outcome ?? "failed";
  }
}

/** Options for {@linkcode StageError}. */
export interface StageErrorOptions {
  /** The error's class as users see it. @default "StageError" */
  readonly name?: string;
  /** Whether trying again may help. @default true */
  readonly retryable?: boolean;
  /** Outputs to keep in spite of the failure. */
  readonly outputs?: Outputs;
  /** What else is known; shown under the stage's `info`. */
  readonly details?: ValueObject;
  /** `cancelled` or `skipped` settle the stage so, without a retry. @default "failed" */
  readonly outcome?: "failed" | "cancelled" | "skipped";
  /** What led to it. */
  readonly cause?: unknown;
}
