/**
 * Files of workflows that do not load: which, why, and what a scheduler does
 * about them.
 *
 * @module
 */
import { byPlace } from "../model/finding.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** A file of workflows that does not load, or not all of it. */
export interface BrokenFile {
  /** The file; the folder itself, where that is not there. */
  readonly file: string;
  /** What is wrong first. */
  readonly first: Diagnostic;
  /** All that is wrong with it. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Such a file for programs. */
export interface BrokenFileDocument {
  /** The file. */
  readonly file: string;
  /** The line of what is wrong first, from 1. */
  readonly line: number;
  /** The column, from 1. */
  readonly column: number;
  /** The code of what is wrong first. */
  readonly code: string;
  /** What that is. */
  readonly message: string;
  /** How many more things are wrong with it. */
  readonly more: number;
}

/** The files for which none or only a part of what they hold can be started, in the order in which they were looked at. */
export function brokenFiles(diagnostics: readonly Diagnostic[]): readonly BrokenFile[] {
  const byFile = Map.groupBy(diagnostics.filter(keepsFromStarting), ({ place }) => place.file);
  return [...byFile].flatMap(([file, found]) => {
    const diagnostics = found.toSorted(byPlace);
    const [first] = diagnostics;
    return first === undefined ? [] : [{ file, first, diagnostics }];
  });
}

/** A file in the one dialect of JSON. */
export function brokenFileDocument(
  { file, first: { code, message, place }, diagnostics }: BrokenFile,
): BrokenFileDocument {
  const { line, column } = place.span.start;
  return { file, line, column, code, message, more: diagnostics.length - 1 };
}

/** A file in a line: where and what is wrong first, and how much more. */
export function brokenFileText({ file, first, diagnostics }: BrokenFile): string {
  if (first.code === MISSING_FOLDER) return first.message;
  const { line, column } = first.place.span.start;
  const more = diagnostics.length - 1;
  const hint = more === 0 ? "" : ` (and ${more} more: "sluice check" shows all)`;
  return `${file}:${line}:${column} ${first.message}${hint}`;
}

/** A folder that is not there may be as well in a listing; what is to start workflows of it cannot. */
const MISSING_FOLDER = "conf-missing";

function keepsFromStarting({ severity, code }: Diagnostic): boolean {
  return severity === "error" || code === MISSING_FOLDER;
}

/** The workflows of files of which some may be broken. */
export interface FoundWorkflows {
  /** Those that are right. */
  readonly workflows: readonly ScheduledWorkflow[];
  /** What is wrong with the others. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Has what was right go on while its file is broken, and says of each file when it breaks and when it is mended. */
export class FileKeeper {
  readonly #tell: (note: ScheduleNote) => void;
  /** What was said of each broken file, so that it is said once. */
  #said: ReadonlyMap<string, string> = new Map();

  /** @param tell Told of files that break, that are broken otherwise, and that are mended. */
  constructor(tell: (note: ScheduleNote) => void) {
    this.#tell = tell;
  }

  /** How many files are broken. */
  get broken(): number {
    return this.#said.size;
  }

  /** The workflows in force, by name: those that are right, and as they were before those whose files are not. */
  inForce(
    { workflows, diagnostics }: FoundWorkflows,
    before: ReadonlyMap<string, ScheduledWorkflow>,
  ): ReadonlyMap<string, ScheduledWorkflow> {
    const byName = new Map(workflows.map((workflow) => [workflow.name, workflow]));
    const gone = [...before.values()].filter(({ name }) => !byName.has(name));
    const said = new Map<string, string>();
    for (const broken of brokenFiles(diagnostics)) {
      const kept = gone.filter((workflow) => concerns(broken, workflow));
      for (const workflow of kept) byName.set(workflow.name, workflow);
      const note = { type: "broken", ...broken, kept: kept.map(({ name }) => name) } as const;
      const what = JSON.stringify(note);
      said.set(broken.file, what);
      if (this.#said.get(broken.file) !== what) this.#tell(note);
    }
    for (const file of this.#said.keys()) if (!said.has(file)) this.#tell({ type: "mended", file });
    this.#said = said;
    return byName;
  }
}

/** Whether a workflow stood in a file that is broken now, or in the folder that is gone. */
function concerns({ diagnostics }: BrokenFile, { file }: ScheduledWorkflow): boolean {
  const places = diagnostics.flatMap(({ place, related = [] }) => [
    place,
    ...related.map((it) => it.place),
  ]);
  return places.some((it) => it.file === file || isWithin(file, it.file));
}

function isWithin(file: string, folder: string): boolean {
  return file.startsWith(`${folder.replace(/\/+$/, "")}/`);
}
