/**
 * What stages leave behind.
 *
 * @module
 */
import { hasTemplate, splitTemplate } from "../../expr/template.ts";
import type { BoundName, CodeLanguage, ScopeSyntax } from "../../model/stage_syntax.ts";
import type { UnreadParts } from "../../model/unread.ts";
import type { Job, Stage } from "../../model/workflow.ts";
import { type PlacedStage, placedStages, type Site } from "../site.ts";
import { mergeTypes } from "../types/merge_types.ts";
import { schemaType } from "../types/schema_type.ts";
import {
  ANY,
  LOOSE,
  mapOf,
  NUMBER,
  type ObjectType,
  oneOf,
  optionsOf,
  type Properties,
  propertiesOf,
  type Property,
  strictObject,
  STRING,
  type Type,
} from "../types/type.ts";
import { outputType } from "../types/output_type.ts";
import { valueType } from "../types/value_type.ts";
import { codeOutputs } from "./code_outputs.ts";

/** What the types of stages are found with. */
export interface StageFacts {
  /** The type of a text with templates that stands at a site. */
  templateType(text: string, site: Site): Type;
  /** The language of `run:` where a stage does not say. */
  readonly scriptLang: "ts" | "js" | "python";
  /** What a stage leaves that starts another workflow; `undefined` when it starts none, or none that is known. */
  triggered(stage: Stage): ObjectType | undefined;
  /** What of the workflow could not be read. */
  readonly unread: UnreadParts;
}

/** `SUCCESS` and so on, as a part that has ended shows it. */
export const STATUS: Type = oneOf("SUCCESS", "FAILED", "SKIP", "CANCEL");

/** The failure of something, where it failed. */
export const ERRORS: Property = {
  type: strictObject({ name: STRING, message: STRING }, '"errors"'),
  absent: "it is there only after a failure",
};

const ANY_ERRORS: Property = { type: LOOSE, absent: "it is there only after a failure" };

/** What else is known of a failure, as the exit code of a script. */
const INFO: Property = { type: LOOSE, absent: "it is there only after a failure" };

/** Finds what stages leave behind; each stage is looked at once. */
export class StageTypes {
  readonly #facts: StageFacts;
  readonly #outputs = new Map<Stage, ObjectType>();
  readonly #places = new Map<Job, ReadonlyMap<Stage, PlacedStage>>();
  readonly #indexes = new Map<readonly Stage[], IdIndex>();

  /** Takes what the types are found with. */
  constructor(facts: StageFacts) {
    this.#facts = facts;
  }

  /** The entry of a stage under `stages`. Who asks under the stage's own condition is sure that it ran. */
  entry(stage: Stage, job: Job, options: { readonly ran?: boolean } = {}): ObjectType {
    const errors = stage.bodies === undefined ? ERRORS : ANY_ERRORS;
    const title = `stage "${nameOf(stage)}"`;
    const isSure = options.ran ?? !mayBeSkipped(stage);
    const all = this.outputs(stage, job);
    const outputs = isSure
      ? all
      : uncertain(all, `stage "${nameOf(stage)}" may be skipped by its "if"`);
    return strictObject({ outputs, errors, status: STATUS, info: INFO }, title);
  }

  /** The outputs of a stage, those of its nested stages included. */
  outputs(stage: Stage, job: Job): ObjectType {
    const known = this.#outputs.get(stage);
    if (known !== undefined) return known;
    const own = this.ownOutputs(stage, job);
    const declared = stage.outputs === undefined ? own : this.#declared(stage, job, own);
    const isOpen = this.#facts.unread.touches([...stage.path, "outputs"]);
    const outputs = isOpen ? { ...declared, rest: ANY } : declared;
    this.#outputs.set(stage, outputs);
    return outputs;
  }

  /** The outputs of a stage without those that it declares itself. */
  ownOutputs(stage: Stage, job: Job): ObjectType {
    const kind = this.#kindOutputs(stage, job);
    const title = `the outputs of stage "${nameOf(stage)}"`;
    const retried = stage.retry === undefined ? {} : { retry: { type: NUMBER, absent: RETRIED } };
    return { ...extended(kind, propertiesOf(retried)), title };
  }

  /** The entries of all stages of a list, by id. */
  entries(stages: readonly Stage[], job: Job): ObjectType {
    const get = (id: string): Property | undefined => {
      const stage = this.called(id, stages);
      return stage && { type: this.entry(stage, job) };
    };
    const names = () => this.#index(stages).fixed.keys();
    const isOpen = this.#facts.unread.has([...job.path, "stages"]);
    const entries: ObjectType = { kind: "object", properties: { get, names }, title: '"stages"' };
    return isOpen ? { ...entries, rest: ANY } : entries;
  }

  /** The types of the names that a stage gives to those in it; `undefined` when its kind does not say. */
  bound(stage: Stage, name: string, job: Job): Type | undefined {
    const { scope } = stage.syntax;
    if (scope === undefined) return ANY;
    const bound = Object.hasOwn(scope.binds, name) ? scope.binds[name] : undefined;
    return bound && this.#boundType(bound, stage, job);
  }

  /** The stage of a list that has an id, or may come to have it, among the first `before`. */
  called(id: string, stages: readonly Stage[], before: number = stages.length): Stage | undefined {
    const { fixed, open } = this.#index(stages);
    const at = fixed.get(id) ??
      (open.length > MAX_OPEN_IDS
        ? undefined
        : open.find(({ at, words }) => at < before && mayBecome(words, id))?.at);
    return at === undefined || at >= before ? undefined : stages[at];
  }

  /** Whether so many ids of a list hold templates that nobody says which names there are. */
  hasManyOpenIds(stages: readonly Stage[]): boolean {
    return this.#index(stages).open.length > MAX_OPEN_IDS;
  }

  /** Where a stage of a job stands. */
  placeOf(stage: Stage, job: Job): Site {
    const known = this.#places.get(job) ??
      new Map(Array.from(placedStages(job), (placed) => [placed.stage, placed]));
    this.#places.set(job, known);
    return { job, ...known.get(stage) };
  }

  #index(stages: readonly Stage[]): IdIndex {
    const known = this.#indexes.get(stages);
    if (known !== undefined) return known;
    const index = { fixed: new Map<string, number>(), open: new Array<OpenId>() };
    for (const [at, { id }] of stages.entries()) {
      if (id === undefined) continue;
      if (hasTemplate(id)) index.open.push({ at, words: wordsOf(id) });
      else if (!index.fixed.has(id)) index.fixed.set(id, at);
    }
    this.#indexes.set(stages, index);
    return index;
  }

  #boundType(bound: BoundName, stage: Stage, job: Job): Type {
    if ("valueOf" in bound && typeof bound.valueOf === "string") {
      return this.#fieldType(bound.valueOf, stage, job);
    }
    if (!("itemOf" in bound)) return schemaType(bound);
    const list = this.#fieldType(bound.itemOf, stage, job);
    return mergeTypes(
      optionsOf(list).map((option) => option.kind === "array" ? option.items : ANY),
    );
  }

  #fieldType(field: string, stage: Stage, job: Job): Type {
    const site = this.placeOf(stage, job);
    return valueType(stage.input[field] ?? null, (text) => this.#facts.templateType(text, site));
  }

  #kindOutputs(stage: Stage, job: Job): ObjectType {
    if (stage.bodies !== undefined) return this.#scopeOutputs(stage, job);
    const triggered = this.#facts.triggered(stage);
    if (triggered !== undefined) return triggered;
    const { syntax, input } = stage;
    const declared = syntax.outputs === undefined ? LOOSE : schemaType(syntax.outputs);
    const kind = declared.kind === "object" ? declared : OPEN;
    const languages = Object.entries(syntax.code?.(input, this.#facts.scriptLang) ?? {});
    const [field, language] = languages[0] ?? [];
    const code = field === undefined ? undefined : input[field];
    if (kind.rest === undefined || language === undefined || typeof code !== "string") return kind;
    if (language !== "bash" && !isEmpty(kind.properties)) return kind;
    return withCode(kind, language, code);
  }

  #scopeOutputs({ syntax: { outputs, scope }, bodies = {} }: Stage, job: Job): ObjectType {
    if (scope === undefined) return OPEN;
    const header = outputs === undefined ? OPEN : schemaType(outputs);
    const lists = Object.values(bodies);
    const [only = []] = lists;
    const stages = lists.length <= 1 ? this.entries(only, job) : this.#merged(lists, job);
    const nested: Record<string, Property> = scope.under === undefined
      ? { stages: { type: stages, absent: "it is there once a branch has begun" } }
      : { [scope.under]: { type: mapOf(branchEntry(stages, scope)) } };
    return extended(header.kind === "object" ? header : OPEN, propertiesOf(nested));
  }

  /** Of several lists it depends on the run which one left its stages. */
  #merged(lists: readonly (readonly Stage[])[], job: Job): ObjectType {
    const get = (id: string): Property | undefined => {
      const found = lists.flatMap((list) => this.entries(list, job).properties.get(id) ?? []);
      return found.length === 0 ? undefined : { type: mergeTypes(found.map(({ type }) => type)) };
    };
    const names = () => lists.flatMap((list) => [...this.#index(list).fixed.keys()]);
    return { kind: "object", title: '"stages"', properties: { get, names } };
  }

  #declared(stage: Stage, job: Job, own: ObjectType): ObjectType {
    const site = { ...this.placeOf(stage, job), seesOutputs: true };
    const entries = Object.entries(stage.outputs ?? {}).map(([name, output]) =>
      [name, outputType(output, (text) => this.#facts.templateType(text, site))] as const
    );
    return extended(own, propertiesOf(Object.fromEntries(entries)));
  }
}

/** The entry of one branch in the outputs of the stage around it. */
function branchEntry(stages: Type, { shown = [] }: ScopeSyntax): ObjectType {
  const status = oneOf("SUCCESS", "FAILED", "SKIP", "CANCEL", "WAIT");
  const names = Object.fromEntries(shown.map((name) => [name, ANY]));
  return strictObject({ ...names, status, stages, errors: ERRORS }, "a branch");
}

/** The mapping whose properties may all be missing for a reason. */
function uncertain(object: ObjectType, absent: string): ObjectType {
  const get = (name: string): Property | undefined => {
    const property = object.properties.get(name);
    return property && { absent, ...property };
  };
  return { ...object, properties: { get, names: () => object.properties.names() } };
}

const RETRIED = "it is there only after a failed attempt";

const OPEN: ObjectType = { kind: "object", properties: propertiesOf({}), rest: ANY };

/** Of more ids with templates than this in one list, each name may be any. */
const MAX_OPEN_IDS = 100;

/** What people see of a stage: its id, or else its name. */
export function nameOf({ id, name }: Stage): string {
  return id ?? name;
}

/** Whether a stage has a condition that may not hold. */
export function mayBeSkipped({ condition }: Stage): boolean {
  return condition !== undefined && condition !== true;
}

/** The ids of a list of stages, with where each stands. */
interface IdIndex {
  readonly fixed: ReadonlyMap<string, number>;
  /** Those with templates in them. */
  readonly open: readonly OpenId[];
}

interface OpenId {
  readonly at: number;
  /** What stands around its templates. */
  readonly words: readonly string[];
}

/** Whether an id is the author's own words with anything between them. One pass, whatever is written. */
function mayBecome(words: readonly string[], id: string): boolean {
  const [first = "", ...others] = words;
  const last = others.pop() ?? "";
  if (!id.startsWith(first) || !id.endsWith(last)) return false;
  let at = first.length;
  for (const word of others) {
    const found = id.indexOf(word, at);
    if (found < 0) return false;
    at = found + word.length;
  }
  return at + last.length <= id.length;
}

/** What stands before, between and behind the templates of a text. */
function wordsOf(text: string): readonly string[] {
  const words = [""];
  for (const part of splitTemplate(text)) {
    if (part.kind === "hole") words.push("");
    else words[words.length - 1] = part.text;
  }
  return words;
}

function withCode(kind: ObjectType, language: CodeLanguage, code: string): ObjectType {
  const outputs = codeOutputs(language, code);
  return outputs === undefined
    ? kind
    : extended({ kind: "object", properties: kind.properties }, outputs);
}

/** What has the further properties too; they win. */
export function extended(object: ObjectType, further: Properties): ObjectType {
  const { properties } = object;
  return {
    ...object,
    properties: {
      get: (name) => further.get(name) ?? properties.get(name),
      names: () => new Set([...properties.names(), ...further.names()]),
    },
  };
}

function isEmpty(properties: Properties): boolean {
  for (const _ of properties.names()) return false;
  return true;
}
