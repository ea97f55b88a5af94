/**
 * `sluice plan`
 *
 * @module
 */
import { type PlanLine, planLines } from "../core/engine/render/plan_lines.ts";
import type { ValueObject } from "../core/expr/value.ts";
import type { Workflow } from "../core/model/workflow.ts";
import { knownCondition } from "../core/plan/known_condition.ts";
import { makePlan } from "../core/plan/make_plan.ts";
import { convertParams } from "../core/plan/params.ts";
import type { Plan, PlannedStage } from "../core/plan/plan.ts";
import type { StageKind } from "../core/plugin/stage_kind.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import { VERSION } from "../version.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import type { Paint } from "./paint.ts";
import { planDocument } from "./plan_document.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { readParams } from "./read_params.ts";
import { terminalText, widthOf } from "./terminal_text.ts";
import { mentionUndeclared } from "./undeclared_params.ts";
import { UsageError } from "./usage_error.ts";

/** Shows what a run would do. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const workflow = await workflowOf(sluice, invocation);
  const given = await readParams(invocation, openHost().readText);
  mentionUndeclared(workflow, given, { printer });
  const params = knownParams(workflow, given, { nowMs: sluice.engine.now() });
  const plan = { ...planOf(sluice, workflow), params };
  const decide = (condition: string | boolean) => knownCondition(condition, params);
  const kinds = await kindsOf(sluice, plan);
  const touches = (stage: PlannedStage) => touchedBy(stage, { kinds, plan, sluice });
  if (invocation.has("json")) {
    printJson(printer, planDocument(plan, { decide, touches }));
    return EXIT.ok;
  }
  const writtenAs = (name: string) => keysOf(kinds.get(name)) ?? name;
  const lines = [...planLines(plan, { decide, touches, writtenAs }), ...kindLines(kinds)];
  printer.print(paintPlan(lines, printer.printed).join("\n"));
  return EXIT.ok;
}

/** The plan of the workflow that an invocation names, before any parameter is known. */
export async function planFor(sluice: Sluice, invocation: Invocation): Promise<Plan> {
  return planOf(sluice, await workflowOf(sluice, invocation));
}

async function workflowOf(sluice: Sluice, invocation: Invocation): Promise<Workflow> {
  const { workflow } = await findWorkflow(sluice, invocation.operands[0] ?? "", {
    name: invocation.value("workflow"),
  });
  return workflow;
}

/** What is given and what stands in for the others; what is still missing decides nothing yet. */
function knownParams(
  { params }: Workflow,
  given: ValueObject,
  options: { readonly nowMs: number },
): ValueObject {
  const relaxed = new Map(
    Array.from(params, ([name, param]) => [name, { ...param, required: false }] as const),
  );
  const converted = convertParams(relaxed, given, options);
  if (converted.ok) return converted.value;
  const problems = converted.errors.map(({ param, message }) =>
    `Cannot use parameter "${param}": ${message}`
  );
  throw new UsageError(problems.join("\n"));
}

/** The stage kinds of a plan by name, in the order of their names. */
async function kindsOf({ registry }: Sluice, { jobs }: Plan): Promise<Kinds> {
  const names = [...new Set(jobs.flatMap(({ stages }) => kindsIn(stages)))].sort();
  const kinds = await Promise.all(names.map((name) => registry.kind(name)));
  return new Map(kinds.map((kind) => [kind.name, kind]));
}

type Kinds = ReadonlyMap<string, StageKind>;

/** What stages of each kind do. */
function kindLines(kinds: Kinds): readonly PlanLine[] {
  if (kinds.size === 0) return [];
  return [
    { depth: 1, label: "what the stages do", notes: [] },
    ...Array.from(kinds.values(), (kind) => ({
      depth: 2,
      label: keysOf(kind) ?? kind.name,
      notes: [kind.summary],
    })),
  ];
}

/** The keys that make a stage one of this kind: what its author wrote, where the kind has another name. */
function keysOf(kind: StageKind | undefined): string | undefined {
  if (kind === undefined) return undefined;
  return kind.keys.length > 0 ? kind.keys.join(" + ") : Object.keys(kind.fields).join(", ");
}

interface Touching {
  readonly kinds: Kinds;
  readonly plan: Plan;
  readonly sluice: Sluice;
}

/** What a stage asks of the machine, as its kind says: `run bash`, `net api.example.com`. */
function touchedBy(
  { kind, input }: PlannedStage,
  { kinds, plan: { scriptLang }, sluice: { settings: { registryCaller } } }: Touching,
): readonly string[] {
  const needs = kinds.get(kind)?.needs?.(input, { scriptLang, registryCaller }) ?? [];
  return needs.map(({ permission, name = "anything" }) => `${permission} ${name}`);
}

function kindsIn(stages: readonly PlannedStage[]): readonly string[] {
  return stages.flatMap(({ kind, bodies = {} }) => [
    kind,
    ...Object.values(bodies).flatMap(kindsIn),
  ]);
}

function planOf({ settings }: Sluice, workflow: Workflow): Plan {
  return makePlan(workflow, {
    engine: VERSION,
    params: {},
    timeoutMs: workflow.timeoutMs ?? settings.timeoutMs,
    maxParallel: workflow.maxParallel ?? settings.maxJobParallel,
    stageDefaultId: settings.stageDefaultId,
    scriptLang: workflow.scriptLang ?? settings.scriptLang,
    extras: {},
    ancestry: [],
  });
}

/** Labels in one column for each depth, notes behind them. */
function paintPlan(lines: readonly PlanLine[], paint: Paint): string[] {
  return lines.flatMap(({ depth, label, notes }, at) => {
    const indent = "  ".repeat(depth);
    const text = terminalText(label);
    const gap = notes.length === 0 || text === "" ? "" : " ".repeat(gapBehind(lines, at));
    const said = paint.dim(notes.map(terminalText).join(" · "));
    const line = `${indent}${paintLabel(text, depth, paint)}${gap}${said}`;
    return depth === 1 ? ["", line] : [line];
  });
}

function paintLabel(label: string, depth: number, paint: Paint): string {
  if (depth === 0) return paint.bold(label);
  return depth === 1 ? paint.cyan(label) : label;
}

const MOST_ALIGNED_COLUMNS = 40;

/** Neighbours of the same depth have their notes in one column, unless one is far too long. */
function gapBehind(lines: readonly PlanLine[], at: number): number {
  const { depth, label } = lines[at] ?? { depth: 0, label: "" };
  const belongs = (line: PlanLine | undefined) => line?.depth === depth && depth > 1;
  let [first, last] = [at, at];
  while (belongs(lines[first - 1])) first--;
  while (belongs(lines[last + 1])) last++;
  const widths = lines.slice(first, last + 1).map((line) => widthOf(terminalText(line.label)));
  const widest = Math.max(...widths.filter((width) => width <= MOST_ALIGNED_COLUMNS), 0);
  return Math.max(2, widest - widthOf(terminalText(label)) + 2);
}
