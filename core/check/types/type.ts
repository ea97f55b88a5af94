/**
 * The types of values, as far as they can be told before anything runs.
 *
 * @module
 */

/** What a value will be. */
export type Type = PlainType | ConstantType | StringType | ArrayType | ObjectType | UnionType;

/** A type without parts; `any` may be everything and is never complained about. */
export interface PlainType {
  /** Which. */
  readonly kind: "any" | "null" | "datetime" | "date" | "secret";
}

/** A number or a truth value. */
export interface ConstantType {
  /** Which. */
  readonly kind: "bool" | "number";
  /** The only values that it can be, where they are known. */
  readonly oneOf?: readonly (number | boolean)[];
}

/** A text. */
export interface StringType {
  /** Tells the type from others. */
  readonly kind: "string";
  /** The only texts that it can be, where they are known. */
  readonly oneOf?: readonly string[];
  /** Whether it is a length of time, `1h30m`: such texts are equal or greater only as what they stand for. */
  readonly isDuration?: boolean;
}

/** A list. */
export interface ArrayType {
  /** Tells the type from others. */
  readonly kind: "array";
  /** What its items are. */
  readonly items: Type;
}

/**
 * A mapping: strict when it has the known properties alone, loose when others
 * may be anything (`rest` is `any`), mapped when all are alike (`rest` alone).
 */
export interface ObjectType {
  /** Tells the type from others. */
  readonly kind: "object";
  /** What is known of it. Made when it is looked for, so that a thousand jobs cost nothing. */
  readonly properties: Properties;
  /** What all other properties are; without it there are none. */
  readonly rest?: Type;
  /** What it is called in messages: `the outputs of job "split"`. */
  readonly title?: string;
  /** Why a name that somebody may have in mind is not among the properties. */
  readonly explain?: (name: string) => Absence | undefined;
}

/** One of several types. */
export interface UnionType {
  /** Tells the type from others. */
  readonly kind: "union";
  /** Which; at least two, none of them a union or `any`. */
  readonly options: readonly Exclude<Type, UnionType>[];
}

/** The properties of an {@linkcode ObjectType}. */
export interface Properties {
  /** The property of this name, or `undefined`. */
  get(name: string): Property | undefined;
  /** The names there are. */
  names(): Iterable<string>;
}

/** One property. */
export interface Property {
  /** What it is. */
  readonly type: Type;
  /** Why it may be missing, where it may: `stage "read" has an "if" and may be skipped`. */
  readonly absent?: string;
}

/** Why a name is not there. */
export interface Absence {
  /** The code of the diagnostic. */
  readonly code: string;
  /** How bad it is. @default "error" */
  readonly severity?: "error" | "warning";
  /** The whole message. */
  readonly message: string;
  /** The name that was probably meant. */
  readonly meant?: string;
  /** What it is in spite of that, where it may be there after all. @default any */
  readonly type?: Type;
}

/** May be everything. */
export const ANY: Type = { kind: "any" };
/** Nothing. */
export const NULL: Type = { kind: "null" };
/** True or false. */
export const BOOL: Type = { kind: "bool" };
/** A number. */
export const NUMBER: Type = { kind: "number" };
/** A text. */
export const STRING: Type = { kind: "string" };
/** A text that is a length of time. */
export const DURATION: Type = { kind: "string", isDuration: true };
/** A point in time. */
export const DATETIME: Type = { kind: "datetime" };
/** A day. */
export const DATE: Type = { kind: "date" };
/** A text that nobody may see: it can be handed over, and nothing be computed with it. */
export const SECRET: Type = { kind: "secret" };
/** A mapping of which nothing is known. */
export const LOOSE: Type = { kind: "object", properties: propertiesOf({}), rest: ANY };
/** A list of which nothing is known. */
export const LIST: Type = { kind: "array", items: ANY };

/** A text that is one of these. */
export function oneOf(...texts: readonly string[]): Type {
  return { kind: "string", oneOf: texts };
}

/** A number or truth value that is this one. */
export function only(value: number | boolean): Type {
  return { kind: typeof value === "number" ? "number" : "bool", oneOf: [value] };
}

/** A list of these. */
export function arrayOf(items: Type): Type {
  return { kind: "array", items };
}

/** A mapping with these properties alone. */
export function strictObject(
  types: Readonly<Record<string, Type | Property>>,
  title?: string,
): ObjectType {
  const properties = propertiesOf(types);
  return title === undefined
    ? { kind: "object", properties }
    : { kind: "object", properties, title };
}

/** A mapping in which everything is of one type. */
export function mapOf(rest: Type): ObjectType {
  return { kind: "object", properties: propertiesOf({}), rest };
}

/** The properties that a plain mapping lists. */
export function propertiesOf(types: Readonly<Record<string, Type | Property>>): Properties {
  const properties = new Map(
    Object.entries(types).map(([name, type]) => [name, "kind" in type ? { type } : type]),
  );
  return { get: (name) => properties.get(name), names: () => properties.keys() };
}

/** The types that a value may be of: the options of a union, else the type itself. */
export function optionsOf(type: Type): readonly Exclude<Type, UnionType>[] {
  return type.kind === "union" ? type.options : [type];
}

/** The most names of a mapping that are listed in its words. */
const MAX_LISTED_NAMES = 4;

/** A type in words: `string`, `array<number>`, `object{rows: number}`, `string or null`. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "union":
      return [...new Set(type.options.map(typeText))].join(" or ");
    case "array":
      return type.items.kind === "any" ? "array" : `array<${typeText(type.items)}>`;
    case "object":
      return mappingText(type);
    case "string":
      return type.isDuration ? "duration" : "string";
    default:
      return type.kind;
  }
}

/** What has a title is told by that where it matters; of others a few names say enough. */
function mappingText({ properties, rest, title }: ObjectType): string {
  if (rest !== undefined || title !== undefined) return "object";
  const names = [...properties.names()];
  if (names.length === 0 || names.length > MAX_LISTED_NAMES) return "object";
  const listed = names.map((name) => `${name}: ${typeText(properties.get(name)?.type ?? ANY)}`);
  return `object{${listed.join(", ")}}`;
}
