/**
 * How a trigger of a plugin is written: what loading knows of it, without
 * knowing how it is watched.
 *
 * @module
 */
import type { z } from "zod";

/** The most triggers of one kind in a workflow where the kind does not say. */
export const MAX_TRIGGERS_OF_A_KIND = 20;

/** How a kind of trigger is written. */
export interface TriggerSyntax {
  /** The key under `on`: `file`. Runs that it starts have it as their trigger. */
  readonly name: string;
  /** One sentence on what starts a workflow then. */
  readonly summary: string;
  /** What may stand under the key; several in a list make several triggers. */
  readonly fields: z.ZodRawShape;
  /** Keys that may be written and have no effect. @default none */
  readonly inert?: readonly string[];
  /** Whether its runs stand for no moment, so that they have no `release`. @default they stand for the one of what happened */
  readonly slotless?: true;
  /** The most of one workflow. @default {@linkcode MAX_TRIGGERS_OF_A_KIND} */
  readonly most?: number;
}
