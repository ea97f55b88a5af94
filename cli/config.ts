/**
 * `sluice config`
 *
 * @module
 */
import { SETTING_SECTIONS, SETTING_VARIABLES, type SettingName } from "../core/engine/settings.ts";
import { type Json, toJson } from "../core/expr/json.ts";
import type { Value } from "../core/expr/value.ts";
import { entriesOf, isList, isMapping } from "../core/expr/view.ts";
import { isValue } from "../core/model/written.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { type Column, table } from "./table.ts";

/** Shows each setting, and where its value came from. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const settings = settingsOf(sluice);
  if (invocation.has("json")) printJson(printer, settings.map((setting) => ({ ...setting })));
  else printer.print(table(settings, COLUMNS, { paint: printer.printed }));
  return EXIT.ok;
}

interface Setting {
  readonly name: string;
  readonly value: Json;
  /** A variable, a place in the settings file, `override` (the command line) or `default`. */
  readonly origin: string;
  /** The variables that may set it. */
  readonly variables: readonly string[];
}

function settingsOf({ settings, origins }: Sluice): readonly Setting[] {
  const single = Object.keys(SETTING_VARIABLES).filter(isSettingName).map((name) => ({
    name,
    value: shown(name === "plugins" ? settings.plugins.map(({ use }) => use) : settings[name]),
    origin: origins[name],
    variables: SETTING_VARIABLES[name],
  }));
  const sections = SETTING_SECTIONS.flatMap((name) => {
    const section = settings[name];
    if (section === undefined) return [];
    const { file, span } = section.placeOf();
    const origin = `${file}:${span.start.line}:${span.start.column}`;
    // What a section holds concerns whoever reads it; "secrets" is one of them.
    return [{ name, value: HIDDEN_SECTION, origin, variables: [] }];
  });
  return [...single, ...sections];
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTING_VARIABLES, name);
}

const HIDDEN_SECTION = "set";
const HIDDEN = "***";
const SECRET_NAME = /pass|secret|token|credential|auth|key|cookie|signature|dsn/i;
const USER_IN_URL = /(?<=\/\/)[^/@\s]+@/g;

/** What a setting holds, without what may be a secret in it. */
function shown(value: unknown): Json {
  const plain = JSON.parse(JSON.stringify(value ?? null));
  return isValue(plain) ? toJson(masked(plain)) : HIDDEN;
}

function masked(value: Value): Value {
  if (typeof value === "string") return value.replace(USER_IN_URL, `${HIDDEN}@`);
  if (isList(value)) return value.map(masked);
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Array.from(
      entriesOf(value),
      ([name, entry]) => [name, SECRET_NAME.test(name) ? HIDDEN : masked(entry)] as const,
    ),
  );
}

const COLUMNS: readonly Column<Setting>[] = [
  { title: "SETTING", text: ({ name }) => name },
  {
    title: "VALUE",
    text: ({ value }) => typeof value === "string" ? value : JSON.stringify(value),
  },
  {
    title: "FROM",
    text: ({ origin }) => origin,
    color: ({ origin }) => origin === "default" ? "dim" : undefined,
  },
];
