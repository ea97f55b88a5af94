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
 * 3. the file `sluice.yml` of the conf folder: `settings_file.ts` reads it;
 * 4. the default.
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
import { parseDuration } from "../expr/duration.ts";
import { MAX_PARALLEL_JOBS } from "../model/load_workflow.ts";
import { isTimezone } from "../model/timezone.ts";
import { PASSED_NAME } from "./stage_environment.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import type { IsolationLimits } from "../plugin/isolation.ts";
import { permissionProblem, type Permissions } from "../plugin/permissions.ts";
import type { Path } from "../source/document.ts";
import { auditChoices } from "./audit_choice.ts";
import type { Place } from "../source/span.ts";
import { once } from "../model/once.ts";

/** A part of the settings file that whoever it concerns reads, with the places of all in it. */
export interface SettingsSection {
  /** What was written: plain data. */
  readonly value: Value;
  /** Where a part of it, or the key of that part, was written; without a path where all of it was. */
  readonly placeOf: (path?: Path, target?: "key" | "value") => Place;
}

/** The sections that the settings file may have besides single settings. */
export const SETTING_SECTIONS: readonly SectionName[] = [
  "secrets",
  "concurrency",
  "retention",
  "http",
  "trace",
];

/** The name of a section. */
export type SectionName = "secrets" | "concurrency" | "retention" | "http" | "trace";

/** A plugin that the settings name. */
export interface PluginSetting {
  /** Where it comes from: `./local.ts`, `file:`, `https:`, `jsr:` or `npm:`. */
  readonly use: string;
  /** Whether it runs in the engine's own process, with all that the engine may do. */
  readonly trusted: boolean;
  /** What it is granted; it gets what it asks for of that. Without it, what it was granted when it was installed. */
  readonly grant?: Permissions;
  /** What it is opened with; its own schema looks at that. @default nothing */
  readonly options?: Value;
  /** Where it was written. */
  readonly place: Place;
}

/** What isolated code may use, unless its stage says otherwise and whatever it says. */
export interface LimitSettings {
  /** What holds where a stage says nothing. */
  readonly default: IsolationLimits;
  /** What no stage may go beyond. */
  readonly max: IsolationLimits;
}

/** What is the same for all runs. */
export interface Settings extends Readonly<Partial<Record<SectionName, SettingsSection>>> {
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
  /** Which audits, each with its `type` and what it is told. @default the file audit */
  readonly audit: readonly ValueObject[];
  /** Which log handlers, and what they are told. @default the console */
  readonly traceHandlers: readonly ValueObject[];
  /** Whether logs hold debug messages. @default false */
  readonly debug: boolean;
  /** The time zone of times in logs. @default "UTC" */
  readonly logTimezone: string;
  /** Plugins besides the first-party ones. Only the settings file names any. @default [] */
  readonly plugins: readonly PluginSetting[];
  /** Whether foreign code runs in children that may do no more than was granted. Only the settings file says. @default "children" */
  readonly isolation: "children" | "none";
  /** Names of variables of the engine's environment that stages see besides the usual ones; `AWS_*` stands for many. @default [] */
  readonly passEnv: readonly string[];
  /** The hosts that `http` stages may reach: `api.example.com:443`, `*.example.com`. @default those at public addresses */
  readonly allowHosts: readonly string[] | undefined;
  /** What `bash` stages run in where they do not say. Only the settings file says. @default "none" */
  readonly sandbox: "none" | "bubblewrap";
  /** What scripts of TypeScript and JavaScript get of what they ask for. Only the settings file says. @default nothing */
  readonly scriptGrant: Permissions;
  /** What isolated code may use. Only the settings file says. @default the bounds of docs/isolation.md */
  readonly limits: LimitSettings;
  /** Where runs are kept, with its `type` and what it is told. Only the settings file says. @default SQLite, in the state folder */
  readonly journal: ValueObject;
}

/** A setting by its name, sections apart. */
export type SettingName = Exclude<keyof Settings, SectionName>;

/** The environment variables of each setting; the first that is set wins. What decides about safety has none. */
export const SETTING_VARIABLES: Readonly<Record<SettingName, readonly string[]>> = {
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
  plugins: [],
  isolation: [],
  passEnv: ["SLUICE_PASS_ENV"],
  allowHosts: ["SLUICE_ALLOW_HOSTS"],
  sandbox: [],
  scriptGrant: [],
  limits: [],
  journal: [],
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
  /** Where each came from: a variable's name, a place (`conf/sluice.yml:3:5`), `"override"` or `"default"`. */
  readonly origins: Readonly<Record<SettingName, string>>;
  /** What could not be read. */
  readonly problems: readonly SettingProblem[];
}

/** What a file says of the settings. */
export interface WrittenSettings {
  /** What it sets. */
  readonly values: Partial<Settings>;
  /** Where it sets that: `conf/sluice.yml:3:5`. */
  readonly origins: Readonly<Partial<Record<SettingName, string>>>;
}

/** Options for {@linkcode readSettings}. */
export interface ReadSettingsOptions {
  /** What the settings file says. @default nothing */
  readonly written?: WrittenSettings | undefined;
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
  { written = NOTHING_WRITTEN }: ReadSettingsOptions = {},
): ReadSettings {
  const reader = new SettingsReader(env, { overrides, written });
  const settings: Settings = {
    ...sectionsOf(written),
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
      schema: AUDITS,
      fallback: [{ type: "file" }],
    }),
    traceHandlers: reader.read("traceHandlers", {
      schema: MAPPINGS,
      fallback: [{ type: "console" }],
    }),
    debug: reader.read("debug", { schema: BOOLEAN, fallback: false }),
    logTimezone: reader.read("logTimezone", { schema: TIMEZONE, fallback: "UTC" }),
    plugins: reader.readWritten("plugins", []),
    isolation: reader.readWritten("isolation", "children"),
    passEnv: reader.read("passEnv", { schema: PASSED_NAMES, fallback: [] }),
    allowHosts: reader.read("allowHosts", { schema: HOSTS, fallback: undefined }),
    sandbox: reader.readWritten("sandbox", "none"),
    scriptGrant: reader.readWritten("scriptGrant", {}),
    limits: reader.readWritten("limits", { default: {}, max: {} }),
    journal: reader.readWritten("journal", { type: "sqlite" }),
  };
  return { settings, origins: reader.origins, problems: reader.problems };
}

const NOTHING_WRITTEN: WrittenSettings = { values: {}, origins: {} };

function sectionsOf({ values }: WrittenSettings): Partial<Record<SectionName, SettingsSection>> {
  return Object.fromEntries(SETTING_SECTIONS.flatMap((name) => {
    const section = values[name];
    return section === undefined ? [] : [[name, section]];
  }));
}

interface Source<T> {
  readonly schema: () => z.ZodType<T, string>;
  readonly fallback: T;
}

/** Reads one setting after the other and remembers where each came from. */
class SettingsReader {
  readonly origins: Record<SettingName, string>;
  readonly problems: SettingProblem[] = [];
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #overrides: Partial<Settings>;
  readonly #written: WrittenSettings;

  constructor(
    env: Readonly<Record<string, string | undefined>>,
    { overrides, written }: {
      readonly overrides: Partial<Settings>;
      readonly written: WrittenSettings;
    },
  ) {
    this.#env = env;
    this.#overrides = overrides;
    this.#written = written;
    this.origins = { ...UNREAD };
  }

  read<Key extends SettingName>(key: Key, source: Source<Settings[Key]>): Settings[Key] {
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
    return this.#writtenOr(key, source.fallback);
  }

  /** For what only the file, or whoever opens the engine, may say. */
  readWritten<Key extends SettingName>(key: Key, fallback: Settings[Key]): Settings[Key] {
    const override = this.#overrides[key];
    if (override === undefined) return this.#writtenOr(key, fallback);
    this.origins[key] = "override";
    return override;
  }

  #writtenOr<Key extends SettingName>(key: Key, fallback: Settings[Key]): Settings[Key] {
    const written = this.#written.values[key];
    if (written === undefined) return fallback;
    this.origins[key] = this.#written.origins[key] ?? DEFAULT;
    return written;
  }

  #readVariable<T>(variable: string, { schema }: Source<T>): T | undefined {
    const text = Object.hasOwn(this.#env, variable) ? this.#env[variable] : undefined;
    if (text === undefined || (text.trim() === "" && !Object.is(schema, BOOLEAN))) return undefined;
    const read = schema().safeParse(text.trim());
    if (read.success) return read.data;
    const reason = read.error.issues[0]?.message ?? "it does not fit";
    this.problems.push({ variable, message: `Cannot use ${variable}: ${reason}` });
    return undefined;
  }
}

const DEFAULT = "default";

const UNREAD: Readonly<Record<SettingName, string>> = {
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
  plugins: DEFAULT,
  isolation: DEFAULT,
  passEnv: DEFAULT,
  allowHosts: DEFAULT,
  sandbox: DEFAULT,
  scriptGrant: DEFAULT,
  limits: DEFAULT,
  journal: DEFAULT,
};

const TRUE_WORDS = ["yes", "y", "true", "t", "1", "1.0", "o"];
const FALSE_WORDS = ["no", "n", "false", "f", "0", "0.0", "x", ""];

// The texts of the environment may be secrets, so no message repeats one.
const TEXT = once(() => z.string());
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
const NAMES = once(() =>
  z.string().transform((text) =>
    text.split(",").map((name) => name.trim()).filter((name) => name !== "")
  )
);
const AUDITS = fromText(
  "it is no name, URL, JSON mapping or list of audits",
  (text) => auditChoices(/^[[{]/.test(text) ? jsonIn(text) ?? null : text),
);
const PASSED_NAMES = fromText("it has what is no name of a variable", (text) => {
  const names = NAMES().parse(text);
  return names.every((name) => PASSED_NAME.test(name)) ? names : undefined;
});
const HOSTS = fromText("it has what is no host", (text) => {
  const hosts = NAMES().parse(text);
  return hosts.every((host) => permissionProblem("net", host) === undefined) ? hosts : undefined;
});
const MAPPINGS = fromText("it is no JSON list of mappings", (text) => {
  const value = jsonIn(text);
  return isWrittenList(value) && value.every(isWrittenMapping) ? value : undefined;
});
const TIMEZONE = fromText("it is no IANA time zone", (text) => isTimezone(text) ? text : undefined);

function fromText<T>(
  message: string,
  read: (text: string) => T | undefined,
): () => z.ZodType<T, string> {
  return once(() =>
    z.string().transform((text, context) => {
      const value = read(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    })
  );
}

function jsonIn(text: string): Value | undefined {
  try {
    return parseJson(text);
  } catch (error) {
    if (error instanceof ExpressionError) return undefined; // The caller says what is wrong.
    throw error;
  }
}
