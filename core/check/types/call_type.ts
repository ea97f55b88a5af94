/**
 * The types of calls and filters, and what is wrong with their arguments.
 *
 * @module
 */
import type { CallNode, FilterNode, Located, Node } from "../../expr/ast.ts";
import type { FunctionParam } from "../../expr/evaluation_context.ts";
import { closestName } from "../../source/closest_name.ts";
import { mayBe, signatureType } from "./accepts.ts";
import type { TypeFacts, TypeOf } from "./type_facts.ts";
import { mergeTypes } from "./merge_types.ts";
import { ANY, arrayOf, NULL, NUMBER, optionsOf, STRING, type Type, typeText } from "./type.ts";

/** What the type of a call is found with. */
export type CallFacts = TypeFacts & { readonly typeOf: TypeOf };

/** The type of what a function returns. */
export function callType(node: CallNode, facts: CallFacts): Type {
  const args = node.args.map((arg) => ({ node: arg, type: facts.typeOf(arg) }));
  const called = facts.functions.get(node.name);
  if (called === undefined) {
    reportUnknown("function", {
      node,
      name: node.name,
      at: node.start,
      known: facts.functions,
      facts,
    });
    return ANY;
  }
  checkArguments(called, { node, positional: args, named: [], report: facts.report });
  return node.name === "range" ? arrayOf(NUMBER) : signatureType(called.returns);
}

/** The type of what a filter makes of its value. */
export function filterType(node: FilterNode, facts: CallFacts): Type {
  const { report, typeOf } = facts;
  const input = typeOf(node.input);
  const positional = node.args.map((arg) => ({ node: arg, type: typeOf(arg) }));
  const named = node.named.map(({ name, value, ...place }) => ({
    name,
    node: value,
    type: typeOf(value),
    place,
  }));
  const filter = facts.filters.get(node.name);
  if (filter === undefined) {
    if (node.name === "unsafe") reportMisplacedUnsafe(node, report);
    else {reportUnknown("filter", {
        node,
        name: node.name,
        at: node.nameStart,
        known: facts.filters,
        facts,
      });}
    return ANY;
  }
  if (!mayBe(input, filter.input)) {
    report({
      code: "filter-input",
      message: `The filter "${filter.name}" takes ${filter.input.join(" or ")}, but this is ${
        typeText(input)
      }`,
      start: node.input.start,
      end: node.input.end,
    });
  }
  for (const { node: arg } of [...positional, ...named]) {
    if (arg.kind !== "literal") reportNotConstant(filter.name, arg, report);
  }
  checkArguments(filter, { node, positional, named, report });
  return GENERIC[filter.name]?.(input, positional.map(({ type }) => type)) ??
    signatureType(filter.returns);
}

/** What signatures cannot say: that the result is of the value's own type, or of its items'. */
const GENERIC: Readonly<Record<string, (input: Type, args: readonly Type[]) => Type>> = {
  first: (input) => mergeTypes([itemsOf(input), NULL]),
  last: (input) => mergeTypes([itemsOf(input), NULL]),
  getindex: itemsOf,
  unique: (input) => arrayOf(itemsOf(input)),
  sort: (input) => arrayOf(itemsOf(input)),
  keys: () => arrayOf(STRING),
  split: () => arrayOf(STRING),
  coalesce: withDefault,
  default: withDefault,
};

function itemsOf(type: Type): Type {
  return mergeTypes(
    optionsOf(type).flatMap((option) =>
      option.kind === "array" ? [option.items] : option.kind === "any" ? [ANY] : []
    ),
  );
}

function withDefault(input: Type, [fallback = ANY]: readonly Type[]): Type {
  return mergeTypes([...optionsOf(input).filter(({ kind }) => kind !== "null"), fallback]);
}

interface UnknownName {
  readonly node: Located;
  readonly name: string;
  readonly at: number;
  readonly known: ReadonlyMap<string, unknown>;
  readonly facts: CallFacts;
}

function reportUnknown(what: "function" | "filter", { name, at, known, facts }: UnknownName): void {
  const guess = closestName(name, known.keys());
  const other = what === "filter" ? facts.functions : facts.filters;
  const hint = guess !== undefined
    ? `; did you mean "${guess}"?`
    : other.has(name)
    ? what === "filter" ? `; there is a function: ${name}(…)` : `; there is a filter: … | ${name}`
    : "";
  const place = { start: at, end: at + name.length };
  facts.report({
    code: `${what}-unknown`,
    message: `There is no ${what} "${name}"${hint}`,
    ...place,
    ...(guess !== undefined && { fix: { text: guess, ...place } }),
  });
}

function reportMisplacedUnsafe(node: FilterNode, report: TypeFacts["report"]): void {
  report({
    code: "unsafe-misplaced",
    message: '"| unsafe" has a meaning only at the end of a template in a script; remove it here',
    start: node.nameStart,
    end: node.end,
  });
}

function reportNotConstant(filter: string, arg: Node, report: TypeFacts["report"]): void {
  report({
    code: "argument-not-constant",
    message:
      `The arguments of the filter "${filter}" are fixed: a number, a text, true, false or null`,
    start: arg.start,
    end: arg.end,
  });
}

interface Argument {
  readonly node: Node;
  readonly type: Type;
}

interface Given {
  readonly node: Located;
  readonly positional: readonly Argument[];
  readonly named: readonly (Argument & { readonly name: string; readonly place: Located })[];
  readonly report: TypeFacts["report"];
}

interface Callable {
  readonly name: string;
  readonly params: readonly FunctionParam[];
}

function checkArguments(called: Callable, given: Given): void {
  const { params } = called;
  const { positional, named, report } = given;
  const takesMore = params.at(-1)?.rest === true;
  const surplus = takesMore ? undefined : positional[params.length];
  if (surplus !== undefined) {
    const count = `${params.length} argument${params.length === 1 ? "" : "s"}`;
    report({
      code: "argument-count",
      message: `${signatureOf(called)} takes ${
        params.length === 0 ? "no arguments" : `at most ${count}`
      }`,
      start: surplus.node.start,
      end: positional.at(-1)?.node.end ?? surplus.node.end,
    });
  }
  for (const { name, place } of named) {
    if (params.some((param) => param.name === name)) continue;
    report({
      code: "argument-count",
      message: `${signatureOf(called)} has no parameter "${name}"`,
      ...place,
    });
  }
  for (const [at, param] of params.entries()) {
    const values = param.rest ? positional.slice(at) : positional.slice(at, at + 1);
    const byName = named.filter(({ name }) => name === param.name);
    for (const value of [...values, ...byName]) checkType(called, { param, value, report });
    const isMissing = values.length + byName.length === 0 && param.rest !== true &&
      param.fallback === undefined;
    if (isMissing) {
      const { start, end } = given.node;
      const message = `${signatureOf(called)} is called without its "${param.name}"`;
      report({ code: "argument-count", message, start, end });
    }
  }
}

function checkType(
  called: Callable,
  { param, value, report }: {
    readonly param: FunctionParam;
    readonly value: Argument;
    readonly report: TypeFacts["report"];
  },
): void {
  if (mayBe(value.type, param.types)) return;
  report({
    code: "argument-type",
    message: `The "${param.name}" of ${signatureOf(called)} is ${
      param.types.join(" or ")
    }, but this is ${typeText(value.type)}`,
    start: value.node.start,
    end: value.node.end,
  });
}

function signatureOf({ name, params }: Callable): string {
  return `${name}(${
    params.map((param) => param.rest === true ? `${param.name}, …` : param.name).join(", ")
  })`;
}
