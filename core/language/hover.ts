/**
 * What stands at a place, in words.
 *
 * @module
 */
import { nextTimes } from "../check/next_times.ts";
import { expressionType } from "../check/types/mod.ts";
import type { ReadExpression, ReadText } from "../check/read_texts.ts";
import { type Located, type Node, type PathNode, walk } from "../expr/ast.ts";
import type { Job, Stage } from "../model/workflow.ts";
import type { Path } from "../source/document.ts";
import {
  type Analysis,
  type EditedWorkflow,
  rangeInScalar,
  rangeOfKey,
  samePath,
  workflowAt,
} from "./analysis.ts";
import { detailOf } from "./expression_completion.ts";
import { docOfKey } from "./fields.ts";
import { filterSignature, functionSignature } from "./signature.ts";
import { definitionOf, type NamedSymbol, occurrenceAt } from "./symbols.ts";
import { touches } from "./text_offsets.ts";

/** What is said of a place. */
export interface Hover {
  /** What is said, as Markdown. */
  readonly markdown: string;
  /** What it is said of. */
  readonly range: Located;
}

/** What stands at an offset, or `undefined` when there is nothing to say. */
export function hoverAt(analysis: Analysis, offset: number): Hover | undefined {
  const { path, target } = analysis.document.pathAt(offset);
  const edited = workflowAt(analysis, path);
  const inExpression = edited && hoverInExpressions(edited, path, { analysis, offset });
  if (inExpression !== undefined) return inExpression;
  const named = occurrenceAt(analysis, offset);
  if (named !== undefined) {
    return {
      markdown: describe(named.symbol, analysis),
      range: { start: named.start, end: named.end },
    };
  }
  if (target !== "key") return hoverOverCron(analysis, path);
  const doc = docOfKey(analysis, path);
  if (doc === undefined || doc === "") return undefined;
  const range = rangeOfKey(analysis, path);
  return touches(range, offset)
    ? { markdown: `**${String(path.at(-1))}**\n\n${doc}`, range }
    : undefined;
}

/** The next slots of a schedule, on its cron text. */
function hoverOverCron(analysis: Analysis, path: Path): Hover | undefined {
  const { triggers: { schedules } } = workflowAt(analysis, path)?.workflow ?? NO_SCHEDULES;
  const schedule = schedules.find((each) => samePath([...each.path, path.at(-1) ?? ""], path));
  const times = analysis.facts.times?.();
  if (schedule?.type !== "cron" || !CRON_KEYS.has(String(path.at(-1))) || !times) return undefined;
  const slots = nextTimes(schedule, times).map((time) => `- ${time}`);
  const markdown = slots.length === 0
    ? "It never fires again."
    : [`Next in ${schedule.timezone}:`, slots.join("\n")].join("\n\n");
  return { markdown, range: analysis.offsets.of(analysis.document.locate(path)) };
}

const NO_SCHEDULES = { triggers: { schedules: [] } } as const;
const CRON_KEYS: ReadonlySet<string> = new Set(["cron", "cronjob", "interval"]);

interface At {
  readonly analysis: Analysis;
  readonly offset: number;
}

function hoverInExpressions(edited: EditedWorkflow, path: Path, at: At): Hover | undefined {
  const key = JSON.stringify(path.map(String));
  for (const text of edited.texts) {
    if (text.path.length !== path.length || JSON.stringify(text.path.map(String)) !== key) continue;
    for (const expression of text.expressions) {
      const hover = hoverInExpression(expression, { ...at, edited, text });
      if (hover !== undefined) return hover;
    }
  }
  return undefined;
}

interface InText extends At {
  readonly edited: EditedWorkflow;
  readonly text: ReadText;
}

function hoverInExpression({ root, offset: moved }: ReadExpression, at: InText): Hover | undefined {
  const rangeOf = ({ start, end }: Located) =>
    rangeInScalar(at.analysis, at.text.path, { start: start + moved, end: end + moved });
  let found: Hover | undefined;
  walk(root, (node: Node) => {
    if (found !== undefined || node.kind === "literal") return;
    for (const { place, markdown } of partsOf(node, at)) {
      const range = rangeOf(place);
      if (!touches(range, at.offset)) continue;
      const said = markdown();
      if (said !== undefined) found = { markdown: said, range };
      return;
    }
  });
  return found;
}

interface SpokenPart {
  readonly place: Located;
  readonly markdown: () => string | undefined;
}

/** The words of a node about which there is something to say. */
function partsOf(node: Node, at: InText): readonly SpokenPart[] {
  const { functions, filters } = at.analysis.facts;
  switch (node.kind) {
    case "call": {
      const called = functions.get(node.name);
      const place = { start: node.start, end: node.start + node.name.length };
      const markdown = () => called && code(functionSignature(called), called.summary);
      return [{ place, markdown }];
    }
    case "filter": {
      const filter = filters.get(node.name);
      const place = { start: node.nameStart, end: node.nameStart + node.name.length };
      return [{ place, markdown: () => filter && code(filterSignature(filter), filter.summary) }];
    }
    case "path":
      return stepsOf(node, at);
    default:
      return [];
  }
}

/** The root of a path and each of its steps, each with the type of the path up to there. */
function stepsOf(node: PathNode, at: InText): readonly SpokenPart[] {
  const root = { start: node.start, end: node.start + node.root.length };
  const places: Located[] = [root, ...node.steps.map(({ start, end }) => ({ start, end }))];
  return places.map((place, count) => ({
    place,
    markdown: () => {
      const upTo = { ...node, steps: node.steps.slice(0, count), end: place.end };
      const { functions, filters } = at.analysis.facts;
      const context = at.edited.types.contextAt(at.text.site);
      const type = expressionType(upTo, { context, functions, filters, report: () => {} });
      const named = occurrenceAt(at.analysis, at.offset);
      const about = count === 0 || named === undefined ? "" : describe(named.symbol, at.analysis);
      const title = type.kind === "object" && about === "" ? type.title ?? "" : "";
      return code(
        `${textOf(upTo)}: ${detailOf(type)}`,
        [title, about].filter((line) => line).join("\n\n"),
      );
    },
  }));
}

function textOf({ root, steps }: PathNode): string {
  return [
    root,
    ...steps.map((step) => {
      if (step.kind === "name") return `.${step.name}`;
      return step.index.kind === "literal" ? `[${JSON.stringify(step.index.value)}]` : "[…]";
    }),
  ].join("");
}

function code(line: string, text: string): string {
  const fence = "```";
  return `${fence}\n${line}\n${fence}${text === "" ? "" : `\n\n${text}`}`;
}

/** What is known of something with a name, from where it is defined. */
function describe(symbol: NamedSymbol, analysis: Analysis): string {
  const workflow = analysis.workflows.find(({ workflow: { name } }) => name === symbol.workflow)
    ?.workflow ?? analysis.facts.workflows.find(({ name }) => name === symbol.workflow);
  const heading = `**${symbol.kind} ${symbol.name}**`;
  const lines = (): readonly string[] => {
    switch (symbol.kind) {
      case "workflow":
        return workflow === undefined ? [] : [
          workflow.description,
          `${counted(workflow.jobs.size, "job")}, ${counted(workflow.params.size, "parameter")}`,
        ];
      case "param": {
        const param = workflow?.params.get(symbol.name);
        if (param === undefined) return [];
        const fallback = param.default === undefined
          ? []
          : [`default \`${JSON.stringify(param.default)}\``];
        const facts = [`\`${param.type}\``, ...(param.required ? ["required"] : []), ...fallback];
        return [facts.join(", "), param.description];
      }
      case "job":
        return jobLines(workflow?.jobs.get(symbol.name));
      case "stage":
        return stageLines(symbol, workflow?.jobs.values() ?? []);
      case "axis":
        return ["An axis of the matrix."];
      case "output":
        return ["A declared output."];
      default:
        return symbol.kind satisfies never;
    }
  };
  const place = definitionOf(symbol, analysis);
  const elsewhere = place !== undefined && place.file !== analysis.document.file
    ? [`in ${place.file}`]
    : [];
  return [heading, ...lines(), ...elsewhere].filter((line) => line !== "").join("\n\n");
}

function jobLines(job: Job | undefined): readonly string[] {
  if (job === undefined) return [];
  const needs = job.needs.length === 0 ? [] : [`after ${job.needs.join(", ")}`];
  const matrix = job.strategy === undefined ? [] : ["one leg for each combination of its matrix"];
  return [
    job.description,
    [counted(job.stages.length, "stage"), ...needs, ...matrix].join(", "),
  ];
}

function stageLines({ key }: NamedSymbol, jobs: Iterable<Job>): readonly string[] {
  for (const job of jobs) {
    const stages: Stage[] = [...job.stages];
    for (let stage = stages.shift(); stage !== undefined; stage = stages.shift()) {
      stages.push(...Object.values(stage.bodies ?? {}).flat());
      if (JSON.stringify(stage.path.map(String)) !== key) continue;
      return [
        `\`${stage.syntax.name}\` in job \`${job.id}\`: ${stage.syntax.summary}`,
        stage.description,
      ];
    }
  }
  return [];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
