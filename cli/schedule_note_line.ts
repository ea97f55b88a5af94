/**
 * What a scheduler says, as lines.
 *
 * @module
 */
import { durationText } from "../core/engine/render/duration_text.ts";
import type { ScheduleNote } from "../core/engine/schedule_note.ts";
import type { Printer } from "./printer.ts";
import { removedText } from "./removed_text.ts";
import { timeText } from "./runs.ts";
import { noteDocument } from "./schedule_note_document.ts";
import { terminalText } from "./terminal_text.ts";

/** So late a run is worth a word. */
const LATE_MS = 1_000;

/** Tells people of a note, or prints it for programs. */
export function tellNote(
  note: ScheduleNote,
  { printer, json, nowMs }: {
    readonly printer: Printer;
    readonly json: boolean;
    readonly nowMs: number;
  },
): void {
  if (json) return printer.print(JSON.stringify(noteDocument(note, { nowMs })));
  const color = COLORS[note.type];
  const text = terminalText(noteText(note));
  const told = color === undefined ? text : printer.told[color](text);
  printer.tell(`${printer.told.dim(timeText(nowMs))}  ${told}`);
}

const COLORS: Partial<Record<ScheduleNote["type"], "red" | "yellow">> = {
  kept: "yellow",
  circle: "yellow",
  skipped: "yellow",
  missed: "red",
  trouble: "red",
};

function loadedText({ workflows, schedules, watched }: ScheduleNote & { type: "loaded" }): string {
  const start = workflows === 1
    ? "1 workflow starts by itself"
    : `${workflows} workflows start by themselves`;
  return `${start}: ${counted(schedules, "schedule")}, ${counted(watched, "trigger")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function noteText(note: ScheduleNote): string {
  switch (note.type) {
    case "loaded":
      return loadedText(note);
    case "kept": {
      const [first] = note.diagnostics;
      const { file, span: { start } } = first?.place ?? { file: "", span: { start: { line: 0 } } };
      return `${note.workflow} stays as it was: ${file}:${start.line} ${first?.message ?? ""}`;
    }
    case "circle":
      return `${
        note.workflows.join(", ")
      } follow one another in a circle, so they are not followed`;
    case "started": {
      const late = note.lateMs >= LATE_MS ? `, ${durationText(note.lateMs)} after its slot` : "";
      return `${note.runId} begins${late}`;
    }
    case "recovered":
      return `${note.runId} goes on where it was interrupted`;
    case "settled":
      return `${note.runId} has ended: ${note.status}`;
    case "skipped":
      return `${note.workflow} leaves out ${timeText(note.slotMs)}: ${note.why}`;
    case "missed":
      return `${note.workflow} missed ${missedText(note)}: ${note.why}`;
    case "pruned":
      return removedText(note);
    case "trouble":
      return note.message;
    default:
      return note satisfies never;
  }
}

function missedText({ firstMs, slotMs, count }: ScheduleNote & { type: "missed" }): string {
  if (count === 1) return timeText(slotMs);
  return `${count ?? "many"} slots from ${timeText(firstMs)} to ${timeText(slotMs)}`;
}
