/**
 * Says what was under way when a run was told to end.
 *
 * @module
 */
import { durationText } from "../core/engine/render/duration_text.ts";
import { type CutShort, cutShort, MAX_CUT_SHORT } from "../core/run/cut_short.ts";
import type { RunState } from "../core/run/state.ts";

/** So many are named. */
const MAX_NAMED = 10;

/** One line, or none where nothing was under way. */
export function cutShortLines(state: RunState): string[] {
  const stages = cutShort(state);
  if (stages.length === 0) return [];
  const names = stages.slice(0, MAX_NAMED).map(nameOf).join(", ");
  const [others, more] = [stages.length - MAX_NAMED, stages.length === MAX_CUT_SHORT ? "+" : ""];
  return [`cut short: ${names}${others > 0 ? ` and ${others}${more} more` : ""}`];
}

function nameOf({ stage, attempt, startedAt, endedAt }: CutShort): string {
  const which = attempt === 1 ? "" : `attempt ${attempt}, `;
  return `${stage} (${which}${durationText(endedAt - startedAt)})`;
}
