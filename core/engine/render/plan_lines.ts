/**
 * A plan for people: the jobs in the order in which they can begin, with all
 * that decides how they go.
 *
 * @module
 */
import type { ValueObject } from "../../expr/value.ts";
import { order } from "../../model/graph.ts";
import { expandMatrix, legKey } from "../../plan/matrix.ts";
import type {
  Count,
  Plan,
  PlannedJob,
  PlannedStage,
  PlannedStrategy,
  RetryRule,
} from "../../plan/plan.ts";
import { durationText } from "./duration_text.ts";

/** One line. */
export interface PlanLine {
  /** How deep it stands. */
  readonly depth: number;
  /** What it is about; empty for further notes on the line above. */
  readonly label: string;
  /** What is to be known of it. */
  readonly notes: readonly string[];
}

/** Options for {@linkcode planLines}. */
export interface PlanLineOptions {
  /** Says of a condition whether it holds, where that is known already. @default nothing is said */
  readonly decide?: (condition: string | boolean) => boolean | undefined;
  /** Says what a stage may touch: `run bash`. @default nothing is said */
  readonly touches?: (stage: PlannedStage) => readonly string[];
  /** What authors write for a stage kind: its name is not always the key. @default its name */
  readonly writtenAs?: (kind: string) => string;
}

/** So many legs are named; of more the number is told. */
export const MAX_NAMED_LEGS = 8;

/**
 * The plan as lines.
 *
 * @example
 * ```ts
 * import { planLines } from "./plan_lines.ts";
 *
 * const [first] = planLines({
 *   workflow: "etl",
 *   digest: "",
 *   engine: "1.0.0",
 *   jobs: [],
 *   maxParallel: 2,
 *   params: {},
 *   env: {},
 *   stageDefaultId: false,
 *   scriptLang: "ts",
 *   extras: {},
 *   ancestry: [],
 * });
 * console.assert(first?.label === "etl");
 * ```
 */
export function planLines(plan: Plan, options: PlanLineOptions = {}): readonly PlanLine[] {
  const jobs = new Map(plan.jobs.map((job) => [job.id, job]));
  const ordered = order(new Map(plan.jobs.map(({ id, needs }) => [id, needs])));
  return [
    { depth: 0, label: plan.workflow, notes: runNotes(plan) },
    ...ordered.flatMap((id) => {
      const job = jobs.get(id);
      return job === undefined ? [] : jobLines(job, options);
    }),
  ];
}

/**
 * How a job is multiplied, in a few words: its legs where they are literal,
 * else the axes.
 */
export function strategyText(strategy: PlannedStrategy): string {
  const legs = literalLegs(strategy);
  if (legs === undefined) return `legs computed from ${axesText(strategy.matrix)}`;
  const named = legs.slice(0, MAX_NAMED_LEGS).map(legKey).join("  ");
  const hidden = legs.length - MAX_NAMED_LEGS;
  return `${legs.length} legs: ${named}${hidden > 0 ? `  … ${hidden} more` : ""}`;
}

/** The legs of a strategy that holds no template; `undefined` where they depend on the run. */
export function literalLegs(strategy: PlannedStrategy): readonly ValueObject[] | undefined {
  const { matrix, include, exclude } = strategy;
  if (isComputed([matrix, include, exclude])) return undefined;
  const expanded = expandMatrix({ matrix, include, exclude });
  return expanded.ok ? expanded.legs : undefined;
}

/** The axes of a matrix: `city × year`. */
export function axesText(matrix: ValueObject | string): string {
  return typeof matrix === "string" ? oneLine(matrix) : Object.keys(matrix).join(" × ");
}

/** An `if` in one line, without the marks of a template around it. */
export function conditionText(condition: string | boolean): string {
  const text = oneLine(String(condition));
  return `if ${/^\$\{\{\s*((?:(?!\}\}).)*?)\s*\}\}$/.exec(text)?.[1] ?? text}`;
}

function runNotes({ jobs, maxParallel, timeoutMs }: Plan): string[] {
  return [
    jobs.length === 1 ? "1 job" : `${jobs.length} jobs`,
    ...(jobs.length > 1 ? [`${maxParallel} at once`] : []),
    ...(timeoutMs === undefined ? [] : [timeoutText(timeoutMs)]),
  ];
}

function jobLines(job: PlannedJob, options: PlanLineOptions): PlanLine[] {
  const { id, needs, rule, ruleExplicit, runsOn, retry, timeoutMs, condition, strategy } = job;
  const notes = [
    ...(needs.length === 0 ? [] : [`after ${needs.join(", ")}`]),
    ...(ruleExplicit ? [`rule ${rule}`] : []),
    ...(runsOn.type === "local" ? [] : [`runs on ${runsOn.type}`]),
    ...retryNotes(retry),
    ...(timeoutMs === undefined ? [] : [timeoutText(timeoutMs)]),
  ];
  return [
    { depth: 1, label: id, notes },
    ...(condition === undefined ? [] : [note(2, decidedText(condition, options))]),
    ...(strategy === undefined ? [] : strategyLines(strategy)),
    ...job.stages.flatMap((stage) => stageLines(stage, { ...options, depth: 2 })),
  ];
}

function strategyLines(strategy: PlannedStrategy): PlanLine[] {
  const { maxParallel, failFast } = strategy;
  const notes = [
    strategyText(strategy),
    `${countText(maxParallel)} at once`,
    ...(failFast ? ["the first failure ends the others"] : []),
  ];
  return [{ depth: 2, label: "", notes }];
}

/** A condition with what is known of it. */
function decidedText(condition: string | boolean, { decide }: PlanLineOptions): string {
  const text = conditionText(condition);
  if (decide === undefined || typeof condition === "boolean") return text;
  const holds = decide(condition);
  return `${text} (${
    holds === undefined ? "known at run time" : holds ? "true" : "false: skipped"
  })`;
}

function touchNotes(stage: PlannedStage, { touches }: PlanLineOptions): readonly string[] {
  const touched = touches?.(stage) ?? [];
  return touched.length === 0 ? [] : [`may ${oneLine(touched.join(", "))}`];
}

interface StageStyle extends PlanLineOptions {
  readonly depth: number;
}

function stageLines(stage: PlannedStage, style: StageStyle): PlanLine[] {
  const { depth, writtenAs = (kind) => kind } = style;
  const { name, id, kind, condition, retry, timeoutMs, bodies } = stage;
  const notes = [
    writtenAs(kind),
    ...retryNotes(retry),
    ...(timeoutMs === undefined ? [] : [timeoutText(timeoutMs)]),
    ...(condition === undefined ? [] : [decidedText(condition, style)]),
    ...touchNotes(stage, style),
  ];
  return [
    { depth, label: oneLine(name || id || kind), notes },
    ...bodyLines(bodies ?? {}, { ...style, depth: depth + 1 }),
  ];
}

/** Lists of stages; they are told apart where there are several. */
function bodyLines(
  bodies: Readonly<Record<string, readonly PlannedStage[]>>,
  style: StageStyle,
): PlanLine[] {
  const { depth } = style;
  const lists = Object.entries(bodies);
  return lists.flatMap(([name, stages]) => {
    if (lists.length === 1) return stages.flatMap((stage) => stageLines(stage, style));
    const inside = stages.flatMap((stage) => stageLines(stage, { ...style, depth: depth + 1 }));
    return [{ depth, label: name, notes: [] }, ...inside];
  });
}

function retryNotes(retry: RetryRule | undefined): string[] {
  if (retry === undefined || retry.attempts === 0) return [];
  const { attempts, delayMs, backoff = 1 } = retry;
  const count = attempts === 1 ? "1 retry" : `${countText(attempts)} retries`;
  const wait = delayMs === undefined ? "" : ` after ${durationText(delayMs)}`;
  return [`${count}${wait}${backoff === 1 ? "" : `, each wait ${backoff} times the last`}`];
}

/** A time limit; a template gives seconds. */
function timeoutText(limit: Count): string {
  return typeof limit === "number"
    ? `at most ${durationText(limit)}`
    : `at most ${oneLine(limit)} seconds`;
}

function countText(count: Count): string {
  return typeof count === "number" ? String(count) : oneLine(count);
}

function note(depth: number, text: string): PlanLine {
  return { depth, label: "", notes: [text] };
}

/** Whether anything in it is a template, so that its value is known only at run time. */
function isComputed(value: unknown): boolean {
  if (typeof value === "string") return value.includes("${{");
  if (Array.isArray(value)) return value.some(isComputed);
  return typeof value === "object" && value !== null && Object.values(value).some(isComputed);
}

const MAX_LINE_CHARS = 120;

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return line.length <= MAX_LINE_CHARS ? line : `${line.slice(0, MAX_LINE_CHARS - 1)}…`;
}
