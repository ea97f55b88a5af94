/**
 * All that is wrong with the settings file, the sections included that are
 * read only by whoever they concern.
 *
 * @module
 */
import { WorkflowError } from "../core/engine/errors.ts";
import { readRetention } from "../core/engine/retention.ts";
import { readSection } from "../core/engine/read_section.ts";
import { readSettings, type Settings, type SettingsSection } from "../core/engine/settings.ts";
import { readSettingsFile, settingsFileOf } from "../core/engine/settings_file.ts";
import { auditChoices } from "../core/engine/audit_choice.ts";
import type { Value, ValueObject } from "../core/expr/value.ts";
import { placeOf } from "../core/model/finding.ts";
import { isWrittenList, isWrittenMapping } from "../core/model/written.ts";
import { type ConfiguredKind, findKind, type KindEntry } from "../core/plugin/configured_kind.ts";
import { type Host, HostError } from "../core/plugin/ports.ts";
import { concurrencySettingsSchema } from "../core/model/concurrency.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import { parseDocument, type Path, type SourceDocument } from "../core/source/document.ts";
import { FIRST_PARTY_AUDITS } from "../plugins/first_party_audits.ts";
import { FIRST_PARTY_JOURNALS } from "../plugins/first_party_journals.ts";
import { FIRST_PARTY_TRACES } from "../plugins/first_party_traces.ts";
import { httpSettings } from "../plugins/http/http_settings.ts";
import { secretProviders } from "../plugins/secrets.ts";

/** What is wrong with a settings file. */
export interface SettingsMistakes {
  /** Its name. */
  readonly file: string;
  /** Its text; empty where there is none. */
  readonly text: string;
  /** All that is wrong with it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads the settings file of the conf folder from its beginning to its end. */
export async function settingsMistakes(
  host: Host,
  { conf }: { readonly conf?: string | undefined },
): Promise<SettingsMistakes> {
  const { settings } = readSettings(host.env(), conf === undefined ? {} : { confPath: conf });
  const file = settingsFileOf(settings.confPath);
  const text = await textOf(file, host);
  if (text === undefined) return { file, text: "", diagnostics: [] };
  const document = parseDocument(text, file);
  const { values, diagnostics } = readSettingsFile(text, file);
  // Of a text that is no YAML, nothing else can be said.
  const further = document.errors.length > 0 ? [] : [
    ...sectionMistakes({ ...settings, ...values }, host),
    ...await kindMistakes(document, { ...settings, ...values }),
  ];
  return { file, text, diagnostics: [...diagnostics, ...further] };
}

/** Whoever opens the engine tells of a file that cannot be read. */
async function textOf(file: string, host: Host): Promise<string | undefined> {
  try {
    return await host.readText(file);
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return undefined;
  }
}

function sectionMistakes(settings: Settings, host: Host): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { secrets } = settings;
  if (secrets !== undefined) {
    secretProviders(secrets.value, {
      host,
      report: ({ path, target, code, message, severity = "error" }) =>
        found.push({ code, severity, message, place: secrets.placeOf(path, target) }),
    });
  }
  return [
    ...found,
    ...thrownBy(() =>
      readSection(settings, { name: "concurrency", schema: concurrencySettingsSchema })
    ),
    ...thrownBy(() => readRetention(settings)),
    ...thrownBy(() => httpSettings(settings.http)),
    ...(settings.trace === undefined ? [] : [unread(settings.trace)]),
  ];
}

function unread({ placeOf }: SettingsSection): Diagnostic {
  const message = 'Nothing reads "trace": traces are chosen by "trace_handlers"';
  return { code: "key-unknown", severity: "warning", message, place: placeOf([], "key") };
}

function thrownBy(read: () => unknown): readonly Diagnostic[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof WorkflowError) return error.diagnostics;
    throw error;
  }
}

/** What the settings choose by name: `audit`, `trace_handlers`, `journal`. */
async function kindMistakes(
  document: SourceDocument,
  { plugins }: Settings,
): Promise<readonly Diagnostic[]> {
  const written = isWrittenMapping(document.value) ? document.value : {};
  // Only plugins in the engine's own process bring kinds; these are not opened to look.
  const isOpen = plugins.some(({ trusted }) => trusted);
  const find = { document, isOpen };
  return (await Promise.all([
    ...audits(written).map((choice) =>
      mistakesIn(choice, { what: "audit", builtIn: FIRST_PARTY_AUDITS, ...find })
    ),
    ...traces(written).map((choice) =>
      mistakesIn(choice, { what: "trace", builtIn: FIRST_PARTY_TRACES, ...find })
    ),
    ...journals(written).map((choice) =>
      mistakesIn(choice, { what: "journal", builtIn: FIRST_PARTY_JOURNALS, ...find })
    ),
  ])).flat();
}

/** A kind that is chosen, and where. */
interface Choice {
  readonly choice: ValueObject;
  readonly path: Path;
}

function audits({ audit }: ValueObject): readonly Choice[] {
  const choices = audit === undefined ? [] : auditChoices(audit) ?? [];
  const isList = isWrittenList(audit);
  return choices.map((choice, index) => ({ choice, path: isList ? ["audit", index] : ["audit"] }));
}

function traces({ trace_handlers: handlers }: ValueObject): readonly Choice[] {
  if (!isWrittenList(handlers)) return [];
  return handlers.flatMap((choice: Value, index: number) =>
    isWrittenMapping(choice) ? [{ choice, path: ["trace_handlers", index] }] : []
  );
}

function journals({ journal }: ValueObject): readonly Choice[] {
  if (typeof journal === "string") return [{ choice: { type: journal }, path: ["journal"] }];
  return isWrittenMapping(journal) ? [{ choice: journal, path: ["journal"] }] : [];
}

interface Finding<Kind> {
  readonly what: string;
  readonly builtIn: readonly KindEntry<Kind>[];
  readonly document: SourceDocument;
  readonly isOpen: boolean;
}

async function mistakesIn<Kind extends Pick<ConfiguredKind<unknown>, "name" | "options">>(
  { choice: { type, ...options }, path }: Choice,
  { what, builtIn, document, isOpen }: Finding<Kind>,
): Promise<readonly Diagnostic[]> {
  const name = typeof type === "string" ? type : "";
  const at = (code: string, message: string, further: Path = []): Diagnostic => ({
    ...{ code, severity: "error", message },
    place: placeOf(document, { path: [...path, ...further] }),
  });
  const kind = await findKind(name, { what, builtIn, plugged: [] }).catch((error: unknown) => {
    if (error instanceof RangeError) return error.message;
    throw error;
  });
  if (typeof kind === "string") return isOpen ? [] : [at("value-invalid", kind)];
  const read = kind.options.safeParse(options);
  if (read.success) return [];
  return read.error.issues.map((issue) => {
    const known = issue.path.filter((key) => typeof key !== "symbol");
    return issue.code === "unrecognized_keys"
      ? at("key-unknown", `The ${what} "${name}" has no option "${issue.keys.join('", "')}"`, known)
      : at("value-invalid", `Cannot open the ${what} "${name}": ${issue.message}`, known);
  });
}
