/**
 * Holds stage kinds to what they declare: the checker promises authors that an
 * output is there and of its type, so an attempt that leaves another one fails
 * where it happened, and not where it is read.
 *
 * @module
 */
import { readWith } from "../model/issues.ts";
import type { StageSyntax } from "../model/stage_syntax.ts";
import { StageError } from "../plugin/stage_kind.ts";

/**
 * Makes sure that outputs are what their stage kind declares. A kind without a
 * schema may leave anything.
 *
 * @example
 * ```ts
 * import { assertDeclaredOutputs } from "./declared_outputs.ts";
 * import { throws } from "node:assert/strict";
 * import { z } from "zod";
 *
 * const count = { name: "count", outputs: z.object({ rows: z.number() }) };
 * assertDeclaredOutputs(count, { rows: 3 });
 * throws(() => assertDeclaredOutputs(count, { rows: "three" }), /"rows" must be a number/);
 * ```
 *
 * @throws {StageError} for outputs that do not fit; another attempt would leave the same.
 */
export function assertDeclaredOutputs(
  { name, outputs: declared }: Pick<StageSyntax, "name" | "outputs">,
  outputs: unknown,
): void {
  if (declared === undefined) return;
  const problems: string[] = [];
  readWith(declared, outputs, {
    path: [],
    subject: "it",
    report: ({ message }) => problems.push(message),
  });
  if (problems.length === 0) return;
  const shown = problems.slice(0, MAX_TOLD).join("; ");
  throw new StageError(`Stage kind "${name}" left outputs other than it declares: ${shown}`, {
    name: "OutputError",
    retryable: false,
  });
}

/** The most problems that one failure tells of. */
const MAX_TOLD = 5;
