/**
 * What jobs leave behind, as `needs` and `jobs` show it.
 *
 * @module
 */
import type { Job, Workflow } from "../../model/workflow.ts";
import { siteOfOutputs } from "../written_texts.ts";
import { listOfAll } from "../types/merge_types.ts";
import {
  type Absence,
  ANY,
  arrayOf,
  LOOSE,
  mapOf,
  NULL,
  NUMBER,
  type ObjectType,
  oneOf,
  propertiesOf,
  type Property,
  strictObject,
  type Type,
} from "../types/type.ts";
import { outputType } from "../types/output_type.ts";
import { matrixType } from "./matrix_type.ts";
import { ERRORS, type StageFacts, type StageTypes, STATUS } from "./stage_types.ts";

/** What `needs.<job>.result` says. */
export const RESULT: Type = oneOf("success", "failure", "skipped", "cancelled");

/** Of more jobs than this that come before one, nobody says that another is not among them. */
const MAX_FOLLOWED_NEEDS = 1_000;

/** Finds what jobs leave behind; each job is looked at once. */
export class JobTypes {
  readonly #workflow: Workflow;
  readonly #stages: StageTypes;
  readonly #templateType: StageFacts["templateType"];
  readonly #outputs = new Map<Job, ObjectType>();
  readonly #needs = new Map<Job, ObjectType>();
  readonly #matrices = new Map<Job, Type>();
  readonly #ancestors = new Map<Job, ReadonlySet<string>>();
  /** Jobs whose outputs are being looked at: needs may go round in a circle. */
  readonly #open = new Set<Job>();

  /** Takes the workflow whose jobs they are. */
  constructor(
    workflow: Workflow,
    { stages, templateType }: Pick<StageFacts, "templateType"> & { readonly stages: StageTypes },
  ) {
    this.#workflow = workflow;
    this.#stages = stages;
    this.#templateType = templateType;
  }

  /** The name `needs` in a job. */
  needs(job: Job): ObjectType {
    const known = this.#needs.get(job);
    if (known !== undefined) return known;
    const { jobs } = this.#workflow;
    const listed = new Set(job.needs);
    // Any job may be the one that a need means which is not there; that is told at the need itself.
    const isOpen = this.#hasUnknownNeeds(job);
    const get = (id: string): Property | undefined => {
      const need = jobs.get(id);
      if (need === undefined) return listed.has(id) ? { type: ANY } : undefined;
      return listed.has(id) || (isOpen && id !== job.id) ? { type: this.#need(need) } : undefined;
    };
    const needs: ObjectType = {
      kind: "object",
      title: `the needs of job "${job.id}"`,
      properties: { get, names: () => isOpen ? jobs.keys() : listed },
      explain: this.#notNeeded(job),
    };
    this.#needs.set(job, needs);
    return needs;
  }

  /** The name `jobs` in a job. */
  jobs({ id: own }: Job): ObjectType {
    const { jobs } = this.#workflow;
    const reader = jobs.get(own);
    const get = (id: string): Property | undefined => {
      const job = jobs.get(id);
      if (job === undefined || id === own) return undefined;
      // With a need that is not there, nobody can tell what comes before.
      const before = this.#before(reader ?? job);
      const isBefore = before.has(id) || before.size >= MAX_FOLLOWED_NEEDS ||
        (reader !== undefined && this.#hasUnknownNeeds(reader));
      return isBefore ? { type: this.#entry(job) } : undefined;
    };
    return {
      kind: "object",
      title: '"jobs"',
      properties: { get, names: () => [...jobs.keys()].filter((id) => id !== own) },
      explain: (id) => this.#notBefore(id, own),
    };
  }

  /** All jobs once the run has ended, as whoever started it sees them. */
  ended(): ObjectType {
    const { jobs, name, path, unread } = this.#workflow;
    const get = (id: string): Property | undefined => {
      const job = jobs.get(id);
      return job && { type: this.#entry(job) };
    };
    const title = `the jobs of workflow "${name}"`;
    const ended: ObjectType = {
      kind: "object",
      title,
      properties: { get, names: () => jobs.keys() },
    };
    return unread.has([...path, "jobs"]) ? { ...ended, rest: ANY } : ended;
  }

  /** The name `matrix` in the stages of a job. */
  matrix(job: Job): Type {
    const known = this.#matrices.get(job);
    if (known !== undefined) return known;
    // While the axes are looked at, nothing is known of them.
    this.#matrices.set(job, LOOSE);
    if (this.#isUnread(job, "strategy")) return LOOSE;
    const type = matrixType(job, (text) => this.#templateType(text, { job }));
    this.#matrices.set(job, type);
    return type;
  }

  #hasUnknownNeeds(job: Job): boolean {
    return job.needs.some((id) => !this.#workflow.jobs.has(id)) || this.#isUnread(job, "needs");
  }

  /** Whether a field of a job, or something in it, could not be read. */
  #isUnread({ path }: Job, field: string): boolean {
    return this.#workflow.unread.touches([...path, field]);
  }

  #notNeeded(job: Job): (id: string) => Absence | undefined {
    return (id) => {
      if (!this.#workflow.jobs.has(id)) return undefined;
      const message = id === job.id
        ? `Job "${id}" cannot need itself`
        : `Job "${job.id}" does not need "${id}", so nothing is known of it here; add it to "needs"`;
      return { code: "need-missing", message };
    };
  }

  #notBefore(id: string, own: string): Absence | undefined {
    const job = this.#workflow.jobs.get(id);
    if (job === undefined) return undefined;
    if (id === own) {
      return {
        code: "job-not-before",
        message: `Job "${id}" has not ended while its own stages run; read its stages by "stages"`,
      };
    }
    return {
      code: "job-not-before",
      severity: "warning",
      message:
        `Job "${own}" does not wait for "${id}", which may not have ended; add it to "needs"`,
      type: this.#entry(job),
    };
  }

  #need(job: Job): ObjectType {
    if (this.#isUnread(job, "strategy")) return ENDED;
    const legs = job.strategy && arrayOf(
      strictObject({ matrix: this.matrix(job), result: RESULT, outputs: LOOSE }, "a leg"),
    );
    return strictObject(
      { result: RESULT, status: STATUS, outputs: this.#outputsOf(job), ...(legs && { legs }) },
      `job "${job.id}" among the needs`,
    );
  }

  #entry(job: Job): ObjectType {
    if (this.#isUnread(job, "strategy")) return OPEN;
    const stages = () => this.#stages.entries(job.stages, job);
    const leg = () =>
      strictObject(
        { matrix: this.matrix(job), status: STATUS, stages: stages(), errors: ERRORS },
        "a leg",
      );
    const parts = job.strategy === undefined ? { stages: stages() } : { strategies: mapOf(leg()) };
    const outputs = job.outputs === undefined ? {} : { outputs: this.#outputsOf(job) };
    const retry = { type: NUMBER, absent: "it is there only after a failed attempt" };
    const errors = job.strategy === undefined ? ERRORS : { ...ERRORS, type: LOOSE };
    return strictObject({ status: STATUS, ...parts, ...outputs, errors, retry }, `job "${job.id}"`);
  }

  #outputsOf(job: Job): ObjectType {
    const known = this.#outputs.get(job);
    if (known !== undefined) return known;
    if (this.#open.has(job)) return OPEN;
    this.#open.add(job);
    const title = `the outputs of job "${job.id}"`;
    const isOpen = this.#isUnread(job, "outputs") ||
      this.#workflow.unread.has([...job.path, "stages"]);
    const outputs = {
      ...(job.outputs === undefined ? this.#published(job) : this.#declared(job)),
      ...(isOpen && { rest: ANY }),
      title,
    };
    this.#open.delete(job);
    this.#outputs.set(job, outputs);
    return outputs;
  }

  #declared(job: Job): ObjectType {
    const site = siteOfOutputs(job);
    const types = Object.entries(job.outputs ?? {}).map(([name, output]) =>
      [name, outputType(output, (text) => this.#templateType(text, site))] as const
    );
    return { kind: "object", properties: propertiesOf(Object.fromEntries(types)) };
  }

  /** Without declared outputs a job has all that its stages leave, the later ones winning; with a matrix, a list of each. */
  #published(job: Job): ObjectType {
    const all = job.stages.map((stage) => this.#stages.outputs(stage, job)).reverse();
    const find = all.length > MAX_SEARCHED_STAGES ? indexed(all) : searched(all);
    const get = (name: string): Property | undefined => {
      const property = find(name);
      if (property === undefined || job.strategy === undefined) {
        return property && { type: property.type };
      }
      return { type: listOfAll([property.type, NULL]) };
    };
    const names = () => new Set(all.flatMap(({ properties }) => [...properties.names()]));
    const published: ObjectType = { kind: "object", properties: { get, names } };
    return all.some(({ rest }) => rest !== undefined) ? { ...published, rest: ANY } : published;
  }

  /** The jobs that have ended before a job begins. */
  #before(job: Job): ReadonlySet<string> {
    const known = this.#ancestors.get(job);
    if (known !== undefined) return known;
    const found = new Set(job.needs);
    for (const id of found) {
      if (found.size >= MAX_FOLLOWED_NEEDS) break;
      for (const need of this.#workflow.jobs.get(id)?.needs ?? []) found.add(need);
    }
    this.#ancestors.set(job, found);
    return found;
  }
}

/** In more stages than this, what one of them leaves is looked up by the names that they list. */
const MAX_SEARCHED_STAGES = 100;

type Find = (name: string) => Property | undefined;

function searched(all: readonly ObjectType[]): Find {
  return (name) => {
    for (const { properties } of all) {
      const found = properties.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

function indexed(all: readonly ObjectType[]): Find {
  const owners = new Map<string, ObjectType>();
  for (const outputs of all) {
    for (const name of outputs.properties.names()) {
      if (!owners.has(name)) owners.set(name, outputs);
    }
  }
  // A script may leave what it does not list; any name may be of one of many scripts.
  const isOpen = all.some(({ rest }) => rest !== undefined);
  return (name) => owners.get(name)?.properties.get(name) ?? (isOpen ? { type: ANY } : undefined);
}

/** A job of which only that it ends is known. */
const ENDED: ObjectType = {
  ...strictObject({ result: RESULT, status: STATUS, outputs: LOOSE }),
  rest: ANY,
};

const OPEN: ObjectType = { kind: "object", properties: propertiesOf({}), rest: ANY };
