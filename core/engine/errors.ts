/**
 * What the public edge throws (REFERENCE C-266).
 *
 * @module
 */
import type { Diagnostic } from "../source/diagnostic.ts";

/** Options for {@linkcode WorkflowError}. */
export interface WorkflowErrorOptions extends ErrorOptions {
  /** All that is wrong with the workflow, if that is the reason. */
  readonly diagnostics?: readonly Diagnostic[];
}

/** A workflow that cannot be loaded or run. */
export class WorkflowError extends Error {
  /** The error's class as users see it. */
  override readonly name: string = "WorkflowError";
  /** All that is wrong with the workflow; empty when something else is. */
  readonly diagnostics: readonly Diagnostic[];

  /**
   * Makes one.
   *
   * @param message What is so.
   */
  constructor(message: string, options: WorkflowErrorOptions = {}) {
    super(message, options);
    this.diagnostics = options.diagnostics ?? [];
  }
}

/** A workflow that is not there. Its name is `ValueError`, as the reference has it, and `notFound` is true (REFERENCE §2, row 18). */
export class WorkflowNotFoundError extends WorkflowError {
  /** The error's class as users see it. */
  override readonly name = "ValueError";
  /** Tells it from other mistakes. */
  readonly notFound = true;
}

/** One parameter that does not fit. */
export interface ParamMistake {
  /** The parameter. */
  readonly paramName: string;
  /** What is wrong: what was given and what is allowed. */
  readonly message: string;
  /** The error's class as the reference names it. */
  readonly name: string;
}

/** Parameters that do not fit. Says of the first; `mistakes` has all. */
export class ParamError extends WorkflowError {
  /** The error's class as users see it. */
  override readonly name: string;
  /** The first parameter that does not fit. */
  readonly paramName: string;
  /** What is wrong with it. */
  readonly validationError: string;
  /** All parameters that do not fit. */
  readonly mistakes: readonly ParamMistake[];

  /**
   * Makes one.
   *
   * @param mistakes At least one.
   */
  constructor(mistakes: readonly ParamMistake[]) {
    super(mistakes.map(({ message }) => message).join("; "));
    this.name = mistakes[0]?.name ?? "ParamError";
    this.paramName = mistakes[0]?.paramName ?? "";
    this.validationError = mistakes[0]?.message ?? "";
    this.mistakes = mistakes;
  }
}

/** A run that took longer than it may; thrown only by callers that ask for it (REFERENCE §2, row 14). */
export class WorkflowTimeoutError extends WorkflowError {
  /** The error's class as users see it. */
  override readonly name = "WorkflowTimeoutError";
}

/** A release date that the workflow's schedule does not have (REFERENCE S-054). */
export class EventError extends WorkflowError {
  /** The error's class as users see it. */
  override readonly name = "EventError";
}
