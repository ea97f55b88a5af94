/**
 * The corpus of the checker: workflows with all that is said about them.
 *
 * @module
 */
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { checkWorkflow } from "../../core/check/check_workflow.ts";
import type { Clockwork } from "../../core/check/next_times.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { StageSyntax } from "../../core/model/stage_syntax.ts";
import type { Workflow } from "../../core/model/workflow.ts";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { cronCalendar } from "../../plugins/cron.ts";
import { containerRunner } from "../../plugins/container_runner.ts";
import { FIRST_PARTY_STAGES } from "../../stages/first_party.ts";

/** Where the corpus is. */
export const CORPUS: URL = new URL("../corpus/check/", import.meta.url);

/** A file of the corpus. */
export interface CorpusFile {
  /** Its name without the ending. */
  readonly name: string;
  /** Its text. */
  readonly text: string;
}

/** The files of one half of the corpus, by name. */
export async function corpusFiles(half: "ok" | "err"): Promise<readonly CorpusFile[]> {
  const folder = fileURLToPath(new URL(`${half}/`, CORPUS));
  const names = (await readdir(folder)).filter((name) => name.endsWith(".yml")).sort();
  return await Promise.all(names.map(async (file) => ({
    name: file.slice(0, -".yml".length),
    text: await readFile(`${folder}${file}`, "utf8"),
  })));
}

/** It is always the same day for the corpus. */
const TIMES: Clockwork = { ...cronCalendar(), nowMs: Date.UTC(2026, 10, 1) };

const RUNNER_SYNTAX = new Map([["container", containerRunner("container")]]);

/** All that is said about a file: what loading finds, and what checking does. */
export function checkText({ name, text }: CorpusFile): readonly Diagnostic[] {
  const { diagnostics, ...loaded } = loadText({ name, text });
  const workflows = [...loaded.workflows, ...loaded.partial];
  const byName = new Map(workflows.map((workflow) => [workflow.name, workflow]));
  const scriptLang = name.startsWith("reference-") ? "python" : "ts";
  const found = workflows.flatMap((workflow) =>
    checkWorkflow(workflow, {
      ...{ scriptLang, times: TIMES },
      ...{ runners: ["local", "container"], runnerSyntax: RUNNER_SYNTAX },
      ...(workflows.length > 1 && {
        workflows: (name) => byName.get(name),
        workflowNames: [...byName.keys()],
      }),
    })
  );
  return [...diagnostics, ...found].toSorted(byPlace);
}

/** The workflows of a file that can be loaded. */
export function workflowsIn(file: CorpusFile): readonly Workflow[] {
  return loadText(file).workflows;
}

/** A diagnostic in one line, as `deno task corpus` writes it. */
export function lineOf({ place: { file, span }, severity, code, message }: Diagnostic): string {
  return `${file}:${span.start.line}:${span.start.column} ${severity}[${code}] ${message}`;
}

const KINDS: readonly StageSyntax[] = await Promise.all(
  FIRST_PARTY_STAGES.map((entry) => entry.load()),
);

function loadText({ name, text }: CorpusFile) {
  return loadFile(text, `${name}.yml`, { stages: KINDS });
}

function byPlace(one: Diagnostic, other: Diagnostic): number {
  const [a, b] = [one.place.span.start, other.place.span.start];
  return a.line - b.line || a.column - b.column;
}
