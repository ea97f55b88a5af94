/**
 * What goes wrong in an expression, with its place in the text.
 *
 * @module
 */

/** Where an error stands and what users see as its class. */
export interface ExpressionErrorOptions {
  /** The error's class as users see it. @default "UtilError" */
  readonly name?: string;
  /** Offset of the first wrong character in the text that was parsed. @default 0 */
  readonly start?: number;
  /** Offset behind the last wrong character. @default start */
  readonly end?: number;
  /** What led to it. */
  readonly cause?: unknown;
}

/**
 * An expression that cannot be parsed or evaluated.
 *
 * @example
 * ```ts
 * import { ExpressionError } from "./expression_error.ts";
 *
 * const error = new ExpressionError("Cannot divide by zero", { name: "ZeroDivisionError", start: 4 });
 * console.assert(error.movedBy(10).start === 14);
 * ```
 */
export class ExpressionError extends Error {
  /** The class as users see it: `SyntaxError`, `UtilError`, `TypeError`, `ValueError`, `ZeroDivisionError`. */
  override readonly name: string;
  /** Offset of the first wrong character in the text. */
  readonly start: number;
  /** Offset behind the last wrong character. */
  readonly end: number;

  /**
   * Says what is wrong and where.
   *
   * @param message What is so.
   */
  constructor(message: string, options: ExpressionErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = options.name ?? "UtilError";
    this.start = options.start ?? 0;
    this.end = options.end ?? this.start;
  }

  /** The same error for a text in which the parsed one begins at `offset`. */
  movedBy(offset: number): ExpressionError {
    return this.placedAt(this.start + offset, this.end + offset);
  }

  /** The same error at another place. */
  placedAt(start: number, end: number): ExpressionError {
    return new ExpressionError(this.message, { name: this.name, start, end, cause: this.cause });
  }
}

/**
 * What somebody else's code threw while an expression was evaluated, as an
 * error at the place that called for it.
 */
export function placed(
  error: unknown,
  { start, end }: { readonly start: number; readonly end: number },
): ExpressionError {
  if (error instanceof ExpressionError) return error.placedAt(start, end);
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new ExpressionError(message, { name, start, end, cause: error });
}
