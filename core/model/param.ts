/**
 * Parameters: what a workflow wants to be told before it runs
 * (REFERENCE §1.11).
 *
 * @module
 */
import { z } from "zod";
import type { Value } from "../expr/value.ts";
import { descriptionOf } from "./description.ts";
import { MAX_PATTERN_CHARS, parsePattern, type Pattern } from "./pattern.ts";
import { isValue } from "./written.ts";

/** What a parameter holds. */
export type ParamType =
  | "str"
  | "int"
  | "float"
  | "decimal"
  | "bool"
  | "date"
  | "datetime"
  | "duration"
  | "choice"
  | "map"
  | "array";

/** Limits of a value: of a number itself, of the length of a text, of the count of a list or mapping. */
export interface Range {
  /** At least so much. */
  readonly min?: number;
  /** At most so much. */
  readonly max?: number;
  /** More than so much. */
  readonly above?: number;
  /** Less than so much. */
  readonly below?: number;
}

/** What every parameter has. */
export interface DeclaredParam {
  /** What it is for. */
  readonly description: string;
  /** Whether a run cannot begin without it. */
  readonly required: boolean;
  /** What stands in when it is missing or null, as written. */
  readonly default?: Value;
}

/** A text. */
export interface StrParam extends DeclaredParam {
  /** What it holds. */
  readonly type: "str";
  /** How long it may be. */
  readonly range: Range;
  /** The form that the whole text must have. */
  readonly pattern?: Pattern;
}

/** A number. */
export interface NumberParam extends DeclaredParam {
  /** What it holds. */
  readonly type: "int" | "float" | "decimal";
  /** How large it may be. */
  readonly range: Range;
  /** Digits behind the point; of no meaning for `int`. */
  readonly precision: number;
}

/** A truth value, a point in time, or a length of time. */
export interface PlainParam extends DeclaredParam {
  /** What it holds. */
  readonly type: "bool" | "date" | "datetime" | "duration";
}

/** One of a few values. */
export interface ChoiceParam extends DeclaredParam {
  /** What it holds. */
  readonly type: "choice";
  /** The values there are; the first one stands in for null. */
  readonly options: readonly (string | number)[];
}

/** A mapping or a list. */
export interface CollectionParam extends DeclaredParam {
  /** What it holds. */
  readonly type: "map" | "array";
  /** How many entries it may have. */
  readonly range: Range;
}

/** A declared parameter. */
export type Param = StrParam | NumberParam | PlainParam | ChoiceParam | CollectionParam;

/** Digits behind the point where a parameter does not say. */
export const DEFAULT_PRECISION = 6;

/** The most digits behind the point. */
export const MAX_PRECISION = 15;

/** The most options of a choice. */
export const MAX_OPTIONS = 1_000;

const OTHER_NAMES: Readonly<Record<string, ParamType>> = {
  string: "str",
  integer: "int",
  number: "float",
  boolean: "bool",
  list: "array",
  dict: "map",
  object: "map",
  text: "str",
  timestamp: "datetime",
  timedelta: "duration",
  interval: "duration",
  enum: "choice",
};

const TYPES: readonly ParamType[] = [
  "str",
  "int",
  "float",
  "decimal",
  "bool",
  "date",
  "datetime",
  "duration",
  "choice",
  "map",
  "array",
];

/** Every name that a type may be written with. */
export const PARAM_TYPE_NAMES: readonly string[] = TYPES;

/** The type of this name. */
export function paramType(name: string): ParamType | undefined {
  return TYPES.find((type) => type === name);
}

/** The type that a name from another language means (REFERENCE C-050: such a name is an error). */
export function meantParamType(name: string): ParamType | undefined {
  const lower = name.toLowerCase();
  return Object.hasOwn(OTHER_NAMES, lower) ? OTHER_NAMES[lower] : undefined;
}

/** A parameter as written, once {@linkcode paramSchema} has accepted it. */
export interface WrittenParam {
  /** The name of its type. */
  readonly type: string;
  /** What it is for. */
  readonly desc?: string | null | undefined;
  /** The same; the reference's own pages write both. */
  readonly description?: string | null | undefined;
  /** Whether a run cannot begin without it. */
  readonly required?: boolean | undefined;
  /** What stands in for it. */
  readonly default?: unknown;
  /** The values of a choice. */
  readonly options?: readonly (string | number)[] | undefined;
  /** The same. */
  readonly choices?: readonly (string | number)[] | undefined;
  /** Digits behind the point. */
  readonly precision?: number | undefined;
  /** The form of a text. */
  readonly pattern?: string | undefined;
  /** At least; `ge` says the same. */
  readonly min?: number | undefined;
  /** At most; `le` says the same. */
  readonly max?: number | undefined;
  /** At least. */
  readonly ge?: number | undefined;
  /** At most. */
  readonly le?: number | undefined;
  /** More than. */
  readonly gt?: number | undefined;
  /** Less than. */
  readonly lt?: number | undefined;
}

/** How a parameter of a type is written. Keys that mean nothing are left to {@linkcode INERT_PARAM_KEYS}. */
export function paramSchema(type: ParamType): z.ZodType<WrittenParam> {
  const known = schemas.get(type);
  if (known !== undefined) return known;
  const schema = z.strictObject({ ...declaredShape(type), ...ownShape(type) });
  schemas.set(type, schema);
  return schema;
}

/** Keys that the reference's pages write and that have no effect, there as here. */
export const INERT_PARAM_KEYS: readonly string[] = ["format", "items_type"];

/** The parameter that was written as `written`. */
export function paramFrom(written: WrittenParam, type: ParamType): Param {
  const declared = {
    description: descriptionOf(written),
    required: written.required ?? (type === "choice" && written.default == null),
    ...(isValue(written.default) && { default: written.default }),
  };
  switch (type) {
    case "str":
      return { ...declared, type, range: rangeFrom(written), ...patternFrom(written) };
    case "int":
    case "float":
    case "decimal": {
      const precision = written.precision ?? DEFAULT_PRECISION;
      return { ...declared, type, range: rangeFrom(written), precision };
    }
    case "bool":
    case "date":
    case "datetime":
    case "duration":
      return { ...declared, type };
    case "choice":
      return { ...declared, type, options: written.options ?? written.choices ?? [] };
    case "map":
    case "array":
      return { ...declared, type, range: rangeFrom(written) };
    default:
      return type satisfies never;
  }
}

const schemas = new Map<ParamType, z.ZodType<WrittenParam>>();

function declaredShape(type: ParamType) {
  return {
    type: z.literal(type),
    desc: z.string().nullable().optional(),
    description: z.string().nullable().optional(),
    required: z.boolean().optional(),
    default: z.unknown().optional(),
  };
}

function ownShape(type: ParamType): z.ZodRawShape {
  switch (type) {
    case "str":
      return { ...rangeShape(z.int().min(0)), pattern: patternSchema() };
    case "int":
    case "float":
    case "decimal":
      return { ...rangeShape(z.number()), precision: z.int().min(0).max(MAX_PRECISION).optional() };
    case "choice":
      return { options: optionsSchema(), choices: optionsSchema() };
    case "map":
    case "array":
      return rangeShape(z.int().min(0));
    case "bool":
    case "date":
    case "datetime":
    case "duration":
      return {};
    default:
      return type satisfies never;
  }
}

function rangeShape(limit: z.ZodNumber | z.ZodInt): z.ZodRawShape {
  return {
    min: limit.optional(),
    max: limit.optional(),
    ge: limit.optional(),
    le: limit.optional(),
    gt: limit.optional(),
    lt: limit.optional(),
  };
}

function optionsSchema() {
  return z.array(z.union([z.string(), z.number()])).min(1).max(MAX_OPTIONS).optional();
}

function patternSchema() {
  return z.string().max(MAX_PATTERN_CHARS).superRefine((text, context) => {
    const parsed = parsePattern(text);
    if (!parsed.ok) {
      context.addIssue({ code: "custom", message: `Cannot read the pattern: ${parsed.message}` });
    }
  }).optional();
}

function rangeFrom(written: WrittenParam): Range {
  const [min, max] = [written.min ?? written.ge, written.max ?? written.le];
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(written.gt !== undefined && { above: written.gt }),
    ...(written.lt !== undefined && { below: written.lt }),
  };
}

function patternFrom(written: WrittenParam): { readonly pattern?: Pattern } {
  if (written.pattern === undefined) return {};
  const parsed = parsePattern(written.pattern);
  return parsed.ok ? { pattern: parsed.pattern } : {};
}
