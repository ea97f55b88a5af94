/**
 * What every action of `sluice audit` is given.
 *
 * @module
 */
import type { Audit } from "../core/plugin/sink.ts";
import type { Sluice } from "../preset.ts";
import type { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";

/** What every action is given. */
export interface AuditCommand {
  readonly invocation: Invocation;
  readonly printer: Printer;
  readonly sluice: Sluice;
  /** The audits that are meant: those of the settings, or the one that `--from` names. */
  readonly audits: readonly Audit[];
}
