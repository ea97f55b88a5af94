/**
 * The stage kind `empty`: says something, waits, or does nothing.
 *
 * @module
 */
import { z } from "zod";
import { dedent } from "../core/expr/dedent.ts";
import { textOf } from "../core/expr/text.ts";
import type { Value } from "../core/expr/value.ts";
import { templated } from "../core/model/templated.ts";
import { isValue } from "../core/model/written.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";

/** Seconds that a stage may sleep, exclusive. */
export const MAX_SLEEP_SECONDS = 1_800;

const fields = {
  // What a template gives is said, whatever it is; what is written is a text (REFERENCE C-174).
  echo: z.custom<Value>(isValue).optional()
    .describe("What is printed."),
  sleep: templated(z.number().min(0).lt(MAX_SLEEP_SECONDS)).optional()
    .describe("How many seconds to wait."),
};

/** A stage that prints `echo` and then waits `sleep` seconds, both if given. */
export function empty(): LeafStageKind {
  return defineStage({
    name: "empty",
    keys: [],
    summary: "Prints a text, waits, or does nothing.",
    fields,
    written: { echo: z.string().nullable().optional().describe("What is printed.") },
    outputs: z.object({}),
    harmless: true,
    execute,
  });
}

async function execute(
  { echo, sleep = 0 }: z.infer<z.ZodObject<typeof fields>>,
  { clock, signal, print }: StageContext,
): Promise<Outputs> {
  if (typeof sleep === "string") {
    throw new StageError(`Cannot sleep "${sleep}": it is no number of seconds`, {
      name: "ValueError",
      retryable: false,
    });
  }
  const text = echo == null ? "" : dedent(textOf(echo).replace(/^\n+|\n+$/g, ""));
  if (text !== "") text.split("\n").forEach((line) => print(line));
  if (sleep > 0) await clock.pause(sleep * 1_000, signal);
  return {};
}
