/**
 * Opens what settings choose by name: audits and traces.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import {
  type ConfiguredKind,
  findKind,
  type KindEntry,
  type KindPorts,
} from "../plugin/configured_kind.ts";
import { WorkflowError } from "./errors.ts";

/** What can be chosen, and what the chosen are opened with. */
export interface Choosable<Opened, Ports extends KindPorts> {
  /** For messages: `audit`, `trace`. */
  readonly what: string;
  /** Kinds that are always there. */
  readonly builtIn: readonly KindEntry<ConfiguredKind<Opened, Ports>>[];
  /** Kinds of plugins. */
  readonly plugged: readonly ConfiguredKind<Opened, Ports>[];
  /** The world. */
  readonly ports: Ports;
}

/**
 * Opens one for each choice, `{type, …options}`.
 *
 * @throws {WorkflowError} for one that is not installed, or options that it does not take.
 */
export async function openConfigured<Opened, Ports extends KindPorts>(
  choices: readonly ValueObject[],
  { ports, ...kinds }: Choosable<Opened, Ports>,
): Promise<readonly Opened[]> {
  try {
    return await Promise.all(choices.map(async (choice) => {
      const name = typeof choice.type === "string" ? choice.type : "";
      return (await findKind(name, kinds)).open(choice, ports);
    }));
  } catch (error) {
    if (error instanceof RangeError) throw new WorkflowError(error.message, { cause: error });
    throw error;
  }
}
