/**
 * Settings: what is the same for all runs, from the environment and from
 * whoever opens the engine.
 *
 * The first source that says something wins:
 *
 * 1. what the program or the command line hands over;
 * 2. the environment, under the names of {@linkcode SETTING_VARIABLES}: the
 *    name that the documentation promises before the name that the reference
 *    reads (REFERENCE §2 row 25);
 * 3. the default.
 *
 * A variable that is there but empty says nothing, except that an empty
 * boolean is false (REFERENCE C-382). One that cannot be read is a problem, and
 * the default stands in until it is put right.
 *
 * @module
 */
import { z } from "zod";
import { ExpressionError } from "../expr/expression_error.ts";
import { parseJson } from "../expr/json.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import { parseDuration } from "../model/duration.ts";
import { MAX_PARALLEL_JOBS } from "../model/load_workflow.ts";
import { isTimezone } from "../model/timezone.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";

/** What is the same for all runs. */
export interface Settings {
  /** The folder with workflows. @default "./conf" */
  readonly confPath: string;
  /** Where runs, logs and locks are kept. @default ".sluice" */
  readonly statePath: string;
  /** Milliseconds that a run may take where nothing else says. @default an hour */
  readonly timeoutMs: number;
  /** How many jobs of a run may run at once where nothing else says. @default 2 */
  readonly maxJobParallel: number;
  /** Whether stages without an id leave outputs, under the hash of their name. @default false */
  readonly stageDefaultId: boolean;
  /** The language of `run:` where nothing else says. @default "ts" */
  readonly scriptLang: "ts" | "js" | "python";
  /** Where `uses:` looks for functions. @default ["."] */
  readonly registryCaller: readonly string[];
  /** Where filters are looked for. @default [] */
  readonly registryFilter: readonly string[];
  /** Whether finished runs are audited. @default true */
  readonly auditEnabled: boolean;
  /** Which audit, and what it is told. @default the file audit */
  readonly audit: ValueObject;
  /** Which log handlers, and what they are told. @default the console */
  readonly traceHandlers: readonly ValueObject[];
  /** Whether logs hold debug messages. @default false */
  readonly debug: boolean;
  /** The time zone of times in logs. @default "UTC" */
  readonly logTimezone: string;
}

/** The environment variables of each setting; the first that is set wins. */
export const SETTING_VARIABLES: Readonly<Record<keyof Settings, readonly string[]>> = {
  confPath: ["WORKFLOW_CORE_CONF_PATH"],
  statePath: ["SLUICE_STATE"],
  timeoutMs: ["WORKFLOW_CORE_TIMEOUT"],
  maxJobParallel: ["WORKFLOW_CORE_MAX_JOB_PARALLEL"],
  stageDefaultId: ["WORKFLOW_CORE_STAGE_DEFAULT_ID"],
  scriptLang: ["WORKFLOW_CORE_SCRIPT_LANG"],
  registryCaller: ["WORKFLOW_CORE_REGISTRY_CALLER"],
  registryFilter: ["WORKFLOW_CORE_REGISTRY_FILTER"],
  auditEnabled: ["WORKFLOW_CORE_AUDIT_ENABLED", "WORKFLOW_LOG_AUDIT_ENABLE_WRITE"],
  audit: ["WORKFLOW_LOG_AUDIT_CONF", "WORKFLOW_LOG_AUDIT_URL"],
  traceHandlers: ["WORKFLOW_LOG_TRACE_HANDLERS"],
  debug: ["WORKFLOW_LOG_DEBUG_MODE"],
  logTimezone: ["WORKFLOW_LOG_TIMEZONE"],
};

/** A variable that cannot be read. */
export interface SettingProblem {
  /** The variable. */
  readonly variable: string;
  /** What is wrong with it; never what it holds, which may be a secret. */
  readonly message: string;
}

/** The settings, and how they came to be. */
export interface ReadSettings {
  /** The settings. */
  readonly settings: Settings;
  /** Where each came from: a variable's name, `"override"` or `"default"`. */
  readonly origins: Readonly<Record<keyof Settings, string>>;
  /** What could not be read. */
  readonly problems: readonly SettingProblem[];
}

/**
 * Reads the settings.
 *
 * @example
 * ```ts
 * import { readSettings } from "./settings.ts";
 * import { equal } from "node:assert/strict";
 *
 * const { settings, origins } = readSettings({ WORKFLOW_CORE_TIMEOUT: "90" }, { statePath: "/tmp/s" });
 * equal(settings.timeoutMs, 90_000);
 * equal(origins.timeoutMs, "WORKFLOW_CORE_TIMEOUT");
 * equal(origins.statePath, "override");
 * equal(settings.confPath, "./conf");
 * ```
 */
export function readSettings(
  env: Readonly<Record<string, string | undefined>>,
  overrides: Partial<Settings> = {},
): ReadSettings {
  const reader = new SettingsReader(env, overrides);
  const settings: Settings = {
    confPath: reader.read("confPath", { schema: TEXT, fallback: "./conf" }),
    statePath: reader.read("statePath", { schema: TEXT, fallback: ".sluice" }),
    timeoutMs: reader.read("timeoutMs", { schema: DURATION, fallback: 3_600_000 }),
    maxJobParallel: reader.read("maxJobParallel", { schema: COUNT, fallback: 2 }),
    stageDefaultId: reader.read("stageDefaultId", { schema: BOOLEAN, fallback: false }),
    scriptLang: reader.read("scriptLang", { schema: LANGUAGE, fallback: "ts" }),
    registryCaller: reader.read("registryCaller", { schema: NAMES, fallback: ["."] }),
    registryFilter: reader.read("registryFilter", { schema: NAMES, fallback: [] }),
    auditEnabled: reader.read("auditEnabled", { schema: BOOLEAN, fallback: true }),
    audit: reader.read("audit", {
      schema: MAPPING,
      fallback: { type: "file" },
    }),
    traceHandlers: reader.read("traceHandlers", {
      schema: MAPPINGS,
      fallback: [{ type: "console" }],
    }),
    debug: reader.read("debug", { schema: BOOLEAN, fallback: false }),
    logTimezone: reader.read("logTimezone", { schema: TIMEZONE, fallback: "UTC" }),
  };
  return { settings, origins: reader.origins, problems: reader.problems };
}

interface Source<T> {
  readonly schema: z.ZodType<T, string>;
  readonly fallback: T;
}

/** Reads one setting after the other and remembers where each came from. */
class SettingsReader {
  readonly origins: Record<keyof Settings, string>;
  readonly problems: SettingProblem[] = [];
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #overrides: Partial<Settings>;

  constructor(
    env: Readonly<Record<string, string | undefined>>,
    overrides: Partial<Settings>,
  ) {
    this.#env = env;
    this.#overrides = overrides;
    this.origins = { ...UNREAD };
  }

  read<Key extends keyof Settings>(key: Key, source: Source<Settings[Key]>): Settings[Key] {
    const override = this.#overrides[key];
    if (override !== undefined) {
      this.origins[key] = "override";
      return override;
    }
    for (const variable of SETTING_VARIABLES[key]) {
      const found = this.#readVariable(variable, source);
      if (found === undefined) continue;
      this.origins[key] = variable;
      return found;
    }
    return source.fallback;
  }

  #readVariable<T>(variable: string, { schema }: Source<T>): T | undefined {
    const text = Object.hasOwn(this.#env, variable) ? this.#env[variable] : undefined;
    if (text === undefined || (text.trim() === "" && !Object.is(schema, BOOLEAN))) return undefined;
    const read = schema.safeParse(text.trim());
    if (read.success) return read.data;
    const reason = read.error.issues[0]?.message ?? "it does not fit";
    this.problems.push({
      variable,
      message: `Cannot use ${variable}: ${reason}; it is passed over`,
    });
    return undefined;
  }
}

const DEFAULT = "default";

const UNREAD: Readonly<Record<keyof Settings, string>> = {
  confPath: DEFAULT,
  statePath: DEFAULT,
  timeoutMs: DEFAULT,
  maxJobParallel: DEFAULT,
  stageDefaultId: DEFAULT,
  scriptLang: DEFAULT,
  registryCaller: DEFAULT,
  registryFilter: DEFAULT,
  auditEnabled: DEFAULT,
  audit: DEFAULT,
  traceHandlers: DEFAULT,
  debug: DEFAULT,
  logTimezone: DEFAULT,
};

const TRUE_WORDS = ["yes", "y", "true", "t", "1", "1.0", "o"];
const FALSE_WORDS = ["no", "n", "false", "f", "0", "0.0", "x", ""];

// The texts of the environment may be secrets, so no message repeats one.
const TEXT = z.string();
const BOOLEAN = fromText("it is neither true nor false", (text) => {
  const word = text.toLowerCase();
  if (TRUE_WORDS.includes(word)) return true;
  return FALSE_WORDS.includes(word) ? false : undefined;
});
const COUNT = fromText(`it is no whole number from 1 to ${MAX_PARALLEL_JOBS}`, (text) => {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MAX_PARALLEL_JOBS ? count : undefined;
});
const DURATION = fromText(
  'it is neither a number of seconds above 0 nor a text such as "30m"',
  (text) => parseDuration(text) || undefined,
);
const LANGUAGE = fromText('it is none of "ts", "js" and "python"', (text) => {
  const known = ["ts", "js", "python"] as const;
  return known.find((language) => language === text.toLowerCase());
});
const NAMES = z.string().transform((text) =>
  text.split(",").map((name) => name.trim()).filter((name) => name !== "")
);
const MAPPING = fromText("it is no JSON mapping", (text) => {
  const value = jsonIn(text);
  return isWrittenMapping(value) ? value : undefined;
});
const MAPPINGS = fromText("it is no JSON list of mappings", (text) => {
  const value = jsonIn(text);
  return isWrittenList(value) && value.every(isWrittenMapping) ? value : undefined;
});
const TIMEZONE = fromText("it is no IANA time zone", (text) => isTimezone(text) ? text : undefined);

function fromText<T>(
  message: string,
  read: (text: string) => T | undefined,
): z.ZodType<T, string> {
  return z.string().transform((text, context) => {
    const value = read(text);
    if (value !== undefined) return value;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function jsonIn(text: string): Value | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined; // The caller says what is wrong.
    throw error;
  }
}
