/**
 * The settings file: `sluice.yml` in the conf folder, for what is the same for
 * everybody who runs its workflows. Its keys are strict and every value knows
 * its place, as in a workflow.
 *
 * It does not say where the conf folder is: it stands in it.
 *
 * @module
 */
import { z } from "zod";
import type { Value, ValueObject } from "../expr/value.ts";
import { parseDuration } from "../expr/duration.ts";
import { byPlace, diagnose, type Finding, placeOf } from "../model/finding.ts";
import { readWith } from "../model/issues.ts";
import { MAX_PARALLEL_JOBS } from "../model/load_workflow.ts";
import { specifierProblem } from "../model/plugin_use.ts";
import { isTimezone } from "../model/timezone.ts";
import { isValue, isWrittenMapping } from "../model/written.ts";
import { limitsOf, limitsSchema } from "../plugin/limits_syntax.ts";
import {
  declaredProblem,
  type FlagName,
  MAX_PERMISSION_NAMES,
  type PermissionName,
  permissionProblem,
} from "../plugin/permissions.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { parseDocument, type Path, type SourceDocument } from "../source/document.ts";
import { type Host, HostError } from "../plugin/ports.ts";
import type { Place } from "../source/span.ts";
import { WorkflowError } from "./errors.ts";
import { PASSED_NAME } from "./stage_environment.ts";
import { auditChoices } from "./audit_choice.ts";
import {
  type PluginSetting,
  type ReadSettings,
  readSettings,
  type SectionName,
  SETTING_SECTIONS,
  type SettingName,
  type Settings,
  type SettingsSection,
  type WrittenSettings,
} from "./settings.ts";

/** The name of the settings file in the conf folder. */
export const SETTINGS_FILE = "sluice.yml";

/** The most plugins that the settings may name. */
export const MAX_PLUGINS = 100;

/** The most variables that are passed on to stages, and hosts that they may reach. */
export const MAX_PASSED_NAMES = 200;

/** What a settings file says, and what is wrong with it. */
export interface SettingsFile extends WrittenSettings {
  /** All that is wrong with it; with errors its values are not to be used. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads the text of a settings file. Never throws: what is wrong comes as data.
 *
 * @example
 * ```ts
 * import { readSettingsFile } from "./settings_file.ts";
 * import { equal } from "node:assert/strict";
 *
 * const { values, origins } = readSettingsFile("timeout: 90s\n", "conf/sluice.yml");
 * equal(values.timeoutMs, 90_000);
 * equal(origins.timeoutMs, "conf/sluice.yml:1:10");
 * ```
 */
export function readSettingsFile(text: string, file: string): SettingsFile {
  const document = parseDocument(text, file);
  const diagnostics = [...document.errors];
  const report = (finding: Finding) => diagnostics.push(diagnose(document, finding));
  const written = document.value ?? {};
  const read = diagnostics.length > 0
    ? undefined
    : readWith(fileSchema(), written, { path: [], subject: "the settings file", report });
  if (read === undefined) {
    // Whoever looks for all mistakes reads the sections of a file with others, too.
    const values = document.errors.length > 0 ? {} : sectionsOf(document);
    return { values, origins: {}, diagnostics: diagnostics.toSorted(byPlace) };
  }
  const { plugins, ...plain } = read;
  const values = {
    ...settingsOf(plain),
    ...(plugins && { plugins: pluginsOf(plugins, { document, report }) }),
    ...sectionsOf(document),
  };
  return { values, origins: originsOf(values, document), diagnostics };
}

/**
 * Reads the settings of all sources, the file of the conf folder among them.
 *
 * @throws {WorkflowError} when a variable or the file cannot be read.
 */
export async function loadSettings(
  host: Pick<Host, "env" | "readText">,
  overrides: Partial<Settings> = {},
): Promise<ReadSettings> {
  const env = host.env();
  const { settings: { confPath } } = readSettings(env, overrides);
  const written = await writtenIn(settingsFileOf(confPath), host);
  const read = readSettings(env, overrides, { written });
  const [problem] = read.problems;
  if (problem === undefined) return read;
  throw new WorkflowError(problem.message);
}

/** Where the settings file of a conf folder stands. */
export function settingsFileOf(confPath: string): string {
  return `${confPath.replace(/(?<=.)\/+$/, "")}/${SETTINGS_FILE}`;
}

async function writtenIn(
  file: string,
  host: Pick<Host, "readText">,
): Promise<SettingsFile | undefined> {
  const text = await textOf(file, host);
  if (text === undefined) return undefined;
  const written = readSettingsFile(text, file);
  const { diagnostics } = written;
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  if (errors === 0) return written;
  const count = errors === 1 ? "an error" : `${errors} errors`;
  throw new WorkflowError(`Cannot read the settings: ${file} has ${count}`, { diagnostics });
}

async function textOf(file: string, host: Pick<Host, "readText">): Promise<string | undefined> {
  try {
    return await host.readText(file);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    // Most conf folders have none, and a folder that is missing is told by whoever looks into it.
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw new WorkflowError(`Cannot read the settings: ${error.message}`, { cause: error });
  }
}

/** Each setting and its key in the file. */
const KEYS = {
  statePath: "state_path",
  timeoutMs: "timeout",
  maxJobParallel: "max_job_parallel",
  stageDefaultId: "stage_default_id",
  scriptLang: "script_lang",
  registryCaller: "registry_caller",
  registryFilter: "registry_filter",
  auditEnabled: "audit_enabled",
  audit: "audit",
  traceHandlers: "trace_handlers",
  debug: "debug",
  logTimezone: "log_timezone",
  plugins: "plugins",
  isolation: "isolation",
  passEnv: "pass_env",
  allowHosts: "allow_hosts",
  sandbox: "sandbox",
  scriptGrant: "scripts",
  limits: "limits",
  journal: "journal",
} as const satisfies Readonly<Record<Exclude<SettingName, "confPath">, string>>;

function settingsOf(read: Omit<FileFields, "plugins">): Partial<Settings> {
  return present({
    statePath: read.state_path,
    timeoutMs: read.timeout,
    maxJobParallel: read.max_job_parallel,
    stageDefaultId: read.stage_default_id,
    scriptLang: read.script_lang,
    registryCaller: read.registry_caller,
    registryFilter: read.registry_filter,
    auditEnabled: read.audit_enabled,
    audit: read.audit,
    traceHandlers: read.trace_handlers,
    debug: read.debug,
    logTimezone: read.log_timezone,
    isolation: read.isolation,
    passEnv: read.pass_env,
    allowHosts: read.allow_hosts,
    sandbox: read.sandbox,
    scriptGrant: read.scripts?.grant,
    limits: read.limits,
    journal: read.journal,
  });
}

type Present<T> = { readonly [Key in keyof T]?: Exclude<T[Key], undefined> };

function present<T extends object>(fields: T): Present<T> {
  const kept: Present<T> = { ...fields };
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) Reflect.deleteProperty(kept, key);
  }
  return kept;
}

interface Reading {
  readonly document: SourceDocument;
  readonly report: (finding: Finding) => void;
}

/** Named twice, a plugin would have two grants. */
function pluginsOf(
  written: readonly FilePlugin[],
  { document, report }: Reading,
): readonly PluginSetting[] {
  const first = new Map<string, number>();
  return written.map((entry, index) => {
    const { use, trusted = false, grant, options } = pluginOf(entry);
    const path = pathOfUse(index, entry);
    const other = first.get(use);
    if (other !== undefined) {
      report(namedTwice(use, { path, other: pathOfUse(other, written[other]) }));
    }
    first.set(use, index);
    const place = placeOf(document, { path });
    return {
      use,
      trusted,
      ...(grant && { grant }),
      ...(options !== undefined && { options }),
      place,
    };
  });
}

function pluginOf(entry: FilePlugin): Exclude<FilePlugin, string> {
  return typeof entry === "string" ? { use: entry } : entry;
}

function pathOfUse(index: number, entry: FilePlugin | undefined): Path {
  return typeof entry === "string" ? ["plugins", index] : ["plugins", index, "use"];
}

function namedTwice(
  use: string,
  { path, other }: { readonly path: Path; readonly other: Path },
): Finding {
  return {
    code: "plugin-duplicate",
    message: `Plugin "${use}" is named twice; remove one of the two`,
    path,
    related: [{ message: "the other one", path: other }],
  };
}

function sectionsOf(document: SourceDocument): Partial<Record<SectionName, SettingsSection>> {
  const { value } = document;
  if (!isWrittenMapping(value)) return {};
  return Object.fromEntries(
    SETTING_SECTIONS.filter((name) => Object.hasOwn(value, name))
      .map((name) => [name, sectionOf(document, [name])]),
  );
}

function sectionOf(document: SourceDocument, root: Path): SettingsSection {
  return {
    value: valueAt(document, root),
    placeOf: (path = [], target = "value") =>
      placeOf(document, { path: [...root, ...path], target }),
  };
}

function valueAt({ value }: SourceDocument, [key]: Path): Value {
  return isWrittenMapping(value) && typeof key === "string" ? value[key] ?? null : null;
}

function originsOf(
  values: Partial<Settings>,
  document: SourceDocument,
): Partial<Record<SettingName, string>> {
  const set = Object.entries(KEYS).filter(([name]) => Object.hasOwn(values, name));
  return Object.fromEntries(
    set.map(([name, key]) => [name, textOfPlace(placeOf(document, { path: [key] }))]),
  );
}

function textOfPlace({ file, span: { start } }: Place): string {
  return `${file}:${start.line}:${start.column}`;
}

type FileFields = z.infer<ReturnType<typeof fileSchema>>;
type FilePlugin = NonNullable<FileFields["plugins"]>[number];

function fileSchema() {
  return z.strictObject({
    state_path: nameSchema().optional(),
    timeout: durationSchema().optional(),
    max_job_parallel: z.int().min(1).max(MAX_PARALLEL_JOBS).optional(),
    stage_default_id: z.boolean().optional(),
    script_lang: z.enum(["ts", "js", "python"]).optional(),
    registry_caller: z.array(nameSchema()).optional(),
    registry_filter: z.array(nameSchema()).optional(),
    audit_enabled: z.boolean().optional(),
    audit: auditSchema().optional(),
    trace_handlers: z.array(mappingSchema()).optional(),
    debug: z.boolean().optional(),
    log_timezone: z.string().refine(isTimezone, {
      error: '"log_timezone" must be an IANA time zone such as "Europe/Paris"',
    }).optional(),
    plugins: z.array(z.union([specifierSchema(), pluginSchema()])).max(MAX_PLUGINS).optional(),
    isolation: z.enum(["children", "none"]).optional(),
    pass_env: z.array(
      z.string().regex(PASSED_NAME, {
        error: '"pass_env" lists names of environment variables, or beginnings of names: "AWS_*"',
      }),
    ).max(MAX_PASSED_NAMES).optional(),
    allow_hosts: z.array(
      z.string().refine((host) => permissionProblem("net", host) === undefined, {
        error: '"allow_hosts" lists hosts such as "api.example.com:443" or "*.example.com"',
      }),
    ).max(MAX_PASSED_NAMES).optional(),
    sandbox: z.enum(["none", "bubblewrap"]).optional(),
    scripts: z.strictObject({ grant: scriptGrantSchema() }).optional(),
    limits: limitSettingsSchema().optional(),
    journal: journalSchema().optional(),
    ...sectionSchemas(),
  });
}

/** Whoever a section concerns says what may stand in it. */
function sectionSchemas(): Readonly<Record<SectionName, z.ZodType>> {
  return {
    secrets: z.unknown().optional(),
    concurrency: z.unknown().optional(),
    retention: z.unknown().optional(),
    http: z.unknown().optional(),
    trace: z.unknown().optional(),
  };
}

function pluginSchema() {
  return z.strictObject({
    use: specifierSchema(),
    trusted: z.boolean().optional(),
    grant: z.strictObject({
      net: grantSchema("net"),
      read: grantSchema("read"),
      write: grantSchema("write"),
      env: grantSchema("env"),
      secrets: grantSchema("secrets"),
    }).transform(present).optional(),
    options: mappingSchema().optional(),
  });
}

/** Scripts have no input that a template could see; what they ask for is compared with what stands here. */
function scriptGrantSchema() {
  const names = (permission: FlagName) =>
    z.array(
      nameSchema().superRefine((name, context) => {
        const problem = permissionProblem(permission, name);
        if (problem === undefined) return;
        context.addIssue({ code: "custom", message: `"${name}" ${problem}` });
      }),
    ).max(MAX_PERMISSION_NAMES).optional();
  return z.strictObject({
    net: names("net"),
    read: names("read"),
    write: names("write"),
    env: names("env"),
  }).transform(present);
}

function limitSettingsSchema() {
  return z.strictObject({
    default: limitsSchema().optional(),
    max: limitsSchema().optional(),
  }).transform((written) => ({
    default: limitsOf(written.default ?? {}),
    max: limitsOf(written.max ?? {}),
  }));
}

/** By its name, or with what it is told. */
function journalSchema(): z.ZodType<ValueObject> {
  const error = '"journal" must be a name such as "sqlite", or a mapping with a "type"';
  return z.unknown().transform((written, context) => {
    if (typeof written === "string") return { type: written };
    if (isWrittenMapping(written) && typeof written.type === "string") return written;
    context.addIssue({ code: "custom", message: error });
    return z.NEVER;
  });
}

/** Whoever grants a template grants what the stage's input makes of it. */
function grantSchema(permission: PermissionName) {
  const name = nameSchema().superRefine((name, context) => {
    const problem = declaredProblem(permission, name);
    if (problem !== undefined) {
      context.addIssue({ code: "custom", message: `"${name}" ${problem}` });
    }
  });
  return z.array(name).max(MAX_PERMISSION_NAMES).optional();
}

function specifierSchema() {
  return nameSchema().superRefine((use, context) => {
    const problem = specifierProblem(use);
    if (problem === undefined) return;
    context.addIssue({ code: "custom", message: `Cannot use plugin "${use}": ${problem}` });
  });
}

function nameSchema() {
  return z.string().min(1);
}

function durationSchema() {
  return z.union([z.number(), z.string()]).transform((written, context) => {
    const ms = parseDuration(written);
    if (ms) return ms;
    const message = '"timeout" must be a number of seconds above 0 or a text such as "30m"';
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function auditSchema() {
  return z.unknown().transform((written, context) => {
    const choices = isValue(written) ? auditChoices(written) : undefined;
    if (choices !== undefined) return choices;
    const message = '"audit" must be "file", "sqlite", a URL, a mapping with a "type", or a list';
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function mappingSchema(): z.ZodType<ValueObject> {
  return z.custom<ValueObject>(isWrittenMapping, { error: "This must be a mapping" });
}
