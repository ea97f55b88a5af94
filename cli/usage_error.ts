/**
 * What was typed cannot be done.
 *
 * @module
 */

/** Ends the command with exit code 2. The first line says what to type instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
