/**
 * How a stage kind is written in a workflow: what loading and checking know
 * of it, without knowing how it is carried out.
 *
 * @module
 */
import type { z } from "zod";
import type { CodeLanguage } from "../expr/embed.ts";
import type { ValueObject } from "../expr/value.ts";

export type { CodeLanguage };

/** How a stage kind is written. */
export interface StageSyntax {
  /** What the kind is called: `"bash"`, `"foreach"`. */
  readonly name: string;
  /** The YAML keys that tell the kind: a stage that has them all is of this kind; the kind with the most keys wins. */
  readonly keys: readonly string[];
  /** One sentence on what it is for. */
  readonly summary: string;
  /** The fields besides the common ones, as written; numbers that may be templates use {@linkcode templated}. */
  readonly fields: z.ZodRawShape;
  /** Fields that hold code: templates in them are carried out of band, never pasted. */
  readonly code?: (
    input: ValueObject,
    scriptLang: "ts" | "js" | "python",
  ) => Readonly<Record<string, CodeLanguage>>;
  /** Fields that are kept as written because the kind evaluates them itself: `until`. */
  readonly raw?: readonly string[];
  /**
   * For a kind that holds stages: where the lists stand, as paths from the
   * stage to each list, by body name: `{ stages: ["stages"] }`.
   */
  readonly bodies?: (input: ValueObject) => Readonly<Record<string, readonly (string | number)[]>>;
}
