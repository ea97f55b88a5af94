/**
 * The filters that every expression may use.
 *
 * @module
 */
import { floatOf, intOf, lengthOf, listOf, mappingOf } from "./conversion.ts";
import { Datetime } from "./datetime.ts";
import { orderOf } from "./equality.ts";
import type { ExpressionFilter, FilterTable } from "./evaluation_context.ts";
import { ExpressionError } from "./expression_error.ts";
import { hostOf } from "./host.ts";
import { toJson } from "./json.ts";
import { MAX_LIST_ITEMS, tooManyItems } from "./operators.ts";
import { indexOutOfRange, NO_DATETIME, wrongContainer } from "./reference_messages.ts";
import { boundedText, reprOf, textOf } from "./text.ts";
import { pythonTypeName } from "./type_name.ts";
import type { Value } from "./value.ts";
import { entriesOf, entryOf, isList, isMapping, namesOf } from "./view.ts";

/** The filters by name. The built-in ones win over a plugin's (REFERENCE C-357): `new Map([...mine, ...BUILTIN_FILTERS])`. */
export const BUILTIN_FILTERS: FilterTable = tableOf([
  {
    name: "abs",
    input: ["number"],
    params: [],
    returns: ["number"],
    summary: "A number without its sign",
    apply: (value) => Math.abs(Number(value)),
  },
  {
    name: "str",
    input: ["any"],
    params: [],
    returns: ["string"],
    summary: "The value as text",
    apply: (value) => textOf(value),
  },
  {
    name: "rstr",
    input: ["any"],
    params: [],
    returns: ["string"],
    summary: "The value as text in quotes",
    apply: (value) => reprOf(textOf(value)),
  },
  {
    name: "int",
    input: ["any"],
    params: [],
    returns: ["number"],
    summary: "The value as a whole number",
    apply: (value) => intOf(value),
  },
  {
    name: "float",
    input: ["any"],
    params: [],
    returns: ["number"],
    summary: "The value as a number",
    apply: (value) => floatOf(value),
  },
  {
    name: "list",
    input: ["any"],
    params: [],
    returns: ["array"],
    summary: "A list as it is, the names of a mapping, or the characters of a text",
    apply: (value) => listOf(value),
  },
  {
    name: "dict",
    input: ["any"],
    params: [],
    returns: ["object"],
    summary: "A mapping as it is, or one made of a list of pairs",
    apply: (value) => mappingOf(value),
  },
  {
    name: "title",
    input: ["string"],
    params: [],
    returns: ["string"],
    summary: "A text with each word beginning in upper case",
    apply: (value) => textOf(value).toLowerCase().replace(WORD, capitalized),
  },
  {
    name: "upper",
    input: ["string"],
    params: [],
    returns: ["string"],
    summary: "A text in upper case",
    apply: (value) => boundedText([textOf(value).toUpperCase()]),
  },
  {
    name: "lower",
    input: ["string"],
    params: [],
    returns: ["string"],
    summary: "A text in lower case",
    apply: (value) => boundedText([textOf(value).toLowerCase()]),
  },
  {
    name: "trim",
    input: ["string"],
    params: [],
    returns: ["string"],
    summary: "A text without white space at its ends",
    apply: (value) => textOf(value).trim(),
  },
  {
    name: "split",
    input: ["string"],
    params: [{ name: "separator", types: ["string", "null"], fallback: null }],
    returns: ["array"],
    summary: "The parts of a text between separators, or its words",
    apply: (value, [separator = null]) => partsOf(textOf(value), separator),
  },
  {
    name: "join",
    input: ["array"],
    params: [{ name: "separator", types: ["string"], fallback: "" }],
    returns: ["string"],
    summary: "The items of a list as one text",
    apply: (value, [separator = ""]) => boundedText(itemsOf(value).map(textOf), textOf(separator)),
  },
  {
    name: "keys",
    input: ["object"],
    params: [],
    returns: ["array"],
    summary: "The names in a mapping",
    apply: (value) => isMapping(value) ? [...namesOf(value)] : undefined,
  },
  {
    name: "values",
    input: ["object"],
    params: [],
    returns: ["array"],
    summary: "The values in a mapping",
    apply: (value) =>
      isMapping(value) ? Array.from(entriesOf(value), ([, entry]) => entry) : undefined,
  },
  {
    name: "length",
    input: ["string", "array", "object"],
    params: [],
    returns: ["number"],
    summary: "How many characters, items or names there are",
    apply: (value) => lengthOf(value),
  },
  {
    name: "first",
    input: ["array"],
    params: [],
    returns: ["any"],
    summary: "The first item of a list, null when it is empty",
    apply: (value) => itemsOf(value).at(0) ?? null,
  },
  {
    name: "last",
    input: ["array"],
    params: [],
    returns: ["any"],
    summary: "The last item of a list, null when it is empty",
    apply: (value) => itemsOf(value).at(-1) ?? null,
  },
  {
    name: "unique",
    input: ["array"],
    params: [],
    returns: ["array"],
    summary: "The items of a list, each once, where it came first",
    apply: (value) => [...new Map(itemsOf(value).map((item) => [reprOf(item), item])).values()],
  },
  {
    name: "sort",
    input: ["array"],
    params: [],
    returns: ["array"],
    summary: "The items of a list, least first",
    apply: (value) => itemsOf(value).toSorted(orderOf),
  },
  {
    name: "getitem",
    input: ["any"],
    params: [
      { name: "key", types: ["string", "number"] },
      { name: "default", types: ["any"], fallback: null },
    ],
    returns: ["any"],
    summary: "What a mapping has under a name, else the default",
    apply: (value, [key = null, fallback = null]) => entryOrDefault(value, key, fallback),
  },
  {
    name: "getindex",
    input: ["any"],
    params: [{ name: "index", types: ["number"] }],
    returns: ["any"],
    summary: "The item of a list at a position, counted from 0",
    apply: (value, [index = null]) => itemAt(value, Number(index)),
  },
  coalescing("coalesce"),
  coalescing("default"),
  {
    name: "fmt",
    input: ["any"],
    params: [{ name: "fmt", types: ["string"], fallback: "%Y-%m-%d %H:%M:%S" }],
    returns: ["string"],
    summary: "A date or date-time written by a pattern, as strftime does",
    apply: (value, [pattern = null]) => formatted(value, textOf(pattern)),
  },
  {
    name: "json",
    input: ["any"],
    params: [],
    returns: ["string"],
    summary: "The value as JSON text",
    apply: (value) => boundedText([JSON.stringify(toJson(value))]),
  },
  {
    name: "base64",
    input: ["string"],
    params: [],
    returns: ["string"],
    summary: "The UTF-8 form of a text in base 64",
    apply: (value) => boundedText([base64(textOf(value))]),
  },
  {
    name: "host",
    input: ["string"],
    params: [],
    returns: ["string"],
    summary: "The host (and port, if any) that a URL names",
    apply: (value) => hostOf(textOf(value)),
  },
]);

function tableOf(filters: readonly ExpressionFilter[]): FilterTable {
  return new Map(filters.map((each) => [each.name, each]));
}

function coalescing(name: string): ExpressionFilter {
  return {
    name,
    input: ["any"],
    params: [{ name: "default", types: ["any"] }],
    returns: ["any"],
    summary: "The value, or the default when it is null",
    apply: (value, [fallback = null]) => value ?? fallback,
  };
}

function itemsOf(value: Value): readonly Value[] {
  return isList(value) ? value : [];
}

const WORD = /\p{L}+/gu;

function capitalized(word: string): string {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("");
}

function partsOf(text: string, separator: Value): readonly string[] | undefined {
  if (separator === "") return undefined;
  const parts = typeof separator === "string"
    ? text.split(separator, MAX_LIST_ITEMS + 1)
    : wordsOf(text);
  if (parts.length > MAX_LIST_ITEMS) throw tooManyItems();
  return parts;
}

function wordsOf(text: string): readonly string[] {
  const trimmed = text.trim();
  return trimmed === "" ? [] : trimmed.split(/\s+/, MAX_LIST_ITEMS + 1);
}

function entryOrDefault(value: Value, key: Value, fallback: Value): Value {
  if (isMapping(value)) return entryOf(value, textOf(key)) ?? fallback;
  throw misplaced("getitem", { expected: "dict", value });
}

function itemAt(value: Value, index: number): Value {
  if (!isList(value)) throw misplaced("getindex", { expected: "list", value });
  const item = value[index];
  if (item !== undefined) return item;
  throw new ExpressionError(indexOutOfRange(index, value.length));
}

function misplaced(filter: string, { expected, value }: Misplaced): ExpressionError {
  return new ExpressionError(wrongContainer(filter, { expected, found: pythonTypeName(value) }));
}

interface Misplaced {
  readonly expected: "dict" | "list";
  readonly value: Value;
}

/** A plain date is written, too, unlike by the reference (C-351): its time of day is midnight. */
function formatted(value: Value, pattern: string): string {
  if (value instanceof Datetime) {
    return boundedText([value.strftime(pattern)]);
  }
  throw new ExpressionError(NO_DATETIME);
}

const CHUNK_BYTES = 0x2000;

function base64(text: string): string {
  const bytes = new TextEncoder().encode(text);
  const chunks: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    chunks.push(String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES)));
  }
  return btoa(chunks.join(""));
}
