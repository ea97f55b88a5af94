/**
 * The stage kind `raise`: fails on purpose.
 *
 * @module
 */
import { z } from "zod";
import { defineStage, type LeafStageKind, StageError } from "../core/plugin/stage_kind.ts";

/** A stage that fails with the given message. It is not tried again: it would only fail again. */
export function raise(): LeafStageKind {
  return defineStage({
    name: "raise",
    keys: ["raise"],
    summary: "Fails with a message.",
    fields: {
      raise: z.union([z.string(), z.number(), z.boolean()]).describe("What it fails with."),
    },
    written: { raise: z.string() },
    outputs: z.object({}),
    harmless: true,
    execute: ({ raise }) => Promise.reject(new StageError(String(raise), { retryable: false })),
  });
}
