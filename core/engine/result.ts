/**
 * What a run comes to.
 *
 * @module
 */
import { mappingOf } from "../expr/mapping.ts";
import type { ValueObject } from "../expr/value.ts";
import type { Status } from "../run/status.ts";

/** An error in a result: of the run, a job or a stage. */
export interface ResultError {
  /** The error's class. */
  readonly name: string;
  /** What is so. */
  readonly message: string;
  /** Where: empty for the run, else `job` or `job.stage`. */
  readonly where: string;
}

/** What a run came to (REFERENCE S-110 … S-113). */
export class Result {
  /**
   * Makes one.
   *
   * @param facts What the run came to.
   */
  constructor(
    facts: {
      readonly runId: string;
      readonly parentRunId?: string | undefined;
      readonly status: Status;
      /** May be made when it is first read: that of a large matrix is as large as its run. */
      readonly context: ValueObject | (() => ValueObject);
    },
  ) {
    this.runId = facts.runId;
    this.parentRunId = facts.parentRunId;
    this.status = facts.status;
    const { context } = facts;
    if (typeof context === "function") makeWhenRead(this, context);
    else this.context = context;
  }

  /** The run's id. */
  readonly runId: string;
  /** The id of the run that started it, or that the caller gave. */
  readonly parentRunId: string | undefined;
  /** `SUCCESS`, `FAILED`, `SKIP` or `CANCEL`; plain text, so `===` works. */
  readonly status: Status;
  /** What the run left (REFERENCE §1.23). */
  declare readonly context: ValueObject;

  /** Every error in the context: the run's own first, then those of jobs and their stages. */
  get errors(): readonly ResultError[] {
    const jobs = Object.entries(mappingOf(this.context.jobs));
    return [
      ...errorsAt(this.context, ""),
      ...jobs.flatMap((
        [id, job],
      ) => [...errorsAt(mappingOf(job), id), ...stageErrors(mappingOf(job), id)]),
    ];
  }
}

/** An own property, as it would be otherwise. */
function makeWhenRead(result: Result, make: () => ValueObject): void {
  const described = { enumerable: true, configurable: true };
  const get = () => {
    const value = make();
    Object.defineProperty(result, "context", { ...described, value });
    return value;
  };
  Object.defineProperty(result, "context", { ...described, get });
}

function stageErrors(job: ValueObject, id: string): ResultError[] {
  const legs = Object.values(mappingOf(job.strategies)).map(mappingOf);
  return [job, ...legs].flatMap((part) =>
    Object.entries(mappingOf(part.stages)).flatMap(([stage, entry]) =>
      errorsAt(mappingOf(entry), `${id}.${stage}`)
    )
  );
}

/** Errors are one `{name, message}`, or several keyed by branch. */
function errorsAt(part: ValueObject, where: string): ResultError[] {
  const errors = mappingOf(part.errors);
  const { name, message } = errors;
  if (typeof name === "string" && typeof message === "string") return [{ name, message, where }];
  return Object.values(errors).flatMap((error) => errorsAt({ errors: error }, where));
}
