/**
 * How the command ends, for scripts.
 *
 * @module
 */

/** The exit codes there are. */
export const EXIT = {
  /** It did what was asked; a run that was skipped counts. */
  ok: 0,
  /** A run failed, or the machine would not. */
  failed: 1,
  /** What was asked for cannot be: a bad file, an unknown workflow, a wrong parameter or flag. */
  invalid: 2,
  /** A run was cancelled. */
  cancelled: 130,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
