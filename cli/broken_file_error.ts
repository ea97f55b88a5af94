/**
 * A file that cannot be run.
 *
 * @module
 */
import { WorkflowError } from "../core/engine/errors.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";

/** A file with errors, and its text, which may have come from standard input. */
export class BrokenFileError extends WorkflowError {
  /** The text. */
  readonly text: string;

  /** @param file The file, as messages name it. */
  constructor(
    file: string,
    diagnostics: readonly Diagnostic[],
    { text }: { readonly text: string },
  ) {
    const errors = diagnostics.filter(({ severity }) => severity === "error").length;
    super(`Cannot run ${file}: it has ${errors === 1 ? "an error" : `${errors} errors`}`, {
      diagnostics,
    });
    this.text = text;
  }
}
