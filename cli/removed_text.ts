/**
 * What was removed, in a line.
 *
 * @module
 */
import type { ApplyOptions, Removed } from "../core/engine/apply_retention.ts";

const NAMES = [["audits", "record"], ["traces", "trace"], ["logs", "log"]] as const;

/** How many of what were removed, or would be. */
export function removedText(
  counts: Removed["counts"],
  { dryRun = false }: ApplyOptions = {},
): string {
  const others = NAMES.filter(([part]) => counts[part] > 0)
    .map(([part, name]) => `, ${counted(counts[part], name)}`);
  const all = `${counted(counts.runs, "run")}${others.join("")}`;
  return `${all} ${dryRun ? "would be removed" : "removed"}`;
}

function counted(count: number, name: string): string {
  return count === 1 ? `1 ${name}` : `${count} ${name}s`;
}
