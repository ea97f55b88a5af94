/**
 * What a process leaves behind, as the outputs of a stage (REFERENCE C-184).
 *
 * @module
 */
import type { SpawnResult } from "../core/plugin/ports.ts";
import type { Outputs } from "../core/plugin/stage_kind.ts";

/** Characters of standard error that a failure's message quotes. */
export const MAX_QUOTED_ERROR_CHARS = 16_000;

/** `return_code`, `stdout` and `stderr`; a process that a signal ended has no code. */
export function processOutputs(result: SpawnResult): Outputs {
  return { return_code: result.exitCode, ...printedOutputs(result) };
}

/** `stdout` and `stderr`; and `truncated`, the names of those of which only the beginning was kept. */
export function printedOutputs({ stdout, stderr, truncated, cut }: SpawnResult): Outputs {
  return {
    stdout: trimmed(stdout),
    stderr: trimmed(stderr),
    ...(truncated ? { truncated: cut ?? ["stdout", "stderr"] } : {}),
  };
}

/** Why it failed, in its own words: the end of what it wrote to standard error, and the signal that ended it. */
export function processComplaint({ stderr, signal, exitCode }: SpawnResult): string {
  const said = stderr.trimEnd().slice(-MAX_QUOTED_ERROR_CHARS);
  if (signal !== null) return [said, `Ended by ${signal}`].filter((part) => part !== "").join("\n");
  return said === "" ? `Exit code ${exitCode}, without a word on standard error` : said;
}

/** Line ends at both ends are no part of the output; nothing is null. */
function trimmed(text: string): string | null {
  return text.replace(/^\n+|\n+$/g, "") || null;
}
