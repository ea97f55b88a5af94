/**
 * Diagnostics as a SARIF 2.1.0 log, the form in which code scanners hand over
 * what they found: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
 *
 * @module
 */
import type { Diagnostic, Fix, Severity } from "../core/source/diagnostic.ts";
import type { Place, Span } from "../core/source/span.ts";

/** Who found it. */
export interface SarifTool {
  /** What the tool is called. */
  readonly name: string;
  /** Its release. */
  readonly version: string;
  /** What each code is about, where that is known, by code. */
  readonly summaries: ReadonlyMap<string, string>;
}

const SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/**
 * One log with one run of the tool. Columns count UTF-16 units from 1 and the
 * end of a region is the column behind it, as in the diagnostics themselves.
 *
 * @example
 * ```ts
 * import { sarifLog } from "./sarif_log.ts";
 * import { equal } from "node:assert/strict";
 *
 * const log = sarifLog([], { name: "sluice", version: "1.0.0", summaries: new Map() });
 * equal(log.version, "2.1.0");
 * ```
 */
export function sarifLog(diagnostics: readonly Diagnostic[], tool: SarifTool): SarifLog {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  const indexes = new Map(codes.map((code, at) => [code, at]));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [{
      tool: { driver: driverOf(tool, codes) },
      columnKind: "utf16CodeUnits",
      results: diagnostics.map((diagnostic) => ({
        ...resultOf(diagnostic),
        ruleIndex: indexes.get(diagnostic.code) ?? -1,
      })),
    }],
  };
}

/** A SARIF log, as far as its readers here look into it; all of it is plain JSON. */
export interface SarifLog {
  /** Where the form is described. */
  readonly $schema: string;
  /** Which form it is. */
  readonly version: "2.1.0";
  /** What was found, by each run of a tool. */
  readonly runs: readonly unknown[];
}

function driverOf({ name, version, summaries }: SarifTool, codes: readonly string[]): unknown {
  const rules = codes.map((id) => {
    const summary = summaries.get(id);
    return summary === undefined ? { id } : { id, shortDescription: { text: `${summary}.` } };
  });
  return { name, version, semanticVersion: version, rules };
}

const LEVELS: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  info: "note",
};

function resultOf(
  { code, severity, message, notes = [], place, related = [], fix }: Diagnostic,
): object {
  const relatedLocations = related.map((other, at) => ({
    id: at + 1,
    message: { text: other.message },
    ...locationOf(other.place),
  }));
  return {
    ruleId: code,
    level: LEVELS[severity],
    message: { text: [message, ...notes].join("\n") },
    locations: [locationOf(place)],
    ...(relatedLocations.length > 0 && { relatedLocations }),
    ...(fix && { fixes: [fixOf(fix)] }),
  };
}

function locationOf({ file, span }: Place): object {
  return { physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: regionOf(span) } };
}

function fixOf({ text, place: { file, span } }: Fix): unknown {
  return {
    description: { text: `Write "${text}"` },
    artifactChanges: [{
      artifactLocation: { uri: uriOf(file) },
      replacements: [{ deletedRegion: regionOf(span), insertedContent: { text } }],
    }],
  };
}

function regionOf({ start, end }: Span): unknown {
  return {
    startLine: start.line,
    startColumn: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

/** A path as a URI reference; a colon in its first part would make that a scheme, so it is encoded too. */
function uriOf(file: string): string {
  const path = file.split("/").map(encodeURIComponent).join("/");
  return file.startsWith("/") ? `file://${path}` : path.replace(/^(?:\.\/)+/, "");
}
