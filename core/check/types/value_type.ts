/**
 * The types of values that are written out, and of what templates among them
 * will give.
 *
 * @module
 */
import { hasTemplate } from "../../expr/template.ts";
import { Datetime } from "../../expr/datetime.ts";
import type { Value } from "../../expr/value.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import { MAX_KNOWN_TEXTS, mergeTypes } from "./merge_types.ts";
import {
  ANY,
  arrayOf,
  DATE,
  DATETIME,
  NULL,
  oneOf,
  only,
  propertiesOf,
  type Type,
} from "./type.ts";

/** Finds the type of a text with templates. */
export type TemplateType = (text: string) => Type;

/**
 * The type of a written value.
 *
 * @param templateType What a text with templates gives. By default it may give anything.
 */
export function valueType(value: Value, templateType: TemplateType = () => ANY): Type {
  if (value === null) return NULL;
  if (typeof value === "boolean" || typeof value === "number") return only(value);
  if (typeof value === "string") return hasTemplate(value) ? templateType(value) : oneOf(value);
  if (value instanceof Datetime) return value.kind === "date" ? DATE : DATETIME;
  if (isWrittenList(value)) return arrayOf(itemsType(value, templateType));
  if (!isWrittenMapping(value)) return ANY;
  const entries = Object.entries(value).map(([name, item]) =>
    [name, valueType(item, templateType)] as const
  );
  return { kind: "object", properties: propertiesOf(Object.fromEntries(entries)) };
}

/** What the items of a written list are; of a long one only the first are looked at, and the others may be anything. */
export function itemsType(items: readonly Value[], templateType: TemplateType = () => ANY): Type {
  if (items.length > MAX_KNOWN_TEXTS) return ANY;
  return mergeTypes(items.map((item) => valueType(item, templateType)));
}
