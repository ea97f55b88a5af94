/**
 * What the parts of `sluice schedule` share.
 *
 * @module
 */
import type { Invocation } from "./invocation.ts";
import type { Printer } from "./printer.ts";

/** What a part of the command works with. */
export interface ScheduleContext {
  /** What was typed. */
  readonly invocation: Invocation;
  /** Where it prints. */
  readonly printer: Printer;
  /** The workflows that were named. */
  readonly names: readonly string[];
}
