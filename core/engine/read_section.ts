/**
 * Reads a section of the settings file by the schema of whoever it concerns.
 *
 * @module
 */
import type { z } from "zod";
import type { Finding } from "../model/finding.ts";
import { readWith } from "../model/issues.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import { WorkflowError } from "./errors.ts";
import type { SectionName, Settings, SettingsSection } from "./settings.ts";

/**
 * What a section says; `undefined` where there is none.
 *
 * @throws {WorkflowError} with every reason why it does not fit, and its place.
 */
export function readSection<T>(
  settings: Settings,
  { name, schema }: { readonly name: SectionName; readonly schema: () => z.ZodType<T> },
): T | undefined {
  const section = settings[name];
  if (section === undefined) return undefined;
  const diagnostics: Diagnostic[] = [];
  const read = readWith(schema(), section.value, {
    path: [],
    subject: `the settings under "${name}"`,
    report: (finding) => diagnostics.push(diagnosticOf(section, finding)),
  });
  if (read !== undefined) return read;
  const [first] = diagnostics;
  throw new WorkflowError(`Cannot use the settings: ${first?.message}`, { diagnostics });
}

function diagnosticOf(
  { placeOf }: SettingsSection,
  { code, severity = "error", message, path, target }: Finding,
): Diagnostic {
  return { code, severity, message, place: placeOf(path, target) };
}
