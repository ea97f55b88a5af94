/**
 * Where jobs, stages, parameters, axes and outputs are defined and used, in
 * lists of needs and in expressions alike.
 *
 * @module
 */
import type { ReadText } from "../check/read_texts.ts";
import type { BranchSite, Site } from "../check/site.ts";
import { targetOf } from "../check/trigger_stages.ts";
import { type Located, type Node, type PathNode, type Step, walk } from "../expr/ast.ts";
import type { DeclaredOutputs } from "../model/declared_output.ts";
import type { Job, Stage, Workflow } from "../model/workflow.ts";
import { stagesOf } from "../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import type { Path, SourceDocument } from "../source/document.ts";
import { type Analysis, type EditedWorkflow, rangeInScalar, rangeOfKey } from "./analysis.ts";
import { TextOffsets, touches } from "./text_offsets.ts";

/** What can be named. */
export type SymbolKind = "workflow" | "job" | "stage" | "param" | "axis" | "output";

/** Something with a name. */
export interface NamedSymbol {
  /** What it is. */
  readonly kind: SymbolKind;
  /** Its name. */
  readonly name: string;
  /** Tells it from all others of its workflow. */
  readonly key: string;
  /** The workflow that it belongs to, or that it is. */
  readonly workflow: string;
}

/** A place where something is named. */
export interface Occurrence extends Located {
  /** What is named. */
  readonly symbol: NamedSymbol;
  /** Whether this is where it is defined. */
  readonly isDefinition: boolean;
  /** The file. */
  readonly file: string;
}

/** All places in a text where something is named, in no order. */
export function occurrencesIn(analysis: Analysis): readonly Occurrence[] {
  const known = occurrences.get(analysis);
  if (known !== undefined) return known;
  const made = analysis.workflows.flatMap((edited) => occurrencesOf(edited, analysis));
  occurrences.set(analysis, made);
  return made;
}

/** What was found in an analysis, for as long as there is one: several questions follow one another. */
const occurrences = new WeakMap<Analysis, readonly Occurrence[]>();

/** The occurrence at an offset; of several the shortest. */
export function occurrenceAt(analysis: Analysis, offset: number): Occurrence | undefined {
  return occurrencesIn(analysis)
    .filter((occurrence) => touches(occurrence, offset))
    .toSorted((one, other) => one.end - one.start - (other.end - other.start))[0];
}

/** All places where the same is named, definitions first; each once, in the order of the text. */
export function placesOf(symbol: NamedSymbol, analysis: Analysis): readonly Occurrence[] {
  const places = new Map<string, Occurrence>();
  for (const occurrence of occurrencesIn(analysis)) {
    if (!sameSymbol(occurrence.symbol, symbol)) continue;
    const place = `${occurrence.start}:${occurrence.end}`;
    if (occurrence.isDefinition || !places.has(place)) places.set(place, occurrence);
  }
  return [...places.values()].toSorted((one, other) => one.start - other.start);
}

/** Where something is defined: in this text, or in the file of another workflow. */
export function definitionOf(symbol: NamedSymbol, analysis: Analysis): Occurrence | undefined {
  const here = placesOf(symbol, analysis).find(({ isDefinition }) => isDefinition);
  if (here !== undefined) return here;
  const other = analysis.facts.workflows.find(({ name }) => name === symbol.workflow);
  if (other === undefined) return undefined;
  const { document } = other;
  const at = { document, text: document.text, offsets: new TextOffsets(document.text) };
  return definitionsOf(other, at).find((found) => sameSymbol(found.symbol, symbol));
}

/** Whether two symbols are one. */
export function sameSymbol(one: NamedSymbol, other: NamedSymbol): boolean {
  return one.kind === other.kind && one.key === other.key && one.workflow === other.workflow;
}

type Texts = Pick<Analysis, "offsets" | "text"> & { readonly document: SourceDocument };

function occurrencesOf(edited: EditedWorkflow, analysis: Analysis): readonly Occurrence[] {
  const { workflow } = edited;
  return [
    ...definitionsOf(workflow, analysis),
    ...Array.from(workflow.jobs.values(), (job) => needsOf(job, workflow, analysis)).flat(),
    ...Array.from(workflow.jobs.values(), (job) => triggersOf(job, analysis)).flat(),
    ...releasesOf(workflow, analysis),
    ...scheduleParamsOf(workflow, analysis),
    ...edited.texts.flatMap((text) => usesIn(text, workflow, analysis)),
  ];
}

function definitionsOf(workflow: Workflow, texts: Texts): readonly Occurrence[] {
  const { path, params, jobs, name } = workflow;
  const define = (symbol: NamedSymbol, at: Located): Occurrence => ({
    ...{ symbol, isDefinition: true, file: texts.document.file },
    ...at,
  });
  const own = path.length === 0
    ? rangeInScalar(texts, ["name"], { start: 0, end: name.length })
    : rangeOfKey(texts, path);
  return [
    define(workflowSymbol(name), own),
    ...Array.from(
      params.keys(),
      (param) => define(paramSymbol(param, name), rangeOfKey(texts, [...path, "params", param])),
    ),
    ...Array.from(jobs.values(), (job) => [
      define(jobSymbol(job.id, name), rangeOfKey(texts, job.path)),
      ...axesOf(job).map((axis) =>
        define(
          axisSymbol(axis, job, name),
          rangeOfKey(texts, [...job.path, "strategy", "matrix", axis]),
        )
      ),
      ...Object.keys(job.outputs ?? {}).map((output) =>
        define(
          outputSymbol(output, job.path, name),
          rangeOfKey(texts, [...job.path, "outputs", output]),
        )
      ),
      ...Array.from(stagesOf(job.stages), (stage) => stageDefinitions(stage, name, texts)).flat()
        .map(({ symbol, ...at }) => define(symbol, at)),
    ]).flat(),
  ];
}

function stageDefinitions(
  { id, path, outputs = {} }: Stage,
  workflow: string,
  texts: Texts,
): readonly (Located & { readonly symbol: NamedSymbol })[] {
  const names = Object.keys(outputs).map((output) => ({
    symbol: outputSymbol(output, path, workflow),
    ...rangeOfKey(texts, [...path, "outputs", output]),
  }));
  if (id === undefined) return names;
  const at = rangeInScalar(texts, [...path, "id"], { start: 0, end: id.length });
  return [{ symbol: stageSymbol(id, path, workflow), ...at }, ...names];
}

function axesOf({ strategy }: Job): readonly string[] {
  return isWrittenMapping(strategy?.matrix) ? Object.keys(strategy.matrix) : [];
}

function hasAxis({ strategy }: Job, name: string): boolean {
  return isWrittenMapping(strategy?.matrix) && Object.hasOwn(strategy.matrix, name);
}

function needsOf(job: Job, { jobs, name }: Workflow, analysis: Analysis): readonly Occurrence[] {
  return job.needs.flatMap((need, at) => {
    if (!jobs.has(need)) return [];
    const path = isWrittenList(writtenAt(analysis.document, [...job.path, "needs"]))
      ? [...job.path, "needs", at]
      : [...job.path, "needs"];
    const place = rangeInScalar(analysis, path, { start: 0, end: need.length });
    return [use(jobSymbol(need, name), place, analysis)];
  });
}

/** Trigger stages name other workflows and their parameters. */
function triggersOf(job: Job, analysis: Analysis): readonly Occurrence[] {
  return Array.from(stagesOf(job.stages)).flatMap((stage) => {
    const trigger = targetOf(stage);
    if (trigger === undefined) return [];
    const { params } = stage.input;
    const place = rangeInScalar(analysis, [...stage.path, "trigger"], {
      start: 0,
      end: trigger.length,
    });
    const names = isWrittenMapping(params) ? Object.keys(params) : [];
    return [
      use(workflowSymbol(trigger), place, analysis),
      ...names.map((name) =>
        use(
          paramSymbol(name, trigger),
          rangeOfKey(analysis, [...stage.path, "params", name]),
          analysis,
        )
      ),
    ];
  });
}

function releasesOf({ triggers }: Workflow, analysis: Analysis): readonly Occurrence[] {
  return triggers.releases.flatMap(({ workflow, path }) => {
    const place = analysis.offsets.of(analysis.document.locate(path));
    return analysis.text.slice(place.start, place.end) === workflow
      ? [use(workflowSymbol(workflow), place, analysis)]
      : [];
  });
}

/** Schedules give parameters by name. */
function scheduleParamsOf(workflow: Workflow, analysis: Analysis): readonly Occurrence[] {
  return workflow.triggers.schedules.flatMap(({ params, path }) =>
    Object.keys(params).map((name) =>
      use(
        paramSymbol(name, workflow.name),
        rangeOfKey(analysis, [...path, "params", name]),
        analysis,
      )
    )
  );
}

function use(symbol: NamedSymbol, { start, end }: Located, { document }: Analysis): Occurrence {
  return { symbol, isDefinition: false, file: document.file, start, end };
}

/** A name that an expression reads, by offsets in the text that it stands in. */
interface NameUse extends Located {
  /** What it names. */
  readonly symbol: NamedSymbol;
}

function usesIn(text: ReadText, workflow: Workflow, analysis: Analysis): readonly Occurrence[] {
  const names = [...namesIn(text, workflow), ...namesInCode(text, workflow)];
  return names.map(({ symbol, ...at }) =>
    use(symbol, rangeInScalar(analysis, text.path, at), analysis)
  );
}

function namesIn({ expressions, site }: ReadText, workflow: Workflow): readonly NameUse[] {
  const names: NameUse[] = [];
  for (const { root, offset } of expressions) {
    walk(root, (node: Node) => {
      if (node.kind !== "path") return;
      for (const { symbol, start, end } of namesInPath(node, site, workflow)) {
        names.push({ symbol, start: start + offset, end: end + offset });
      }
    });
  }
  return names;
}

/** What a path names, step by step, by offsets in its expression. */
function namesInPath(
  node: PathNode,
  site: Site,
  workflow: Workflow,
): readonly NameUse[] {
  const names: NameUse[] = [];
  let scope: Scope | undefined = scopeOf(node.root, site, workflow);
  for (const step of node.steps) {
    if (scope === undefined) break;
    const name = constantName(step);
    if (name === undefined) {
      scope = scope.any;
      continue;
    }
    const found: Named | undefined = scope.named(name.text);
    if (found?.symbol !== undefined) names.push({ symbol: found.symbol, ...name.place });
    scope = found?.inside;
  }
  return names;
}

/** What a step of a path may name, and what the next one may name then. */
interface Scope {
  named(name: string): Named | undefined;
  /** What follows a step that is computed. */
  readonly any?: Scope | undefined;
}

interface Named {
  readonly symbol?: NamedSymbol | undefined;
  readonly inside?: Scope | undefined;
}

function scopeOf(root: string, site: Site, workflow: Workflow): Scope | undefined {
  const { job, branch } = site;
  switch (root) {
    case "params":
      return namesOnly((name) =>
        workflow.params.has(name) ? paramSymbol(name, workflow.name) : undefined
      );
    case "matrix":
      return job &&
        namesOnly((name) => hasAxis(job, name) ? axisSymbol(name, job, workflow.name) : undefined);
    case "needs":
    case "jobs":
      return {
        named: (id) => {
          const found = workflow.jobs.get(id);
          return found &&
            { symbol: jobSymbol(id, workflow.name), inside: insideJob(found, workflow) };
        },
      };
    case "stages":
      return job && branch && stagesScope(listsAround(branch), workflow);
    default:
      return undefined;
  }
}

function namesOnly(find: (name: string) => NamedSymbol | undefined): Scope {
  return { named: (name) => ({ symbol: find(name) }) };
}

function insideJob(job: Job, workflow: Workflow): Scope {
  const stages = stagesScope([job.stages], workflow);
  const leg: Scope = { named: (name) => name === "stages" ? { inside: stages } : undefined };
  return {
    named: (name) => {
      switch (name) {
        case "stages":
          return { inside: stages };
        case "strategies":
          return { inside: { named: () => ({ inside: leg }), any: leg } };
        case "outputs":
          return { inside: outputsScope(job.outputs ?? {}, job.path, workflow) };
        default:
          return undefined;
      }
    },
  };
}

function stagesScope(lists: readonly (readonly Stage[])[], workflow: Workflow): Scope {
  return {
    named: (id) => {
      for (const list of lists) {
        const stage = byId(list).get(id);
        if (stage === undefined) continue;
        const inside = insideStage(stage, workflow);
        return { symbol: stageSymbol(id, stage.path, workflow.name), inside };
      }
      return undefined;
    },
  };
}

/** The stages of each list by id, the first of those that share one. */
const ids = new WeakMap<readonly Stage[], ReadonlyMap<string, Stage>>();

function byId(list: readonly Stage[]): ReadonlyMap<string, Stage> {
  const known = ids.get(list);
  if (known !== undefined) return known;
  const made = new Map(
    list.toReversed().flatMap((stage) =>
      stage.id === undefined ? [] : [[stage.id, stage] as const]
    ),
  );
  ids.set(list, made);
  return made;
}

function insideStage(stage: Stage, workflow: Workflow): Scope {
  const bodies = Object.values(stage.bodies ?? {});
  const nested = stagesScope(bodies, workflow);
  const branch: Scope = { named: (name) => name === "stages" ? { inside: nested } : undefined };
  const own = outputsScope(stage.outputs ?? {}, stage.path, workflow);
  const outputs: Scope = {
    named: (name) => {
      if (bodies.length === 0 || Object.hasOwn(stage.outputs ?? {}, name)) return own.named(name);
      if (name === "stages") return { inside: nested };
      return name === stage.syntax.scope?.under
        ? { inside: { named: () => ({ inside: branch }), any: branch } }
        : undefined;
    },
  };
  return { named: (name) => name === "outputs" ? { inside: outputs } : undefined };
}

function outputsScope(
  outputs: DeclaredOutputs,
  owner: Path,
  { name: workflow }: Workflow,
): Scope {
  return namesOnly((name) =>
    Object.hasOwn(outputs, name) ? outputSymbol(name, owner, workflow) : undefined
  );
}

function listsAround(branch: BranchSite): readonly (readonly Stage[])[] {
  const lists = [branch.stages];
  for (let outer = branch.around; outer !== undefined; outer = outer.branch.around) {
    lists.push(outer.branch.stages);
  }
  return lists;
}

function constantName(
  step: Step,
): { readonly text: string; readonly place: Located } | undefined {
  if (step.kind === "name") {
    const end = step.end - (step.optional ? 1 : 0);
    return { text: step.name, place: { start: end - step.name.length, end } };
  }
  const { kind, start, end } = step.index;
  if (kind !== "literal" || typeof step.index.value !== "string") return undefined;
  return { text: step.index.value, place: { start: start + 1, end: end - 1 } };
}

/** Scripts see these names as variables, without a template. */
const NAMES_IN_CODE =
  /(?<![\p{L}\p{N}_$.])(?<root>params|matrix)(?:\??\.|\[\s*["'])(?<name>[\p{L}_$][\p{L}\p{N}_$-]*)/gu;

function namesInCode({ text, reading, site }: ReadText, workflow: Workflow): readonly NameUse[] {
  if (reading !== "ts" && reading !== "js" && reading !== "python") return [];
  const names: NameUse[] = [];
  for (const match of text.matchAll(NAMES_IN_CODE)) {
    const { root = "", name = "" } = match.groups ?? {};
    const symbol = scopeOf(root, site, workflow)?.named(name)?.symbol;
    const end = match.index + match[0].length;
    if (symbol !== undefined) names.push({ symbol, start: end - name.length, end });
  }
  return names;
}

function writtenAt({ value }: SourceDocument, path: Path): unknown {
  let found: unknown = value;
  for (const step of path) {
    if (isWrittenList(found)) found = found[Number(step)];
    else if (isWrittenMapping(found) && Object.hasOwn(found, step)) found = found[String(step)];
    else return undefined;
  }
  return found;
}

function workflowSymbol(name: string): NamedSymbol {
  return { kind: "workflow", name, key: name, workflow: name };
}

function paramSymbol(name: string, workflow: string): NamedSymbol {
  return { kind: "param", name, key: name, workflow };
}

function jobSymbol(name: string, workflow: string): NamedSymbol {
  return { kind: "job", name, key: name, workflow };
}

function axisSymbol(name: string, job: Job, workflow: string): NamedSymbol {
  return { kind: "axis", name, key: keyOf([...job.path, name]), workflow };
}

function stageSymbol(name: string, path: Path, workflow: string): NamedSymbol {
  return { kind: "stage", name, key: keyOf(path), workflow };
}

function outputSymbol(name: string, owner: Path, workflow: string): NamedSymbol {
  return { kind: "output", name, key: keyOf([...owner, name]), workflow };
}

function keyOf(path: Path): string {
  return JSON.stringify(path.map(String));
}
