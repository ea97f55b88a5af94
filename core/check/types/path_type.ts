/**
 * The types of paths: one name after another.
 *
 * @module
 */
import type { AccessNode, Located, PathNode, Step } from "../../expr/ast.ts";
import { closestName } from "../../source/closest_name.ts";
import { mergeTypes } from "./merge_types.ts";
import type { TypeFacts, TypeOf, TypeProblem } from "./type_facts.ts";
import {
  ANY,
  NULL,
  type ObjectType,
  optionsOf,
  type Property,
  type Type,
  type UnionType,
} from "./type.ts";

/** What the type of a path is found with. */
export type PathFacts = TypeFacts & { readonly typeOf: TypeOf };

/** The type at the end of a path, or of steps into a computed value. */
export function pathType(node: PathNode | AccessNode, facts: PathFacts): Type {
  let { type, mayEnd } = node.kind === "access"
    ? { type: facts.typeOf(node.object), mayEnd: false }
    : rootType(node, facts);
  for (const step of node.steps) {
    const next = stepType(type, { step, facts });
    type = next.type;
    mayEnd ||= next.mayEnd;
  }
  return mayEnd ? mergeTypes([type, NULL]) : type;
}

/** What a part of a path gives. */
interface Passed {
  readonly type: Type;
  /** Whether the whole path may end here, with null: a `?` forgives that something is missing. */
  readonly mayEnd: boolean;
}

function rootType({ root, optional, start }: PathNode, facts: PathFacts): Passed {
  const place = { start, end: start + root.length };
  const found = lookUp(facts.context, { name: root, place, optional, isRoot: true });
  return { type: settle(found, optional, facts), mayEnd: optional && found.absent !== undefined };
}

interface Reading {
  readonly step: Step;
  readonly facts: PathFacts;
}

/** Of a value that may be of several types, only what none of them has is wrong. */
function stepType(type: Type, { step, facts }: Reading): Passed {
  if (step.kind === "index") facts.typeOf(step.index);
  const found = optionsOf(type).map((option) => find(option, step));
  const good = found.filter((each) => each.problem === undefined);
  if (good.length === 0) {
    return { type: settle(found[0] ?? { type: ANY }, step.optional, facts), mayEnd: false };
  }
  for (const each of good) settle(each, step.optional, facts);
  return {
    type: mergeTypes(good.map((each) => each.type)),
    mayEnd: step.optional && good.some(({ absent }) => absent !== undefined),
  };
}

/** What a name gives: its type, and perhaps why it gives nothing. */
interface Found {
  readonly type: Type;
  readonly problem?: TypeProblem;
  /** Tells that what is there may be missing. */
  readonly absent?: TypeProblem;
}

function settle({ type, problem, absent }: Found, optional: boolean, { report }: PathFacts): Type {
  if (problem !== undefined) report(problem);
  else if (absent !== undefined && !optional) report(absent);
  return type;
}

function find(type: Exclude<Type, UnionType>, step: Step): Found {
  switch (type.kind) {
    case "any":
      return { type: ANY };
    case "object":
      return inMapping(type, step);
    case "array":
      return inList(type.items, step);
    default:
      return { type: ANY, problem: unreadable(type.kind, step) };
  }
}

function inMapping(type: ObjectType, step: Step): Found {
  const name = nameOf(step);
  if (name === undefined) return { type: ANY };
  return lookUp(type, { name, place: placeOf(step, name), optional: step.optional });
}

function inList(items: Type, step: Step): Found {
  const isIndex = step.kind === "index" &&
    !(step.index.kind === "literal" && typeof step.index.value !== "number");
  if (isIndex) return { type: items };
  const name = nameOf(step) ?? "";
  const message = `Cannot read "${name}" of a list; pick an item first, by its position: [0]`;
  return { type: ANY, problem: { code: "property-misplaced", message, ...placeOf(step, name) } };
}

interface Wanted {
  readonly name: string;
  readonly place: Located;
  readonly optional: boolean;
  /** Whether the path begins with it. */
  readonly isRoot?: true;
}

function lookUp(object: ObjectType, wanted: Wanted): Found {
  const { name, place } = wanted;
  const property = object.properties.get(name);
  if (property !== undefined) return present(object, property, wanted);
  const absence = object.explain?.(name);
  if (absence !== undefined) {
    const { code, message, severity = "error", type = ANY, meant } = absence;
    const fix = meant === undefined ? {} : { fix: { text: meant, ...place } };
    return { type, problem: { code, message, severity, ...place, ...fix } };
  }
  if (object.rest !== undefined) return { type: object.rest };
  return { type: ANY, problem: unknown(object, wanted) };
}

function present(object: ObjectType, { type, absent }: Property, { name, place }: Wanted): Found {
  if (absent === undefined) return { type };
  const owner = object.title === undefined ? "" : ` of ${object.title}`;
  const message = `"${name}"${owner} may be missing: ${absent}; write "${name}?" to have null then`;
  return {
    type,
    absent: { code: "value-absent", severity: "warning", message, ...place },
  };
}

/** With a `?` it is no failure, but null for ever. */
function unknown(object: ObjectType, wanted: Wanted): TypeProblem {
  const { name, place, optional, isRoot = false } = wanted;
  const { fix } = guessIn(object, wanted);
  const owner = object.title === undefined ? "" : ` of ${object.title}`;
  const what = `Unknown ${isRoot ? "name" : "property"} "${name}"${owner}`;
  const hint = fix ? `did you mean "${fix.text}"?` : namesIn(object);
  return {
    code: isRoot ? "name-unknown" : "property-unknown",
    severity: optional ? "warning" : "error",
    message: `${what}; ${hint}`,
    ...place,
    ...(fix && { fix }),
  };
}

function guessIn(
  { properties }: ObjectType,
  { name, place }: Wanted,
): { readonly fix?: Located & { readonly text: string } } {
  const guess = closestName(name, properties.names());
  return guess === undefined ? {} : { fix: { text: guess, ...place } };
}

/** The most names that a message lists. */
const MAX_LISTED = 10;

function namesIn({ properties }: ObjectType): string {
  const names: string[] = [];
  for (const name of properties.names()) {
    if (names.length === MAX_LISTED) return `there are ${names.join(", ")}, …`;
    names.push(`"${name}"`);
  }
  return names.length === 0
    ? "there is none"
    : `there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`;
}

const IN_WORDS = {
  null: "nothing",
  bool: "true or false",
  number: "a number",
  string: "a text",
  datetime: "a date-time",
  date: "a date",
  secret: "a secret",
} as const;

function unreadable(kind: keyof typeof IN_WORDS, step: Step): TypeProblem {
  const name = nameOf(step) ?? "[…]";
  const hint = kind === "string" ? "; if it is JSON, write fromJson(…)" : "";
  return {
    code: "property-misplaced",
    message: `Cannot read "${name}" of ${IN_WORDS[kind]}${hint}`,
    ...placeOf(step, name),
  };
}

/** The name that a step asks for; `undefined` for one that is computed. */
function nameOf(step: Step): string | undefined {
  if (step.kind === "name") return step.name;
  const value = step.index.kind === "literal" ? step.index.value : undefined;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** Where the name itself stands, without its dot, brackets, quotes and question mark. */
function placeOf(step: Step, name: string): Located {
  if (step.kind === "name") {
    const end = step.end - (step.optional ? 1 : 0);
    return { start: end - name.length, end };
  }
  const { kind, start, end } = step.index;
  const isQuoted = kind === "literal" && typeof step.index.value === "string";
  return isQuoted ? { start: start + 1, end: end - 1 } : { start, end };
}
