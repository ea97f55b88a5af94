/**
 * Settings: what is the same for all runs, from the environment and from
 * whoever opens the engine.
 *
 * Of several sources, the first that says something wins:
 *
 * 1. what the program or the command line hands over (`overrides`);
 * 2. the environment variable that is named first in {@linkcode VARIABLES}: the
 *    documented name before the names that the reference reads or writes of;
 * 3. the default.
 *
 * An empty variable counts as unset, but for booleans, where it means false
 * (REFERENCE C-382).
 *
 * @module
 */
import { z } from "zod";
import type { ValueObject } from "../expr/value.ts";

/** What is the same for all runs. */
export interface Settings {
  /** The folder with workflows. */
  readonly confPath: string;
  /** Where runs, logs and locks are kept. */
  readonly statePath: string;
  /** Milliseconds that a run may take where the workflow does not say. */
  readonly timeoutMs: number;
  /** How many jobs of a run may run at once where the workflow does not say. */
  readonly maxJobParallel: number;
  /** Whether stages without an id leave outputs, under the hash of their name. */
  readonly stageDefaultId: boolean;
  /** The language of `run:` where nothing says otherwise. */
  readonly scriptLang: "ts" | "js" | "python";
  /** Modules in which `uses:` looks for functions. */
  readonly registryCaller: readonly string[];
  /** Modules in which filters are looked for. */
  readonly registryFilter: readonly string[];
  /** Whether finished runs are audited. */
  readonly auditEnabled: boolean;
  /** Which audit, and what it is told. */
  readonly audit: ValueObject;
  /** Which trace handlers, and what they are told. */
  readonly traceHandlers: readonly ValueObject[];
  /** Whether traces hold debug messages. */
  readonly debug: boolean;
  /** The time zone of times in logs. */
  readonly logTimezone: string;
}
