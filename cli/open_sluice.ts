/**
 * Opens the engine as the command line says.
 *
 * @module
 */
import { openSluice, type Sluice } from "../preset.ts";
import type { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";

/** Opens the engine with `--conf` and `--state`; whoever calls disposes of it. */
export function openFor(invocation: Invocation, printer: Printer): Promise<Sluice> {
  const [conf, state] = [invocation.value("conf"), invocation.value("state")];
  return openSluice({
    ...(conf === undefined ? {} : { conf }),
    ...(state === undefined ? {} : { state }),
    warn: (message) => printer.tell(`${printer.told.yellow("warning:")} ${message}`),
  });
}
