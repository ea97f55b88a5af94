/**
 * What the expressions of a workflow see, each at its place. It says of every
 * name what the run will make of it (`core/run/contexts.ts`); a test holds the
 * two together.
 *
 * @module
 */
import type { FilterTable, FunctionTable } from "../../expr/evaluation_context.ts";
import { hasTemplate } from "../../expr/template.ts";
import type { Job, Stage, Workflow } from "../../model/workflow.ts";
import { type ReadText, readText } from "../read_texts.ts";
import type { BranchSite, Site } from "../site.ts";
import { expressionType } from "../types/expression_type.ts";
import type { TypeProblem } from "../types/type_facts.ts";
import {
  type Absence,
  ANY,
  LOOSE,
  mapOf,
  NUMBER,
  type ObjectType,
  oneOf,
  propertiesOf,
  type Property,
  SECRET,
  strictObject,
  STRING,
  type Type,
} from "../types/type.ts";
import { valueType } from "../types/value_type.ts";
import { targetOf } from "../trigger_stages.ts";
import { aroundSite } from "./around_site.ts";
import { JobTypes } from "./job_types.ts";
import { paramsType } from "./param_types.ts";
import { releaseProperty } from "./release_type.ts";
import { mayBeSkipped, nameOf, StageTypes } from "./stage_types.ts";
import { triggeredOutputs } from "./triggered_outputs.ts";

/** What contexts are made with. */
export interface ContextFacts {
  /** What can be called. */
  readonly functions: FunctionTable;
  /** What can stand behind a bar. */
  readonly filters: FilterTable;
  /** The language of `run:` where nothing says otherwise. */
  readonly scriptLang: "ts" | "js" | "python";
  /** Finds the workflows that stages start. @default none is known */
  readonly workflows?: ((name: string) => Workflow | undefined) | undefined;
}

/** The names that every expression in a workflow sees. */
export const COMMON_NAMES = [
  "params",
  "extras",
  "env",
  "run",
  "release",
  "retry",
  "attempt",
] as const;

/** The names that expressions see besides in a job. */
export const JOB_NAMES = ["jobs", "needs"] as const;

/** The names that expressions see besides in the stages of a job. */
export const STAGE_NAMES = ["matrix", "stages"] as const;

/** How far templates are followed that read what other templates give; the stack is bounded. */
const MAX_FOLLOWED = 50;

/** What the expressions of one workflow see. */
export class ContextTypes {
  readonly #workflow: Workflow;
  readonly #facts: ContextFacts;
  readonly #stages: StageTypes;
  readonly #jobs: JobTypes;
  readonly #common: ReadonlyMap<string, Property>;
  readonly #triggered = new Map<Workflow, ContextTypes>();
  readonly #envs = new Map<Job | undefined, Type>();
  readonly #elsewhere = new Map<string, StageElsewhere>();
  /** How many templates are being looked at, each for the one before. */
  #depth = 0;

  /** Takes the workflow whose expressions are asked about. */
  constructor(workflow: Workflow, facts: ContextFacts) {
    const templateType = (text: string, site: Site) => this.templateType(text, site);
    this.#workflow = workflow;
    this.#facts = facts;
    this.#stages = new StageTypes({
      templateType,
      scriptLang: workflow.scriptLang ?? facts.scriptLang,
      triggered: (stage) => this.#triggeredBy(stage),
      unread: workflow.unread,
    });
    this.#jobs = new JobTypes(workflow, { stages: this.#stages, templateType });
    this.#common = commonNames(workflow);
  }

  /** The names that are known at a site. */
  contextAt(site: Site): ObjectType {
    const get = (name: string): Property | undefined => {
      if (site.onlyParams && name !== "params") return undefined;
      if (name === "secrets") return { type: site.takesSecrets ? SECRETS : ANY };
      if (name === "release") return releaseProperty(this.#workflow, site);
      const type = this.#bound(name, site) ?? this.#ofStage(name, site) ?? this.#ofJob(name, site);
      return type === undefined ? this.#common.get(name) : { type };
    };
    return {
      kind: "object",
      properties: { get, names: () => this.#names(site) },
      explain: (name) => explainName(name, site) ?? this.#explainBound(name),
    };
  }

  /** What a text with templates gives; what is wrong with it is said elsewhere. */
  templateType(text: string, site: Site): Type {
    if (this.#depth === MAX_FOLLOWED) return ANY;
    this.#depth++;
    const read = readText({ text, path: [], reading: "template", site });
    const type = this.typeOf(read, () => {});
    this.#depth--;
    return type;
  }

  /** What a text gives, with all that is wrong on the way, by offsets in the text. */
  typeOf(
    { text, reading, site, expressions }: ReadText,
    report: (problem: TypeProblem) => void,
  ): Type {
    const { functions, filters } = this.#facts;
    const context = this.contextAt(site);
    let whole: Type | undefined;
    for (const { root, offset, isWhole } of expressions) {
      const type = expressionType(root, {
        context,
        functions,
        filters,
        report: (problem) => report(movedBy(problem, offset)),
      });
      if (isWhole) whole = type;
    }
    if (whole !== undefined) return whole;
    if (reading !== "template") return ANY;
    if (!hasTemplate(text)) return oneOf(text);
    return expressions.length > 0 ? STRING : ANY;
  }

  /** All jobs of the workflow, as a stage that has started it sees them at its end. */
  endedJobs(): ObjectType {
    return this.#jobs.ended();
  }

  #triggeredBy(stage: Stage): ObjectType | undefined {
    const target = targetOf(stage);
    const triggered = target === undefined ? undefined : this.#facts.workflows?.(target);
    if (triggered === undefined) return undefined;
    const jobs = () => {
      const types = this.#triggered.get(triggered) ?? new ContextTypes(triggered, this.#facts);
      this.#triggered.set(triggered, types);
      return types.endedJobs();
    };
    return triggeredOutputs(triggered, { given: stage.input.params ?? {}, jobs });
  }

  #names(site: Site): ReadonlySet<string> {
    if (site.onlyParams) return new Set(["params"]);
    const { job, branch } = site;
    return new Set([
      ...boundNames(branch),
      ...(site.seesOutputs ? ["outputs"] : []),
      ...(site.takesSecrets ? ["secrets"] : []),
      ...(branch === undefined ? [] : STAGE_NAMES),
      ...(job === undefined ? [] : JOB_NAMES),
      ...COMMON_NAMES,
    ]);
  }

  #bound(name: string, { job, stage, branch, seesOutputs }: Site): Type | undefined {
    if (job === undefined) return undefined;
    if (name === "outputs" && seesOutputs && stage !== undefined) {
      return this.#stages.ownOutputs(stage, job);
    }
    if (FIXED_NAMES.has(name)) return undefined;
    for (const { stage } of aroundSite(branch)) {
      const type = this.#stages.bound(stage, name, job);
      if (type !== undefined) return type;
    }
    return undefined;
  }

  #ofStage(name: string, site: Site): Type | undefined {
    const { job, branch } = site;
    // What stands at the workflow is its environment, which is rendered in stages of any job.
    if (job === undefined) return name === "matrix" || name === "stages" ? ANY : undefined;
    if (branch === undefined) return undefined;
    if (name === "matrix") return this.#jobs.matrix(job);
    return name === "stages" ? this.#stagesAt(site, branch, job) : undefined;
  }

  #ofJob(name: string, { job }: Site): Type | undefined {
    if (name === "env") return this.#env(job);
    if (job === undefined) return name === "jobs" || name === "needs" ? ANY : undefined;
    if (name === "needs") return this.#jobs.needs(job);
    return name === "jobs" ? this.#jobs.jobs(job) : undefined;
  }

  #env(job: Job | undefined): Type {
    const known = this.#envs.get(job);
    if (known !== undefined) return known;
    const type = envType(this.#workflow, job);
    this.#envs.set(job, type);
    return type;
  }

  /** The stages before a place in its list, and those before the stages around it. */
  #stagesAt(site: Site, branch: BranchSite, job: Job): ObjectType {
    const lists = [branch, ...Array.from(aroundSite(branch), ({ branch }) => branch)];
    const find = (id: string): Stage | undefined => {
      for (const { stages, before } of lists) {
        const stage = this.#stages.called(id, stages, before);
        if (stage !== undefined) return stage;
      }
      return undefined;
    };
    const { unread } = this.#workflow;
    const isOpen = unread.has([...job.path, "stages"]) ||
      lists.some(({ stages }) => this.#stages.hasManyOpenIds(stages));
    const mayBe = (id: string) => isOpen || REFERENCE_ID.test(id);
    const get = (id: string): Property | undefined => {
      const stage = find(id);
      if (stage === undefined) return mayBe(id) ? { type: ANY } : undefined;
      const ran = !mayBeSkipped(stage) || isGuarded(site, stage);
      const absent = site.everyStage && `stage "${id}" has not ended while those before it run`;
      return { type: this.#stages.entry(stage, job, { ran }), ...(absent && { absent }) };
    };
    return {
      kind: "object",
      title: '"stages"',
      properties: { get, names: () => idsBefore(lists) },
      explain: (id) => this.#notBefore(id, { lists, job }),
    };
  }

  #notBefore(
    id: string,
    { lists, job }: { readonly lists: readonly BranchSite[]; readonly job: Job },
  ): Absence | undefined {
    if (lists.some(({ stages }) => this.#stages.called(id, stages) !== undefined)) {
      const message = `Stage "${id}" has not ended when this is read; move what reads it behind it`;
      return { code: "stage-not-before", message };
    }
    return this.#findElsewhere(id, job);
  }

  /** Tells of a stage that is there but cannot be read by this name at this place. */
  #findElsewhere(id: string, own: Job): Absence | undefined {
    const { job, stage, around } = this.#allStages().get(id) ?? {};
    if (job === undefined || stage === undefined) return undefined;
    if (stage.id === undefined) {
      const message =
        `Stage "${id}" has a name but no "id", so its outputs cannot be read; add "id: …" to it`;
      return { code: "stage-without-id", message };
    }
    const message = job !== own
      ? `Stage "${id}" is a stage of job "${job.id}"; read it as needs.${job.id}.outputs or jobs.${job.id}.stages.${id}`
      : `Stage "${id}" stands within stage "${
        around && nameOf(around)
      }" and can be read only there and by its outputs`;
    return { code: "stage-not-here", message };
  }

  /** Tells of a name that only the stages in another one see. */
  #explainBound(name: string): Absence | undefined {
    for (const job of this.#workflow.jobs.values()) {
      for (const [{ syntax }] of stagesWithin(job.stages)) {
        if (!Object.hasOwn(syntax.scope?.binds ?? {}, name)) continue;
        const message =
          `"${name}" is known only within a stage that gives it, such as "${syntax.name}"`;
        return { code: "name-unknown", message };
      }
    }
    return undefined;
  }

  #allStages(): ReadonlyMap<string, StageElsewhere> {
    if (this.#elsewhere.size > 0) return this.#elsewhere;
    for (const job of this.#workflow.jobs.values()) {
      for (const [stage, around] of stagesWithin(job.stages)) {
        for (const name of [stage.name, stage.id]) {
          if (name !== undefined && this.#elsewhere.get(name)?.stage.id === undefined) {
            this.#elsewhere.set(name, { job, stage, around });
          }
        }
      }
    }
    return this.#elsewhere;
  }
}

/** What they are is not known here; where they cannot stand, a rule says so. */
const SECRETS: Type = { ...mapOf(SECRET), title: '"secrets"' };

interface StageElsewhere {
  readonly job: Job;
  readonly stage: Stage;
  /** The stage that holds it. */
  readonly around: Stage | undefined;
}

/** The id of a stage without one, where the settings give it one (REFERENCE C-160). */
const REFERENCE_ID = /^\d{10}$/;

const FIXED_NAMES: ReadonlySet<string> = new Set([...COMMON_NAMES, ...JOB_NAMES, ...STAGE_NAMES]);

function commonNames(workflow: Workflow): ReadonlyMap<string, Property> {
  const known = valueType(workflow.extras);
  const names: Record<Exclude<(typeof COMMON_NAMES)[number], "release">, Type> = {
    params: paramsType(workflow),
    // A caller may hand further ones to a run.
    extras: known.kind === "object" ? { ...known, rest: ANY } : LOOSE,
    env: LOOSE,
    run: strictObject({ id: STRING, workflow: STRING }, '"run"'),
    retry: NUMBER,
    attempt: NUMBER,
  };
  return new Map(Object.entries(names).map(([name, type]) => [name, { type }]));
}

function envType(workflow: Workflow, job: Job | undefined): Type {
  const declared = { ...workflow.env, ...job?.env };
  const entries = Object.keys(declared).map((name) => [name, ANY] as const);
  const title = 'the environment that the workflow and the job declare in "env"';
  // At the workflow, the job whose stages it is rendered for may add to it.
  const type = {
    kind: "object",
    properties: propertiesOf(Object.fromEntries(entries)),
    title,
  } as const;
  const isOpen = job === undefined || workflow.unread.touches([...workflow.path, "env"]) ||
    workflow.unread.touches([...job.path, "env"]);
  return isOpen ? { ...type, rest: ANY } : type;
}

function boundNames(branch: BranchSite | undefined): readonly string[] {
  return Array.from(aroundSite(branch), ({ stage }) => Object.keys(stage.syntax.scope?.binds ?? {}))
    .flat();
}

function* idsBefore(lists: readonly BranchSite[]): Generator<string> {
  for (const { stages, before } of lists) {
    for (const { id } of stages.slice(0, before)) if (id !== undefined) yield id;
  }
}

/** Whether what reads a stage's outputs runs only if the stage did, or has asked about it. */
function isGuarded({ job, stage, branch }: Site, read: Stage): boolean {
  const readers = [stage, ...Array.from(aroundSite(branch), ({ stage }) => stage), job];
  return readers.some((reader) => {
    const { condition } = reader ?? {};
    if (typeof condition !== "string") return false;
    return condition === read.condition || condition.includes(`stages.${read.id}.`);
  });
}

function* stagesWithin(
  stages: readonly Stage[],
  around?: Stage,
): Generator<readonly [Stage, Stage | undefined]> {
  for (const stage of stages) {
    yield [stage, around];
    for (const body of Object.values(stage.bodies ?? {})) yield* stagesWithin(body, stage);
  }
}

/** What other systems call it. */
const FOREIGN: Readonly<Record<string, string>> = {
  steps: "stages",
  inputs: "params",
  vars: "params",
  strategy: "matrix",
};

/** What other systems have, and how the same is said here. */
const FOREIGN_HINTS: Readonly<Record<string, string>> = {
  github: "what a run is told stands in params; its own id is run.id",
  runner: "what differs between machines is for the script to find out",
  yes: "write true",
  no: "write false",
  on: "write true",
  off: "write false",
};

function explainName(name: string, { job, branch, ofAllLegs }: Site): Absence | undefined {
  const isOfStages = STAGE_NAMES.some((known) => known === name);
  if (isOfStages && job !== undefined && ofAllLegs === true) {
    return {
      code: "name-unknown",
      message:
        `"${name}" cannot stand in the outputs of job "${job.id}", since its matrix opens many legs; ` +
        `leave "outputs" out: "needs.${job.id}.outputs" has all that its stages left, ` +
        `each as a list with one entry for each leg`,
    };
  }
  if (isOfStages && job !== undefined && branch === undefined) {
    return {
      code: "name-unknown",
      message: `"${name}" is known only within the stages of a job, not in the job's own fields`,
    };
  }
  if (Object.hasOwn(FOREIGN_HINTS, name)) {
    const message = `Unknown name "${name}"; ${FOREIGN_HINTS[name]}`;
    return { code: "name-unknown", message };
  }
  const known = Object.hasOwn(FOREIGN, name) ? FOREIGN[name] : undefined;
  if (known !== undefined) {
    const message = `Unknown name "${name}"; here it is "${known}"`;
    return { code: "name-unknown", message, meant: known };
  }
  return undefined;
}

function movedBy({ fix, ...problem }: TypeProblem, offset: number): TypeProblem {
  return {
    ...problem,
    start: problem.start + offset,
    end: problem.end + offset,
    ...(fix && { fix: { ...fix, start: fix.start + offset, end: fix.end + offset } }),
  };
}
