/**
 * The jobs of a plan as a graph: for a terminal, for Mermaid, for Graphviz.
 *
 * @module
 */
import { order } from "../../model/graph.ts";
import type { JobId, Plan, PlannedJob } from "../../plan/plan.ts";
import { axesText, conditionText } from "./plan_lines.ts";

/** A notation for graphs. */
export type GraphFormat = "text" | "mermaid" | "dot";

/** The notations there are. */
export const GRAPH_FORMATS: readonly GraphFormat[] = ["text", "mermaid", "dot"];

/** The jobs of a plan in one of the notations, without a line end behind it. */
export function jobGraph(plan: Plan, format: GraphFormat): string {
  switch (format) {
    case "text":
      return textGraph(plan);
    case "mermaid":
      return mermaidGraph(plan);
    case "dot":
      return dotGraph(plan);
    default:
      return format satisfies never;
  }
}

/** Deeper than this a tree is indented no further. */
const MAX_INDENTS = 32;

/**
 * A tree in which each job stands below the last of those that it waits for;
 * where it waits for others too, it says so.
 */
function textGraph(plan: Plan): string {
  const jobs = new Map(plan.jobs.map((job) => [job.id, job]));
  const rank = new Map(
    order(new Map(plan.jobs.map(({ id, needs }) => [id, needs]))).map((id, at) => [id, at]),
  );
  const last = (needs: readonly JobId[]) =>
    needs.reduce((a, b) => (rank.get(a) ?? 0) > (rank.get(b) ?? 0) ? a : b);
  const below = Map.groupBy(plan.jobs, ({ needs }) => needs.length === 0 ? "" : last(needs));
  const lines = [plan.workflow];
  // A stack instead of recursion: a chain may be ten thousand jobs long.
  const stack = branchesOf(below.get("") ?? [], { indent: "", depth: 0 });
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { job, indent, depth, isLast } = next;
    const others = job.needs.filter((need) => need !== last(job.needs) && jobs.has(need));
    lines.push(`${indent}${isLast ? "└─ " : "├─ "}${labelOf(job, others)}`);
    const inner = depth < MAX_INDENTS ? `${indent}${isLast ? "   " : "│  "}` : indent;
    stack.push(...branchesOf(below.get(job.id) ?? [], { indent: inner, depth: depth + 1 }));
  }
  return lines.join("\n");
}

interface TreeBranch {
  readonly job: PlannedJob;
  readonly indent: string;
  readonly depth: number;
  readonly isLast: boolean;
}

/** In reverse, so that the first comes off the stack first. */
function branchesOf(
  jobs: readonly PlannedJob[],
  { indent, depth }: { readonly indent: string; readonly depth: number },
): TreeBranch[] {
  const last = jobs.length - 1;
  return jobs.map((job, at) => ({ job, indent, depth, isLast: at === last })).reverse();
}

function labelOf(job: PlannedJob, others: readonly JobId[]): string {
  const also = others.length === 0 ? [] : [`also after ${others.join(", ")}`];
  const [first, ...notes] = [job.id, ...notesOf(job), ...also];
  return notes.length === 0 ? `${first}` : `${first}  (${notes.join("; ")})`;
}

function notesOf({ strategy, condition }: PlannedJob): string[] {
  return [
    ...(strategy === undefined ? [] : [`for each ${axesText(strategy.matrix)}`]),
    ...(condition === undefined ? [] : [conditionText(condition)]),
  ];
}

/** Jobs with legs are drawn as a stack, what depends on a condition with a dotted line. */
function mermaidGraph(plan: Plan): string {
  const ids = new Map(plan.jobs.map(({ id }, at) => [id, `job${at + 1}`]));
  const nodes = plan.jobs.map((job) => {
    const label = `"${[job.id, ...notesOf(job)].map(mermaidText).join("<br/>")}"`;
    return `  ${ids.get(job.id)}${job.strategy === undefined ? `[${label}]` : `[[${label}]]`}`;
  });
  const edges = plan.jobs.flatMap(({ id, needs, condition }) =>
    needs.map((need) =>
      `  ${ids.get(need)} ${condition === undefined ? "-->" : "-.->"} ${ids.get(id)}`
    )
  );
  return ["flowchart LR", ...nodes, ...edges].join("\n");
}

/** Mermaid's own escapes: `#` and a code. */
function mermaidText(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} _.,:=×()+-]/gu, (sign) => `#${sign.codePointAt(0)};`);
}

function dotGraph(plan: Plan): string {
  const nodes = plan.jobs.map((job) => {
    const label = [job.id, ...notesOf(job)].map(dotText).join("\\n");
    const stacked = job.strategy === undefined ? "" : ", peripheries=2";
    return `  "${dotText(job.id)}" [label="${label}"${stacked}];`;
  });
  const edges = plan.jobs.flatMap(({ id, needs, condition }) =>
    needs.map((need) => {
      const style = condition === undefined ? "" : " [style=dashed]";
      return `  "${dotText(need)}" -> "${dotText(id)}"${style};`;
    })
  );
  const head = [
    `digraph "${dotText(plan.workflow)}" {`,
    "  rankdir=LR;",
    '  node [shape=box, style=rounded, fontname="sans-serif"];',
  ];
  return [...head, ...nodes, ...edges, "}"].join("\n");
}

function dotText(text: string): string {
  return text.replaceAll(/[\\"]/g, "\\$&").replaceAll(/\s+/g, " ");
}
