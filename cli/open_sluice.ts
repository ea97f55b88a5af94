/**
 * Opens the engine as the command line says.
 *
 * @module
 */
import { type OpenOptions, openSluice, type Sluice } from "../preset.ts";
import { looksLikeFile } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";

/**
 * Opens the engine with `--conf` and `--state`; whoever calls disposes of it.
 * Files that are named may start other workflows of their own folder.
 */
export function openFor(
  invocation: Invocation,
  printer: Printer,
  options: Pick<OpenOptions, "showsTimes"> = {},
): Promise<Sluice> {
  return openSluice({
    ...options,
    conf: invocation.value("conf"),
    state: invocation.value("state"),
    beside: invocation.operands.filter(looksLikeFile).map(folderOf),
    warn: (message) => printer.tell(`${printer.told.yellow("warning:")} ${message}`),
  });
}

function folderOf(file: string): string {
  const slash = Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\"));
  return slash < 0 ? "." : file.slice(0, Math.max(1, slash));
}
