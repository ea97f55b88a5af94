/**
 * An attempt on a machine that only remembers what it was asked for.
 *
 * @module
 */
import type { EvaluationContext } from "../../core/expr/evaluation_context.ts";
import { embedCode, fillCode } from "../../core/expr/embed_code.ts";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import type { Host, SpawnOptions, SpawnResult } from "../../core/plugin/ports.ts";
import { textOfLines } from "../../core/plugin/printed_lines.ts";
import type { LeafStageKind, Outputs, StageContext } from "../../core/plugin/stage_kind.ts";

/** What the machine and the run are like. */
export interface Facts {
  /** The fields as they are after rendering. */
  readonly input: ValueObject;
  /** What expressions see. */
  readonly names?: ValueObject;
  readonly env?: Readonly<Record<string, string>>;
  readonly hostEnv?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The programs that are installed. */
  readonly programs?: readonly string[];
  /** Whether a wait lasts until it is given up; else it is over at once. @default true */
  readonly sleeps?: boolean;
  /** What becomes of a process. */
  readonly spawn?: (command: string, options: SpawnOptions) => Partial<SpawnResult>;
}

/** A process that was asked for. */
export interface Spawned extends SpawnOptions {
  readonly command: string;
}

/** An attempt, and all that it did to the machine. */
export class FakeAttempt {
  readonly lines: string[] = [];
  readonly files: Map<string, string> = new Map();
  readonly spawned: Spawned[] = [];
  readonly controller: AbortController = new AbortController();
  readonly #facts: Facts;
  readonly #firstLine = Promise.withResolvers<void>();

  constructor(facts: Facts) {
    this.#facts = facts;
  }

  /** Carries it out. */
  run(kind: LeafStageKind): Promise<Outputs> {
    return kind.execute(this.#facts.input, this.#context(kind));
  }

  /** Resolves once something was printed. */
  get printed(): Promise<void> {
    return this.#firstLine.promise;
  }

  #context(kind: LeafStageKind): StageContext {
    const { input, names = {}, env = {}, sleeps = true } = this.#facts;
    const lookup = (name: string) => names[name];
    const sleep = (_: number, signal: AbortSignal) => sleeps ? forever(signal) : Promise.resolve();
    return {
      key: "r/main[]/s#1",
      runId: "r",
      attempt: 1,
      stage: { key: "s", name: "s", kind: kind.name, input },
      signal: this.controller.signal,
      host: this.#host() as Host,
      clock: { now: () => 0, sleep, pause: sleep },
      runs: { start: () => Promise.reject(new Error("No other workflows here")) },
      scratch: () => Promise.resolve("/scratch"),
      isolation: () => Promise.reject(new Error("No isolation here")),
      ...{ env, secrets: {}, heartbeat: () => {} },
      code: this.#code(kind, lookup),
      lookup,
      scriptLang: "ts",
      print: (block, stream = "stdout") => {
        this.lines.push(...textOfLines(block).split("\n").map((line) => `${stream}: ${line}`));
        this.#firstLine.resolve();
      },
    };
  }

  #code(kind: LeafStageKind, lookup: EvaluationContext["lookup"]): StageContext["code"] {
    const { input } = this.#facts;
    const context: EvaluationContext = {
      lookup,
      functions: BUILTIN_FUNCTIONS,
      filters: BUILTIN_FILTERS,
      nowMs: 0,
      status: "success",
    };
    return Object.fromEntries(
      Object.entries(kind.code?.(input, "ts") ?? {}).map(([field, language]) => [
        field,
        fillCode(embedCode(language, String(input[field])), context),
      ]),
    );
  }

  #host(): Partial<Host> {
    const { cwd = "/nowhere", hostEnv = {}, programs = [], spawn = () => ({}) } = this.#facts;
    return {
      cwd: () => cwd,
      env: () => hostEnv,
      which: (program) => Promise.resolve(programs.find((name) => name === program)),
      writeText: (path, text) => {
        this.files.set(path, text);
        return Promise.resolve();
      },
      spawn: (command, options = {}) => {
        this.spawned.push({ command, ...options });
        const ended = { exitCode: 0, signal: null, stdout: "", stderr: "", truncated: false };
        return Promise.resolve({ ...ended, ...spawn(command, options) });
      },
    };
  }
}

function forever(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
