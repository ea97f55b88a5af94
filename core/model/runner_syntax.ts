/**
 * How a place where jobs run is written: what checking knows of a `runs-on`
 * type, without knowing how its processes are started.
 *
 * @module
 */
import type { z } from "zod";

/** How a type of `runs-on` is written. */
export interface RunnerSyntax {
  /** What `runs-on` calls it: `container`. */
  readonly name: string;
  /** One sentence on where processes run then. */
  readonly summary: string;
  /** What may stand under `with`. */
  readonly fields: z.ZodRawShape;
  /** Keys under `with` that may be written and have no effect. @default none */
  readonly inert?: readonly string[];
}
