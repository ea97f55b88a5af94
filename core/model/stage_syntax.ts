/**
 * How a stage kind is written in a workflow: what loading and checking know
 * of it, without knowing how it is carried out.
 *
 * @module
 */
import type { z } from "zod";
import type { CodeLanguage } from "../expr/embed.ts";
import type { ValueObject } from "../expr/value.ts";
import type { ReachNames, StageNeed, StageReach } from "./need.ts";

export type { CodeLanguage };

/** How a stage kind is written. */
export interface StageSyntax {
  /** What the kind is called: `"bash"`, `"foreach"`. */
  readonly name: string;
  /** The YAML keys that tell the kind: a stage that has them all is of this kind; the kind with the most keys wins. */
  readonly keys: readonly string[];
  /** What some of these keys must hold, letter for letter, to tell the kind: `{ uses: "./greet.ts#greet" }`. It goes before a kind that asks for less. @default anything */
  readonly values?: Readonly<Record<string, string>>;
  /** One sentence on what it is for. */
  readonly summary: string;
  /** The fields besides the common ones, as written; numbers that may be templates use {@linkcode templated}. */
  readonly fields: z.ZodRawShape;
  /** Fields that take less as written than their rendered values may be: a text, where a template in it may give a number. @default as `fields` */
  readonly written?: z.ZodRawShape;
  /** Fields that hold code: templates in them are carried out of band, never pasted. */
  readonly code?: (
    input: ValueObject,
    scriptLang: "ts" | "js" | "python",
  ) => Readonly<Record<string, CodeLanguage>>;
  /** Fields that take secrets besides `env`: what stands in them is neither kept nor shown, nor handed to another run. */
  readonly secrets?: readonly string[];
  /** Secrets that are handed over by name, as `context.secrets`, besides those that the fields name. They are read before the run begins. @default none */
  readonly secretNames?: readonly string[];
  /**
   * What the engine's process must be allowed for a stage of this kind, its
   * fields as written. Asked before a run begins, so that a flag that is
   * missing is one clear message. @default nothing
   */
  readonly needs?: (input: ValueObject, facts: StageNeedFacts) => readonly StageNeed[];
  /** What isolated code of such a stage may reach, its fields as written; `undefined` where it has none. @default it has none */
  readonly reach?: (input: ValueObject, facts: StageNeedFacts) => StageReach | undefined;
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

/** What the needs of a stage may follow from, besides its fields. */
export interface StageNeedFacts {
  /** The language of `run:` where the stage names none. */
  readonly scriptLang: "ts" | "js" | "python";
  /** Where `uses:` looks for functions. */
  readonly registryCaller: readonly string[];
  /** What scripts are granted. @default nothing */
  readonly scriptGrant?: ReachNames;
}

/** Whether a secret may stand in a field of a stage. Of the field `env` every kind takes care. */
export function takesSecrets({ secrets = [] }: StageSyntax, field: string): boolean {
  return field === "env" || secrets.includes(field);
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
