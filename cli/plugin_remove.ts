/**
 * `sluice plugin remove`
 *
 * @module
 */
import { closestName } from "../core/source/closest_name.ts";
import { codeFile } from "../plugins/foreign/code_files.ts";
import { writeLock } from "../plugins/foreign/lock_file.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { openPluginContext, type PluginContext } from "./plugin_context.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { UsageError } from "./usage_error.ts";

/** Removes plugins with their code. What the settings say of them stays for people to remove. */
export async function removePlugins(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const [, ...specifiers] = invocation.operands;
  if (specifiers.length === 0) throw new UsageError("Cannot remove a plugin: name it");
  const context = await openPluginContext(invocation);
  for (const specifier of specifiers) assertInstalled(specifier, context);
  const { host, folder, settings } = context;
  const kept = context.locked.filter(({ specifier }) => !specifiers.includes(specifier));
  const codes = new Set(kept.map(({ code }) => code));
  await writeLock(folder, kept, { host });
  for (const plugin of context.locked) {
    if (!codes.has(plugin.code)) await host.remove(codeFile(plugin, folder));
  }
  if (invocation.has("json")) printJson(printer, { removed: specifiers });
  for (const specifier of specifiers) {
    if (!invocation.has("json")) printer.tell(`Removed ${specifier}`);
    const setting = settings.plugins.find(({ use }) => use === specifier);
    if (setting === undefined) continue;
    const { file, span: { start } } = setting.place;
    const where = `${file}:${start.line}:${start.column}`;
    printer.tell(`${printer.told.yellow("warning:")} ${where} still names "${specifier}"`);
  }
  return EXIT.ok;
}

function assertInstalled(specifier: string, { locked }: PluginContext): void {
  const names = locked.map((plugin) => plugin.specifier);
  if (names.includes(specifier)) return;
  const guess = closestName(specifier, names);
  const hint = guess ? `; did you mean "${guess}"?` : "";
  throw new UsageError(`Cannot remove "${specifier}": it is not installed${hint}`);
}
