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
  /** The schema of what a stage of this kind leaves behind, without what its nested stages do; for the checker and the page. */
  readonly outputs?: z.ZodType;
  /** For a kind that holds stages: what they see of it, and where their outputs stand; for the checker. */
  readonly scope?: ScopeSyntax;
}

/** What a kind that holds stages means to them. */
export interface ScopeSyntax {
  /** The names that they see besides the usual ones. */
  readonly binds: Readonly<Record<string, BoundName>>;
  /** Fields of the stage itself in which these names are known too: `until`. */
  readonly boundIn?: readonly string[];
  /** The output that lists the branches by key; without it the `stages` of the only branch stand in the outputs themselves. */
  readonly under?: string;
  /** The names that a branch's entry there repeats. */
  readonly shown?: readonly string[];
}

/** What a bound name holds: what a schema says, an item of the list in a field, or the value of a field. */
export type BoundName = z.ZodType | { readonly itemOf: string } | { readonly valueOf: string };
