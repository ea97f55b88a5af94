/**
 * The stage kind `parallel`: several lists of stages at once (REFERENCE C-232
 * to C-236).
 *
 * @module
 */
import { z } from "zod";
import { entriesOfWritten } from "../core/model/written.ts";
import type { Expansion } from "../core/plan/expansion.ts";
import { type CompositeStageKind, defineComposite } from "../core/plugin/stage_kind.ts";
import { countOf, type CountRule, countSchema } from "./count.ts";

/** How many branches run at once where a stage does not say. */
export const DEFAULT_WORKERS = 2;

/** The most branches that run at once. */
export const MAX_WORKERS = 19;

/** Runs branches at once. Each comes to its end, whatever becomes of the others. */
export function parallel(): CompositeStageKind {
  return defineComposite({
    name: "parallel",
    keys: ["parallel"],
    summary: "Runs several lists of stages at once.",
    fields: {
      parallel: z.record(z.string(), z.array(z.unknown()).nullable())
        .describe("The branches: names to lists of stages."),
      "max-workers": countSchema(WORKERS).optional().describe("How many branches run at once."),
      max_workers: countSchema(WORKERS).optional(),
    },
    raw: ["max-workers", "max_workers"],
    bodies: ({ parallel }) =>
      Object.fromEntries(
        entriesOfWritten(parallel).map(([branch]) => [branch, ["parallel", branch]]),
      ),
    outputs: z.object({ workers: z.number() }),
    scope: { binds: { branch: z.string() }, under: "parallel", shown: ["branch"] },
    expand: (input, { render }) => {
      const workers = countOf(input["max-workers"] ?? input.max_workers, { ...WORKERS, render });
      return expansionOf(Object.keys(input.parallel), workers);
    },
  });
}

const WORKERS: CountRule = { name: "max-workers", max: MAX_WORKERS, fallback: DEFAULT_WORKERS };

function expansionOf(names: readonly string[], workers: number): Expansion {
  return {
    branches: names.map((branch) => ({ key: branch, body: branch, bindings: { branch } })),
    limit: workers,
    failFast: false,
    again: false,
    header: { workers },
    noun: "branch",
    under: "parallel",
    shown: ["branch"],
  };
}
