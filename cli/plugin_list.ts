/**
 * `sluice plugin list`
 *
 * @module
 */
import { EXIT, type ExitCode } from "./exit_code.ts";
import type { Invocation } from "./invocation.ts";
import { documentOf, openPluginContext, permissionsText, stageNames } from "./plugin_context.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { table } from "./table.ts";

/** Shows the installed plugins. */
export async function listPlugins(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const { settings, locked } = await openPluginContext(invocation);
  if (invocation.has("json")) {
    printJson(printer, locked.map((plugin) => documentOf(plugin, settings)));
    return EXIT.ok;
  }
  if (locked.length === 0) {
    printer.tell('There are no plugins. Make one with "sluice plugin new", add one with "add"');
    return EXIT.ok;
  }
  const settingOf = (specifier: string) => settings.plugins.find(({ use }) => use === specifier);
  const { columns } = printer.size();
  printer.print(table(locked, [
    { title: "PLUGIN", text: ({ specifier }) => specifier, color: () => "cyan" },
    { title: "STAGES", text: ({ manifest }) => stageNames(manifest).join(" ") },
    {
      title: "MAY REACH",
      text: ({ specifier, granted }) => {
        const setting = settingOf(specifier);
        if (setting?.trusted === true) return "everything the engine may (trusted)";
        return permissionsText(setting?.grant ?? granted);
      },
    },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) }));
  return EXIT.ok;
}
