/**
 * The type of an expression, and what is wrong with it on the way there: names
 * that nothing has, calls with the wrong arguments, operands that do not go
 * together. Only what cannot be right is complained about.
 *
 * @module
 */
import type {
  ArithmeticNode,
  ArithmeticOperator,
  ComparisonNode,
  ComparisonOperator,
  FilterNode,
  Located,
  Node,
} from "../../expr/ast.ts";
import { mayBe, overlap } from "./accepts.ts";
import { callType, filterType } from "./call_type.ts";
import { conditionalType, logicalType } from "./choice_type.ts";
import { mergeTypes } from "./merge_types.ts";
import { pathType } from "./path_type.ts";
import type { TypeFacts, TypeOf } from "./type_facts.ts";
import {
  ANY,
  arrayOf,
  BOOL,
  NULL,
  NUMBER,
  oneOf,
  only,
  optionsOf,
  propertiesOf,
  STRING,
  type Type,
  typeText,
} from "./type.ts";
import { closestName } from "../../source/closest_name.ts";

/**
 * The type of an expression. What is wrong is reported once, at its place, and
 * is of type `any` from there on, so that nothing follows from it.
 *
 * @example
 * ```ts
 * import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS, parseExpression } from "../../expr/mod.ts";
 * import { expressionType } from "./expression_type.ts";
 * import { NUMBER, strictObject, typeText } from "./type.ts";
 * import { equal } from "node:assert/strict";
 *
 * const said: string[] = [];
 * const facts = {
 *   context: strictObject({ params: strictObject({ rows: NUMBER }) }),
 *   functions: BUILTIN_FUNCTIONS,
 *   filters: BUILTIN_FILTERS,
 *   report: ({ message }: { message: string }) => said.push(message),
 * };
 * equal(typeText(expressionType(parseExpression("params.rows > 3").root, facts)), "bool");
 * expressionType(parseExpression("params.row").root, facts);
 * equal(said[0], 'Unknown property "row"; did you mean "rows"?');
 * ```
 */
export function expressionType(root: Node, facts: TypeFacts): Type {
  const typeOf = (node: Node): Type => {
    switch (node.kind) {
      case "literal":
        return literalType(node.value);
      case "list":
        return arrayOf(mergeTypes(node.items.map(typeOf)));
      case "mapping":
        return {
          kind: "object",
          properties: propertiesOf(
            Object.fromEntries(node.entries.map(({ name, value }) => [name, typeOf(value)])),
          ),
        };
      case "path":
      case "access":
        return pathType(node, { ...facts, typeOf });
      case "call":
        return callType(node, { ...facts, typeOf });
      case "filter":
        return filterType(node, { ...facts, typeOf });
      case "unary":
        return unaryType(node.operator, typeOf(node.operand), { node, report: facts.report });
      case "arithmetic":
        return arithmeticType(node, typeOf, facts);
      case "comparison":
        return comparisonType(node, typeOf, facts);
      case "logical":
        return logicalType(node, typeOf, facts);
      case "conditional":
        return conditionalType(node, typeOf, facts);
      case "hole":
        return isQuoting(node.expression)
          ? quotedType(node.expression, typeOf)
          : typeOf(node.expression);
      case "quoted":
        node.parts.forEach(typeOf);
        return STRING;
      default:
        return node satisfies never;
    }
  };
  return typeOf(root);
}

function literalType(value: null | boolean | number | string): Type {
  if (value === null) return NULL;
  if (typeof value === "string") return oneOf(value);
  return only(value);
}

function quotedType({ input }: FilterNode, typeOf: TypeOf): Type {
  typeOf(input);
  return STRING;
}

function unaryType(
  operator: "not" | "-" | "+",
  operand: Type,
  { node, report }: { readonly node: Located; readonly report: TypeFacts["report"] },
): Type {
  if (operator === "not") return BOOL;
  if (!mayBe(operand, ["number"])) {
    report({
      code: "operator-type",
      message: `Cannot use "${operator}" with ${typeText(operand)}: it takes a number`,
      start: node.start,
      end: node.end,
    });
  }
  return NUMBER;
}

function arithmeticType(node: ArithmeticNode, typeOf: TypeOf, { report }: TypeFacts): Type {
  const [left, right] = [operandType(node.left, typeOf), operandType(node.right, typeOf)];
  const results = ARITHMETIC.filter(({ kind, operators }) =>
    operators.includes(node.operator) && mayBe(left, [kind]) && mayBe(right, [kind])
  );
  if (results.length === 0) {
    const hint = node.operator === "+" && (mayBe(left, ["string"]) || mayBe(right, ["string"]))
      ? "; to join texts, make both of them texts with str()"
      : "";
    report({
      code: "operator-type",
      message: `Cannot use "${node.operator}" with ${typeText(left)} and ${typeText(right)}${hint}`,
      start: node.start,
      end: node.end,
    });
    return ANY;
  }
  return mergeTypes(results.map(({ result }) => result));
}

interface Arithmetic {
  readonly kind: "number" | "string" | "array";
  readonly operators: readonly ArithmeticOperator[];
  readonly result: Type;
}

const ARITHMETIC: readonly Arithmetic[] = [
  { kind: "number", operators: ["+", "-", "*", "/", "//", "%"], result: NUMBER },
  { kind: "string", operators: ["+"], result: STRING },
  { kind: "array", operators: ["+"], result: arrayOf(ANY) },
];

function comparisonType({ first, rest }: ComparisonNode, typeOf: TypeOf, facts: TypeFacts): Type {
  let left = { node: first, type: operandType(first, typeOf) };
  for (const { operator, operand } of rest) {
    const right = { node: operand, type: operandType(operand, typeOf) };
    checkComparison(operator, { left, right, report: facts.report });
    left = right;
  }
  return BOOL;
}

interface Operand {
  readonly node: Node;
  readonly type: Type;
}

interface Comparison {
  readonly left: Operand;
  readonly right: Operand;
  readonly report: TypeFacts["report"];
}

function checkComparison(operator: ComparisonOperator, comparison: Comparison): void {
  switch (operator) {
    case "==":
    case "!=":
      if (comparesDurations(comparison)) return reportDurations(operator, comparison);
      return checkEquality(operator, comparison);
    case "in":
    case "not in":
      return checkMembership(operator, comparison);
    default:
      if (comparesDurations(comparison)) return reportDurations(operator, comparison);
      return checkOrder(operator, comparison);
  }
}

function comparesDurations({ left, right }: Comparison): boolean {
  const isOne = ({ type }: Operand) => type.kind === "string" && type.isDuration === true;
  const isText = ({ type }: Operand) => mayBe(type, ["string"]);
  return (isOne(left) && isText(right)) || (isOne(right) && isText(left));
}

/** "60m" and "1h" are two texts, and "9m" comes behind "10m". */
function reportDurations(operator: ComparisonOperator, { left, right, report }: Comparison): void {
  report({
    code: "duration-compared",
    severity: "warning",
    message:
      `This compares the text of a length of time, and "60m" is another text than "1h"; write seconds(…) ${operator} seconds(…)`,
    start: left.node.start,
    end: right.node.end,
  });
}

/** Nothing goes wrong when two values can never be equal; but nobody means to ask. */
function checkEquality(operator: "==" | "!=", { left, right, report }: Comparison): void {
  if (overlap(left.type, right.type)) return;
  const verdict = operator === "==" ? "false" : "true";
  const literal = right.node.kind === "literal" ? right : left;
  const other = literal === right ? left : right;
  const texts = knownTexts(other.type);
  const place = { start: left.node.start, end: right.node.end };
  const known = knownValues(other.type);
  if (
    literal.node.kind === "literal" && known.length > 0 && known.some(isLike(literal.node.value))
  ) {
    report({
      code: "comparison-constant",
      severity: "warning",
      message: `This is always ${verdict}: the value is never ${
        String(literal.node.value)
      }; it is ${known.length > 1 ? "one of " : ""}${listedValues(known)}`,
      ...place,
    });
    return;
  }
  if (
    literal.node.kind !== "literal" || typeof literal.node.value !== "string" || texts.length === 0
  ) {
    report({
      code: "comparison-constant",
      severity: "warning",
      message: `This is always ${verdict}: it compares ${typeText(left.type)} with ${
        typeText(right.type)
      }`,
      ...place,
    });
    return;
  }
  const guess = closestName(literal.node.value, texts);
  const hint = guess ? `did you mean "${guess}"?` : `it is one of ${listed(texts)}`;
  report({
    code: "comparison-constant",
    severity: "warning",
    message: `This is always ${verdict}: the value is never "${literal.node.value}"; ${hint}`,
    ...place,
    ...(guess &&
      { fix: { text: guess, start: literal.node.start + 1, end: literal.node.end - 1 } }),
  });
}

function checkMembership(operator: "in" | "not in", { left, right, report }: Comparison): void {
  if (right.type.kind === "array" && !overlap(left.type, right.type.items)) {
    const values = [...knownTexts(left.type).map((text) => `"${text}"`), ...knownValues(left.type)];
    const what = values.length > 0
      ? `it is ${values.length > 1 ? "one of " : ""}${listedValues(values)}`
      : `it is ${typeText(left.type)}`;
    report({
      code: "comparison-constant",
      severity: "warning",
      message: `This is always ${
        operator === "in" ? "false" : "true"
      }: the value is in no such list; ${what}`,
      start: left.node.start,
      end: right.node.end,
    });
    return;
  }
  const fits = mayBe(right.type, ["array"]) ||
    (mayBe(left.type, ["string"]) && mayBe(right.type, ["string", "object"]));
  if (fits) return;
  report({
    code: "operator-type",
    message: `Cannot use "${operator}" with ${typeText(left.type)} and ${typeText(right.type)}: ` +
      "a list is to stand behind it, or a text or mapping with a text before it",
    start: left.node.start,
    end: right.node.end,
  });
}

const ORDERED = ["number", "string", "datetime", "date"] as const;

function checkOrder(operator: string, { left, right, report }: Comparison): void {
  if (ORDERED.some((kind) => mayBe(left.type, [kind]) && mayBe(right.type, [kind]))) return;
  report({
    code: "operator-type",
    message: `Cannot tell which comes first with "${operator}": one value is ${
      typeText(left.type)
    }, the other ${typeText(right.type)}`,
    start: left.node.start,
    end: right.node.end,
  });
}

/** Text from a hole outside of quotes takes the type of what it stands beside, so nothing is known of it. */
function operandType(node: Node, typeOf: TypeOf): Type {
  const type = typeOf(node);
  const isPasted = node.kind === "hole" && !isQuoting(node.expression);
  return isPasted && mayBe(type, ["string"]) && !hasKnownTexts(type) ? ANY : type;
}

function hasKnownTexts(type: Type): boolean {
  return type.kind === "string" &&
    (type.oneOf?.every((text) => /^[a-z_-]+$/i.test(text)) ?? false) &&
    !type.oneOf?.some((text) => /^(?:true|false|null|none)$/i.test(text));
}

function knownTexts(type: Type): readonly string[] {
  return optionsOf(type).flatMap((option) => option.kind === "string" ? option.oneOf ?? [] : []);
}

/** The only numbers and truth values that a value can be. */
function knownValues(type: Type): readonly (number | boolean)[] {
  return optionsOf(type).flatMap((option) =>
    option.kind === "number" || option.kind === "bool" ? option.oneOf ?? [] : []
  );
}

function isLike(value: unknown): (other: unknown) => boolean {
  return (other) => typeof other === typeof value;
}

const MAX_LISTED = 8;

function listedValues(values: readonly (string | number | boolean)[]): string {
  const shown = values.slice(0, MAX_LISTED).join(", ");
  return values.length > MAX_LISTED ? `${shown}, …` : shown;
}

function listed(texts: readonly string[]): string {
  const shown = texts.slice(0, MAX_LISTED).map((text) => `"${text}"`).join(", ");
  return texts.length > MAX_LISTED ? `${shown}, …` : shown;
}

function isQuoting(node: Node): node is FilterNode {
  return node.kind === "filter" && node.name === "rstr";
}
