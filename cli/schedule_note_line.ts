/**
 * What a scheduler says, as lines.
 *
 * @module
 */
import { brokenFiles, brokenFileText } from "../core/engine/broken_files.ts";
import { durationText } from "../core/engine/render/duration_text.ts";
import type { ScheduleNote } from "../core/engine/schedule_note.ts";
import type { Standing } from "../core/engine/schedule_standings.ts";
import { WHY_NEVER } from "../core/schedule/never_starts.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import type { Printer } from "./printer.ts";
import { removedText } from "./removed_text.ts";
import { statusColor, timeText } from "./runs.ts";
import { noteDocument } from "./schedule_note_document.ts";
import { terminalText } from "./terminal_text.ts";

/** So late a run is worth a word. */
const LATE_MS = 1_000;

/** So many workflows are named in a line. */
const MAX_NAMED = 5;

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
  const color = note.type === "settled" ? statusColor(note.status) : COLORS[note.type];
  const text = terminalText(noteText(note));
  const told = color === undefined ? text : printer.told[color](text);
  printer.tell(`${printer.told.dim(timeText(nowMs))}  ${told}`);
}

/** Tells people which files do not load, for whoever lists what starts. */
export function tellBroken(diagnostics: readonly Diagnostic[], printer: Printer): void {
  for (const file of brokenFiles(diagnostics)) {
    printer.tell(`${printer.told.red("broken:")} ${terminalText(brokenFileText(file))}`);
  }
}

/** Tells people which schedules start nothing. */
export function tellNever(standings: readonly Standing[], printer: Printer): void {
  for (const { workflow, schedule, never } of standings) {
    if (never === undefined) continue;
    const text = neverText({ workflow, schedule, why: WHY_NEVER[never] });
    printer.tell(`${printer.told.yellow("never:")} ${terminalText(text)}`);
  }
}

function neverText({ workflow, schedule, why }: Omit<ScheduleNote & { type: "never" }, "type">) {
  return `${workflow} is not started by "${schedule}": ${why}`;
}

const COLORS: Partial<Record<ScheduleNote["type"], "red" | "yellow">> = {
  broken: "red",
  never: "yellow",
  circle: "yellow",
  skipped: "yellow",
  missed: "red",
  trouble: "red",
};

function loadedText(
  { workflows, schedules, followers, watched }: ScheduleNote & { type: "loaded" },
): string {
  if (workflows === 0) return "No workflow starts by itself";
  const start = workflows === 1
    ? "1 workflow starts by itself"
    : `${workflows} workflows start by themselves`;
  const parts = [
    ...schedules === 0 ? [] : [counted(schedules, "schedule")],
    ...followers === 0 ? [] : [`${followers} after others`],
    ...watched === 0 ? [] : [counted(watched, "trigger")],
  ];
  return parts.length === 0 ? start : `${start}: ${parts.join(", ")}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function noteText(note: ScheduleNote): string {
  switch (note.type) {
    case "loaded":
      return loadedText(note);
    case "broken":
      return `${brokenFileText(note)}; ${keptText(note)}`;
    case "mended":
      return `${note.file} is in order again`;
    case "never":
      return neverText(note);
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

/** What is so while a file is broken. */
function keptText({ kept }: ScheduleNote & { type: "broken" }): string {
  if (kept.length === 0) return "what is wrong there is left out until it is put right";
  const names = kept.slice(0, MAX_NAMED);
  const more = kept.length - names.length;
  const all = more === 0 ? names.join(", ") : `${names.join(", ")} and ${more} more`;
  return `${all} ${kept.length === 1 ? "goes on as it was" : "go on as they were"}`;
}

function missedText({ firstMs, slotMs, count }: ScheduleNote & { type: "missed" }): string {
  if (count === 1) return timeText(slotMs);
  return `${count ?? "many"} slots from ${timeText(firstMs)} to ${timeText(slotMs)}`;
}
