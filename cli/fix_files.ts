/**
 * Writes what was meant into workflow files.
 *
 * @module
 */
import type { Diagnostic } from "../core/source/diagnostic.ts";
import { applyFixes } from "../core/source/fix.ts";
import { openHost } from "../platform/host.ts";
import type { SourceTexts } from "./report_error.ts";

/** A file that was changed. */
export interface FixedFile {
  /** The file, as diagnostics name it. */
  readonly file: string;
  /** How many names were put right. */
  readonly count: number;
}

/** Makes the fixes that diagnostics offer, each file whole or not at all. */
export async function fixFiles(
  diagnostics: readonly Diagnostic[],
  texts: SourceTexts,
): Promise<readonly FixedFile[]> {
  const byFile = Map.groupBy(
    diagnostics.filter(({ fix }) => fix !== undefined),
    ({ place }) => place.file,
  );
  const fixed: FixedFile[] = [];
  for (const [file, found] of byFile) {
    const { text, count } = applyFixes(await texts.of(file), found);
    await openHost().writeText(file, text);
    fixed.push({ file, count });
  }
  return fixed;
}
