/**
 * What the legs of a job are told apart by.
 *
 * @module
 */
import type { Value } from "../../expr/value.ts";
import type { Job, Strategy } from "../../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import { mergeTypes } from "../types/merge_types.ts";
import {
  ANY,
  LOOSE,
  type ObjectType,
  optionsOf,
  propertiesOf,
  type Property,
  type Type,
} from "../types/type.ts";
import { itemsType, type TemplateType, valueType } from "../types/value_type.ts";

/** The type of the name `matrix` in the stages of a job. */
export function matrixType({ id, strategy }: Job, templateType: TemplateType): Type {
  const title = `the matrix of job "${id}"`;
  if (strategy === undefined) return { kind: "object", properties: propertiesOf({}), title };
  const { matrix } = strategy;
  if (!isWrittenMapping(matrix)) return matrixOfTemplate(templateType(String(matrix)), title);
  const axes = Object.entries(matrix).map(([axis, values]) =>
    [axis, axisProperty(axis, values, { strategy, templateType })] as const
  );
  return { kind: "object", properties: propertiesOf(Object.fromEntries(axes)), title };
}

function matrixOfTemplate(type: Type, title: string): Type {
  const [only] = optionsOf(type);
  if (only?.kind !== "object" || optionsOf(type).length > 1) return LOOSE;
  const get = (axis: string): Property | undefined => {
    const property = only.properties.get(axis);
    return property && { type: itemsIn(property.type) };
  };
  const names = () => only.properties.names();
  const loose: ObjectType = { kind: "object", properties: { get, names }, title };
  return only.rest === undefined ? loose : { ...loose, rest: ANY };
}

/** What an axis holds: its own values and those that are included. */
function axisProperty(
  axis: string,
  values: Value,
  { strategy, templateType }: {
    readonly strategy: Strategy;
    readonly templateType: TemplateType;
  },
): Property {
  const own = isWrittenList(values)
    ? itemsType(values, templateType)
    : itemsIn(valueType(values, templateType));
  if (typeof strategy.include === "string") return { type: ANY };
  const included = strategy.include.flatMap((leg) =>
    Object.hasOwn(leg, axis) ? [leg[axis] ?? null] : []
  );
  const type = mergeTypes([own, ...included.map((value) => valueType(value, templateType))]);
  if (included.length === strategy.include.length) return { type };
  return { type, absent: `not every included combination has it` };
}

function itemsIn(type: Type): Type {
  return mergeTypes(
    optionsOf(type).map((option) => option.kind === "array" ? option.items : ANY),
  );
}
