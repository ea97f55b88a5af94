/**
 * What a workflow or a job sets up for all its stages.
 *
 * @module
 */
import { z } from "zod";
import type { ScriptLanguage } from "./workflow.ts";

/** How environment variables are written: names to texts, numbers or truth values. */
export function envSchema(): z.ZodType<Record<string, string | number | boolean | null>> {
  const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, {
    error:
      "The name of an environment variable has letters, digits and underscores, and begins with no digit",
  });
  return z.record(name, z.union([z.string(), z.number(), z.boolean(), z.null()]));
}

/** Defaults for stages, as written. */
export interface WrittenDefaults {
  /** For `run:`. */
  readonly run?: { readonly lang?: ScriptLanguage | undefined } | undefined;
}

/** How defaults for stages are written. */
export function defaultsSchema(): z.ZodType<WrittenDefaults> {
  return z.strictObject({
    run: z.strictObject({ lang: z.enum(["ts", "js", "python"]).optional() }).optional(),
  });
}
