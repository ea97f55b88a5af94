/**
 * What a text holds, as a tree: workflows, parameters, jobs, stages.
 *
 * @module
 */
import type { Located } from "../expr/ast.ts";
import type { Job, Stage, Workflow } from "../model/workflow.ts";
import type { Path } from "../source/document.ts";
import { type Analysis, rangeOfKey } from "./analysis.ts";

/** A part of a text. */
export interface OutlineEntry {
  /** What it is. */
  readonly kind: "workflow" | "param" | "job" | "stage";
  /** What it is called. */
  readonly name: string;
  /** Its kind or type, short. */
  readonly detail: string;
  /** All of it. */
  readonly range: Located;
  /** Its name in it. */
  readonly nameRange: Located;
  /** What it holds. */
  readonly children: readonly OutlineEntry[];
}

/** The most entries of an outline. */
export const MAX_OUTLINE = 5_000;

/** The parts of a text. */
export function outlineOf(analysis: Analysis): readonly OutlineEntry[] {
  const budget = { left: MAX_OUTLINE };
  return analysis.workflows.flatMap(({ workflow }) =>
    workflowEntry(workflow, { analysis, budget })
  );
}

interface Making {
  readonly analysis: Analysis;
  readonly budget: { left: number };
}

function workflowEntry(workflow: Workflow, making: Making): readonly OutlineEntry[] {
  const { name, description, path, params, jobs } = workflow;
  return entry(making, {
    kind: "workflow",
    name,
    detail: description,
    path,
    children: () => [
      ...Array.from(params, ([name, { type }]) =>
        entry(making, {
          kind: "param",
          name,
          detail: type,
          path: [...path, "params", name],
          children: () => [],
        })).flat(),
      ...Array.from(jobs.values(), (job) => jobEntry(job, making)).flat(),
    ],
  });
}

function jobEntry({ id, description, path, stages }: Job, making: Making): readonly OutlineEntry[] {
  const children = () => stages.flatMap((stage) => stageEntry(stage, making));
  return entry(making, { kind: "job", name: id, detail: description, path, children });
}

function stageEntry(stage: Stage, making: Making): readonly OutlineEntry[] {
  const children = () =>
    Object.values(stage.bodies ?? {}).flat().flatMap((each) => stageEntry(each, making));
  const { name, id, syntax, path } = stage;
  return entry(making, {
    kind: "stage",
    name: name || id || syntax.name,
    detail: syntax.name,
    path,
    children,
  });
}

function entry(
  { analysis, budget }: Making,
  { path, children, kind, name, detail }: Pick<OutlineEntry, "kind" | "name" | "detail"> & {
    readonly path: Path;
    readonly children: () => readonly OutlineEntry[];
  },
): readonly OutlineEntry[] {
  if (budget.left-- <= 0) return [];
  const { document, offsets } = analysis;
  const value = offsets.of(document.locate(path));
  const isItem = typeof path.at(-1) === "number";
  const own = path.length === 0
    ? offsets.of(document.locate(["name"]))
    : isItem
    ? nameOfItem(analysis, path, value)
    : rangeOfKey(analysis, path);
  const range = { start: Math.min(own.start, value.start), end: Math.max(own.end, value.end) };
  return [{ kind, name, detail, range, nameRange: own, children: children() }];
}

/** A stage is shown by its name; without one, by its beginning. */
function nameOfItem({ document, offsets }: Analysis, path: Path, value: Located): Located {
  const named = offsets.of(document.locate([...path, "name"]));
  const isInside = value.start <= named.start && named.end <= value.end;
  return isInside ? named : { start: value.start, end: value.start };
}
