/**
 * Diagnostics as documents.
 *
 * @module
 */
import type { Diagnostic } from "../../../core/source/diagnostic.ts";
import type { DiagnosticDocument } from "../api/problem.ts";

/** A diagnostic as an answer has it. */
export function diagnosticDocument(diagnostic: Diagnostic): DiagnosticDocument {
  const { code, severity, message, place, related, fix } = diagnostic;
  return {
    ...{ code, severity, message, place },
    ...(related && { related: related.map(({ message, place }) => ({ message, place })) }),
    ...(fix && { fix: { text: fix.text, place: fix.place } }),
  };
}
