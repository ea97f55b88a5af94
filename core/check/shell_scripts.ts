/**
 * The shell scripts of a workflow as a checker of shell scripts can read them,
 * and what it says of them as diagnostics at their places in the workflow.
 *
 * Every template becomes a variable in the quotes that its place needs, and
 * exactly as long as it was: an offset in the one text is the same in the other.
 *
 * @module
 */
import type { EmbeddedHole } from "../expr/embed.ts";
import { embedBash } from "../expr/embed_bash.ts";
import type { ValueObject } from "../expr/value.ts";
import { diagnose } from "../model/finding.ts";
import type { Workflow } from "../model/workflow.ts";
import { isWrittenMapping } from "../model/written.ts";
import type { Diagnostic, Severity } from "../source/diagnostic.ts";
import type { Path } from "../source/document.ts";
import type { CheckFacts } from "./check_facts.ts";
import type { Site } from "./site.ts";
import { writtenTexts } from "./written_texts.ts";

/** A script with its templates masked. */
export interface ShellScript {
  /** The workflow that it stands in. */
  readonly workflow: Workflow;
  /** Where it stands there. */
  readonly path: Path;
  /** A first line that declares the environment, and then the script, character for character in its place. */
  readonly text: string;
}

/** What a checker says about a {@linkcode ShellScript}. Lines and columns count from 1, columns in whole characters. */
export interface ShellComment {
  /** The first line. */
  readonly line: number;
  /** The column in it. */
  readonly column: number;
  /** The last line. */
  readonly endLine: number;
  /** The column behind it. */
  readonly endColumn: number;
  /** How bad it is, in the checker's words. */
  readonly level: "error" | "warning" | "info" | "style";
  /** The number of its message. */
  readonly code: number;
  /** What is so. */
  readonly message: string;
}

/** The scripts of a workflow, without those that cannot carry their values: of them that is told. */
export function shellScripts(workflow: Workflow, facts: CheckFacts = {}): readonly ShellScript[] {
  const scripts: ShellScript[] = [];
  for (const { text, path, reading, site } of writtenTexts(workflow, facts)) {
    const masked = reading === "bash" ? maskTemplates(text) : undefined;
    if (masked === undefined) continue;
    scripts.push({ workflow, path, text: `${declarationOf(workflow, site)}\n${masked}` });
  }
  return scripts;
}

/** What was said about a script, each at its place in the workflow's file. */
export function shellDiagnostics(
  { workflow, path, text }: ShellScript,
  comments: readonly ShellComment[],
): readonly Diagnostic[] {
  const lines = text.split("\n");
  return comments.filter(({ line }) => line > 1).map((comment) => {
    const { level, code, message, line, column, endLine, endColumn } = comment;
    return diagnose(workflow.document, {
      code: "shellcheck",
      severity: SEVERITIES[level],
      message: `SC${code}: ${message.replace(/\.$/, "")}`,
      path,
      within: {
        start: offsetIn(lines, line, column),
        end: offsetIn(lines, endLine, endColumn),
      },
    });
  });
}

/** None is an error: a script runs with all that it is told here, and a run is not stopped for it. */
const SEVERITIES: Readonly<Record<ShellComment["level"], Severity>> = {
  error: "warning",
  warning: "warning",
  info: "info",
  style: "info",
};

/** The script with a variable for each template; `undefined` where one cannot be. */
function maskTemplates(script: string): string | undefined {
  const embedding = embedBash(script);
  if (!embedding.ok) return undefined;
  let masked = "";
  let at = 0;
  for (const hole of embedding.script.holes) {
    masked += script.slice(at, hole.start) + maskOf(hole);
    at = hole.end;
  }
  masked += script.slice(at);
  // A template without an expression is shorter than any variable, and is told of elsewhere.
  return masked.length === script.length ? masked : undefined;
}

/** Something of the same length that means to the shell what the template will mean. Capitals are taken for environment. */
function maskOf({ place, start, end }: EmbeddedHole): string {
  const length = end - start;
  switch (place) {
    case "bare":
      return `"\${${nameOf(length - '"${}"'.length)}}"`;
    case "double":
    case "heredoc":
    case "numeric":
    case "program":
      return `\${${nameOf(length - "${}".length)}}`;
    case "single":
    case "name":
    case "comment":
      return nameOf(length);
    case "code":
    case "string":
      throw new Error(`Internal error: a shell script has a template at "${place}"`);
    default:
      return place satisfies never;
  }
}

function nameOf(length: number): string {
  return "V".padEnd(length, "_");
}

/** A line that says which variables the script finds. */
function declarationOf({ env }: Workflow, { job, stage }: Site): string {
  const declared = [env, job?.env ?? {}, stage?.input.env ?? {}].filter(isMapping);
  const names = declared.flatMap((variables) => Object.keys(variables));
  return ["export", ...new Set(["SLUICE_OUTPUT", ...names])].join(" ");
}

function isMapping(env: ValueObject[string]): env is ValueObject {
  return isWrittenMapping(env);
}

/** The offset in the script, without the line before it, of a column in whole characters. */
function offsetIn(lines: readonly string[], line: number, column: number): number {
  const before = lines.slice(1, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  const characters = Array.from(lines[line - 1] ?? "").slice(0, column - 1);
  return before + characters.join("").length;
}
