/**
 * Code that a process loads before it is told of its attempt, so that one that
 * waits for work has it already. It runs nothing but its top level, as often as
 * a process is started for it, and can tell nobody of it before it has an
 * attempt.
 *
 * @module
 */
import { FUNCTION_CODE } from "../../core/plugin/isolation.ts";
import { type CallFacts, loadLine } from "./messages.ts";

/** Code as a process is handed it. */
export interface CodeAhead {
  /** Tells it from all other. */
  readonly id: string;
  /** The line that hands it over. */
  readonly line: string;
}

/** How many plugins, each with its options, are remembered. */
const MAX_REMEMBERED = 32;

/** Knows the lines of plugins that come again and again. */
export class CodesAhead {
  readonly #known = new Map<string, CodeAhead>();
  #made = 0;

  /**
   * The code of an attempt, where it can be loaded without knowing which
   * attempt: not where variables were granted, which it might read as it is
   * loaded, nor a module that may wait for something at its top level.
   *
   * @throws {StageError} when it is too long.
   */
  of({ entry, permissions: { env = [] } }: CallFacts): CodeAhead | undefined {
    const canBe = entry.type === "plugin" && entry.code.startsWith(FUNCTION_CODE);
    if (!canBe || env.length > 0) return undefined;
    const name = `${JSON.stringify(entry.options ?? null)}${entry.code}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const ahead: CodeAhead = { id: String(this.#made += 1), line: loadLine(entry) };
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(name, ahead);
    return ahead;
  }
}
