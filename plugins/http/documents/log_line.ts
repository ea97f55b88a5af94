/**
 * Output as documents.
 *
 * @module
 */
import type { OutputLine } from "../../../core/plugin/sink.ts";
import type { LogLine } from "../api/runs.ts";
import { isoText } from "./run_document.ts";

/** A line with its number, from 0. */
export function logLine({ at, stage, attempt, stream, text }: OutputLine, line: number): LogLine {
  return { line, at: isoText(at), stage, attempt, stream, text };
}
