/**
 * Where foreign code runs: in a process of its own that may do what it was
 * granted and nothing else.
 *
 * @module
 */
import type { JsonObject } from "../expr/json.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Permissions } from "./permissions.ts";

/** What an isolated attempt may use before it is ended. Each has a default and an upper bound. */
export interface IsolationLimits {
  /** Bytes of its heap, and of what it holds beside it. */
  readonly memoryBytes?: number;
  /** Milliseconds of processor time, to the next whole second. */
  readonly cpuMs?: number;
  /** UTF-16 code units of all that it prints. */
  readonly outputLength?: number;
  /** Milliseconds within which it must give a sign of life, again and again. @default it need not */
  readonly heartbeatMs?: number;
}

const MIB = 1024 * 1024;

/** The least and the most of each limit. */
export const LIMIT_BOUNDS: Readonly<Record<keyof IsolationLimits, readonly [number, number]>> = {
  memoryBytes: [32 * MIB, 64 * 1024 * MIB],
  cpuMs: [1_000, 7 * 24 * 3_600_000],
  outputLength: [1, 16 * 1024 * MIB],
  heartbeatMs: [100, 24 * 3_600_000],
};

/** The names of the limits. */
export const LIMIT_NAMES: readonly (keyof IsolationLimits)[] = [
  ...["memoryBytes", "cpuMs", "outputLength", "heartbeatMs"] as const,
];

/** A stage kind of an isolated plugin, as data. */
export interface StageManifest {
  /** The kind's name. */
  readonly name: string;
  /** The YAML keys that tell it. */
  readonly keys: readonly string[];
  /** One sentence on what it does. */
  readonly summary: string;
  /** Its fields: the JSON Schema of an object. */
  readonly fields: JsonObject;
  /** Its outputs: a JSON Schema. */
  readonly outputs?: JsonObject;
  /** Whether it has no effects and so is carried out in a dry run too. @default false */
  readonly harmless?: boolean;
  /** Fields that take secrets besides `env`. @default none */
  readonly secrets?: readonly string[];
}

/** An isolated plugin, as data: read once when it is installed, kept in the lock file. */
export interface PluginManifest {
  /** The plugin's name. */
  readonly name: string;
  /** What it asks for. A name may hold templates over the stage's input: `${{ input.url | host }}`. */
  readonly permissions: Permissions;
  /** Its stage kinds. */
  readonly stages: readonly StageManifest[];
  /** What its options are: a JSON Schema. @default it takes none */
  readonly options?: JsonObject;
}

/**
 * Begins the code of a plugin that is no module but the body of a function of
 * `module`, `exports` and `require`, as packages for Node are. It means the
 * same and is there in half the time: a runtime reads a module for its imports
 * and types before it runs.
 */
export const FUNCTION_CODE = '"use strict"; // function (module, exports, require)\n';

/** The code of a plugin: one file with all that it needs in it. */
export interface PluginCode {
  /** A module of JavaScript, or what begins with {@linkcode FUNCTION_CODE}. It is handed over, so that what runs is what was looked at. */
  readonly code: string;
  /** What the settings say under its `options`. @default nothing */
  readonly options?: Value;
}

/** A stage kind of a plugin. */
export interface IsolatedPlugin extends PluginCode {
  /** Tells it. */
  readonly type: "plugin";
  /** Which of its stage kinds. */
  readonly stage: string;
}

/** The code of a script: a module of TypeScript or JavaScript whose exports are the outputs. */
export interface IsolatedScript {
  /** Tells it. */
  readonly type: "script";
  /** Its language. */
  readonly lang: "ts" | "js";
  /** The code. */
  readonly code: string;
  /** What it sees as global names, each encoded by `encodeValue`. */
  readonly names: JsonObject;
}

/** What is loaded in the child. */
export type IsolatedEntry = IsolatedPlugin | IsolatedScript;

/** One attempt that is carried out in a child. */
export interface IsolatedCall {
  /** What is loaded. */
  readonly entry: IsolatedEntry;
  /** What the child may do: exactly this. */
  readonly permissions: Permissions;
  /** The stage's fields, rendered and checked. */
  readonly input: Value;
  /** Stable name of the attempt. */
  readonly key: string;
  /** The run's id. */
  readonly runId: string;
  /** Which attempt this is, from 1. */
  readonly attempt: number;
  /** The whole environment that the code sees; what it may ask the process for is what `permissions.env` names of it. */
  readonly env: Readonly<Record<string, string>>;
  /** The secrets that it was granted, by name. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Bounds on what it may use. */
  readonly limits?: IsolationLimits;
  /** Ends it: it is asked first, then killed. */
  readonly signal: AbortSignal;
  /** Prints a line as the stage's own output. */
  print(line: string, stream: "stdout" | "stderr"): void;
}

/** Runs foreign code in children with exact permissions. */
export interface Isolation extends AsyncDisposable {
  /** Who keeps the code to its permissions: the runtime of the child, or nobody. A run that has code which nobody keeps says so. */
  readonly enforcedBy: "runtime" | "nobody";
  /**
   * What the plugin of a module defines. The module is evaluated in a child
   * that may do nothing.
   *
   * @throws {StageError} when it cannot be loaded or is no plugin.
   */
  describe(plugin: PluginCode): Promise<PluginManifest>;
  /**
   * Carries out one attempt. Whatever the code does to its process fails this
   * attempt alone.
   *
   * @throws {StageError} with the reason: what it threw, or which bound ended it.
   */
  execute(call: IsolatedCall): Promise<ValueObject>;
}
