/**
 * What a scheduler says, for programs.
 *
 * @module
 */
import { brokenFileDocument } from "../core/engine/broken_files.ts";
import type { ScheduleNote } from "../core/engine/schedule_note.ts";
import { isoText } from "./print_json.ts";

/** A note in the one dialect of JSON, with the time at which it was told. */
export function noteDocument(
  note: ScheduleNote,
  { nowMs }: { readonly nowMs: number },
): Readonly<Record<string, unknown>> {
  return { at: isoText(nowMs), ...documentOf(note) };
}

function documentOf(note: ScheduleNote): Readonly<Record<string, unknown>> {
  switch (note.type) {
    case "started": {
      const { runId, lateMs, ...rest } = note;
      return { ...rest, run_id: runId, late_ms: lateMs };
    }
    case "recovered":
    case "settled": {
      const { runId, ...rest } = note;
      return { ...rest, run_id: runId };
    }
    case "skipped": {
      const { slotMs, ...rest } = note;
      return { ...rest, slot: isoText(slotMs) };
    }
    case "missed": {
      const { slotMs, firstMs, count = null, ...rest } = note;
      return { ...rest, slot: isoText(slotMs), since: isoText(firstMs), count };
    }
    case "broken":
      return { type: note.type, ...brokenFileDocument(note), kept: note.kept };
    case "loaded":
    case "mended":
    case "never":
    case "circle":
    case "pruned":
    case "trouble":
      return note;
    default:
      return note satisfies never;
  }
}
