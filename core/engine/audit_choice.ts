/**
 * Which audits the settings choose: one or several, by name, by URL or with
 * options.
 *
 * ```text
 * file                          sqlite:///var/lib/audits.db     {type: file, path: ./audits}
 * file,sqlite                   file:./audits                   [file, {type: sqlite, path: a.db}]
 * ```
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";

/** More audits than this are a mistake. */
export const MAX_AUDITS = 10;

const NAME = /^[A-Za-z][\w-]*$/;
const URL = /^([A-Za-z][\w-]*):(?:\/\/)?(.+)$/s;

/** The audits that a value chooses, each as `{type, …}`; `undefined` for one that chooses none. */
export function auditChoices(value: Value): readonly ValueObject[] | undefined {
  const parts = typeof value === "string"
    ? value.split(",")
    : isWrittenList(value)
    ? value
    : [value];
  const choices = parts.map(choiceIn);
  if (choices.length === 0 || choices.length > MAX_AUDITS) return undefined;
  return choices.every((choice) => choice !== undefined) ? choices : undefined;
}

function choiceIn(value: Value): ValueObject | undefined {
  if (isWrittenMapping(value)) return choiceOfMapping(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (NAME.test(text)) return { type: text };
  const [, type, path] = URL.exec(text) ?? [];
  return type === undefined || path === undefined ? undefined : { type, path };
}

/** A mapping without a type means the file, as the reference does. */
function choiceOfMapping(mapping: ValueObject): ValueObject | undefined {
  const { type = "file" } = mapping;
  return typeof type === "string" && NAME.test(type) ? { ...mapping, type } : undefined;
}
