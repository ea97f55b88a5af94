/**
 * The stage kind `foreach`: the same stages for each item of a list (REFERENCE
 * C-237 to C-239e).
 *
 * @module
 */
import { z } from "zod";
import { ExpressionError } from "../core/expr/expression_error.ts";
import { shortReprOf, textOf } from "../core/expr/text.ts";
import { pythonTypeName } from "../core/expr/type_name.ts";
import type { Value } from "../core/expr/value.ts";
import { isList, isMapping } from "../core/expr/view.ts";
import { convertParam } from "../core/model/param_value.ts";
import { isValue } from "../core/model/written.ts";
import type { Branch, Expansion } from "../core/plan/expansion.ts";
import { type CompositeStageKind, defineComposite } from "../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../core/source/forbidden_key.ts";
import { countOf, type CountRule, countSchema } from "./count.ts";

/** How many items run at once where a stage does not say. */
export const DEFAULT_CONCURRENT = 1;

/** The most items that run at once. */
export const MAX_CONCURRENT = 9;

/** The most items of a list. */
export const MAX_ITEMS = 100_000;

/** The longest text of an item that names its branch. */
export const MAX_ITEM_KEY_CHARS = 200;

/** Runs the same stages for each item of a list. The first item that fails cancels the others. */
export function foreach(): CompositeStageKind {
  return defineComposite({
    name: "foreach",
    keys: ["foreach"],
    summary: "Runs the same stages for each item of a list.",
    fields: {
      foreach: z.custom<Value>(isValue).describe("The list, or a template that gives one."),
      stages: z.array(z.unknown()).nullable().optional()
        .describe("What is done for each item, which they see as `item`."),
      concurrent: countSchema(CONCURRENT).optional().describe("How many items run at once."),
      concurrency: countSchema(CONCURRENT).optional().describe("The same as `concurrent`."),
      use_index_as_key: z.boolean().optional(),
      "use-index-as-key": z.boolean().optional()
        .describe("Whether items are told apart by their position, so that they may be alike."),
    },
    raw: ["concurrent", "concurrency"],
    bodies: () => ({ stages: ["stages"] }),
    outputs: z.object({ items: z.array(z.unknown()) }),
    scope: {
      binds: { item: { itemOf: "foreach" }, loop: z.number() },
      under: "foreach",
      shown: ["item"],
    },
    expand: (input, { render }) => {
      const byIndex = input.use_index_as_key ?? input["use-index-as-key"] ?? false;
      const limit = countOf(input.concurrent ?? input.concurrency, { ...CONCURRENT, render });
      return expansionOf(itemsOf(input.foreach), {
        limit,
        keyOf: byIndex ? keyOfIndex : keyOfItem,
      });
    },
  });
}

const CONCURRENT: CountRule = {
  name: "concurrent",
  max: MAX_CONCURRENT,
  fallback: DEFAULT_CONCURRENT,
};

function itemsOf(given: Value): readonly Value[] {
  const items = typeof given === "string" ? listIn(given) : given;
  if (isList(items) && items.length <= MAX_ITEMS) return items;
  if (isList(items)) {
    throw valueError(`A foreach runs at most ${MAX_ITEMS} items; this list has ${items.length}`);
  }
  throw notAList(given);
}

/** A list that was written as text: JSON, or as Python writes it. */
function listIn(text: string): Value {
  const param = { type: "array", description: "", required: true, range: {} } as const;
  const read = convertParam(param, text, { nowMs: 0 });
  return read.ok && text.trim() !== "" ? read.value : text;
}

function notAList(given: Value): ExpressionError {
  const [type, shown] = [pythonTypeName(given), shortReprOf(given)];
  const message = typeof given === "string"
    ? `Does not support string foreach: ${shown} that can not convert to list.`
    : `Does not support ${type} foreach: ${shown} (<class '${type}'>) yet.`;
  return new ExpressionError(message, { name: "TypeError" });
}

type KeyOf = (item: Value, index: number) => string;

function keyOfIndex(_item: Value, index: number): string {
  return String(index);
}

function keyOfItem(item: Value): string {
  if (isList(item) || isMapping(item)) {
    throw new ExpressionError(
      `An item of type ${pythonTypeName(item)} has no key of its own; set "use_index_as_key: true"`,
      { name: "TypeError" },
    );
  }
  const key = textOf(item);
  if (key.length <= MAX_ITEM_KEY_CHARS && !isForbiddenKey(key)) return key;
  throw valueError(
    `The item ${shortReprOf(item)} cannot be used as a key; set "use_index_as_key: true"`,
  );
}

function expansionOf(
  items: readonly Value[],
  { limit, keyOf }: { readonly limit: number; readonly keyOf: KeyOf },
): Expansion {
  const branches = items.map((item, loop): Branch => ({
    key: keyOf(item, loop),
    body: "stages",
    bindings: { item, loop },
  }));
  checkDistinct(branches);
  return {
    branches,
    limit,
    failFast: true,
    again: false,
    header: { items },
    noun: "item",
    under: "foreach",
    shown: ["item"],
  };
}

/** Keys are text, so `1` and `"1"` are twins here. */
function checkDistinct(branches: readonly Branch[]): void {
  if (new Set(branches.map(({ key }) => key)).size === branches.length) return;
  throw valueError(
    "Foreach item should not duplicate. If this stage must to pass duplicate item, " +
      "it should set `use_index_as_key: true`.",
  );
}

function valueError(message: string): ExpressionError {
  return new ExpressionError(message, { name: "ValueError" });
}
