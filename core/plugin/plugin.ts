/**
 * What a plugin is: a function that returns a plain object.
 *
 * @module
 */
import type { ExpressionFilter, ExpressionFunction } from "../expr/evaluation_context.ts";
import type { AuditKind, JournalKind, TraceKind } from "./configured_kind.ts";
import type { Permissions } from "./permissions.ts";
import type { RunnerKind } from "./runner.ts";
import type { SecretProvider } from "./secrets.ts";
import type { StageKind } from "./stage_kind.ts";
import type { TriggerKind } from "./trigger.ts";

/** A set of things that extend the engine. Made by a function, without work at import. */
export interface Plugin {
  /** For messages about it. */
  readonly name: string;
  /**
   * What it asks for. A name may hold templates over the stage's input,
   * `${{ input.url | host }}`; they are rendered when the stage begins. It gets
   * what the user grants of it. Of a trusted plugin it is what the engine's own
   * process needs. @default nothing
   */
  readonly permissions?: Permissions;
  /** Stage kinds; a name or set of keys that is taken already is refused. */
  readonly stages?: readonly StageKind[];
  /** Where secrets come from; those of the settings are asked first. */
  readonly secrets?: readonly SecretProvider[];
  /** Kinds of audit that settings may choose; a name that is taken already is refused. */
  readonly audits?: readonly AuditKind[];
  /** Kinds of trace that settings may choose; a name that is taken already is refused. */
  readonly traces?: readonly TraceKind[];
  /** Kinds of journal that settings may choose; a name that is taken already is refused. */
  readonly journals?: readonly JournalKind[];
  /** Types of `runs-on`; a name that is taken already is refused. */
  readonly runners?: readonly RunnerKind[];
  /** Kinds of trigger under `on`; a name that is taken already is refused. */
  readonly triggers?: readonly TriggerKind[];
  /** Functions for expressions; a built-in of the same name wins. */
  readonly functions?: readonly ExpressionFunction[];
  /** Filters for expressions; a built-in of the same name wins (REFERENCE C-357). */
  readonly filters?: readonly ExpressionFilter[];
}

/** A stage kind that is loaded when a workflow first uses it. */
export interface StageEntry {
  /** The kind's name. */
  readonly name: string;
  /** The YAML keys that tell it. */
  readonly keys: readonly string[];
  /** What some of these keys must hold to tell it. @default anything */
  readonly values?: Readonly<Record<string, string>>;
  /** Loads it; called at most once. */
  load(): Promise<StageKind>;
}
