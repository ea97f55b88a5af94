/**
 * A stage starts a workflow with parameters that it will not take.
 *
 * @module
 */
import { hasTemplate } from "../../expr/template.ts";
import type { Value, ValueObject } from "../../expr/value.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import { convertParams } from "../../plan/params.ts";
import type { Rule } from "../rule.ts";
import { triggerStages } from "../trigger_stages.ts";

/** Reports what a trigger stage gives wrongly, or does not give, as far as it is written out. */
export const triggerParams: Rule = {
  code: "trigger-params",
  summary: "A stage starts a workflow without a parameter that it needs, or with a wrong one",
  check(workflow, { facts: { workflows }, report }) {
    for (const { stage, target } of triggerStages(workflow)) {
      const triggered = workflows?.(target);
      const given = stage.input.params ?? {};
      if (triggered === undefined || !isWrittenMapping(given)) continue;

      const declared = new Map([...triggered.params].filter(([name]) => isKnown(given, name)));
      const converted = convertParams(declared, given, { nowMs: 0 });
      for (const { param, message, given: value } of converted.ok ? [] : converted.errors) {
        report({
          severity: "warning",
          message:
            `Stage "${stage.name}" will fail: workflow "${target}" does not take its parameters: ${message}`,
          path: value === undefined ? [...stage.path, "trigger"] : [...stage.path, "params", param],
        });
      }
    }
  },
};

function isKnown(given: ValueObject, name: string): boolean {
  return !Object.hasOwn(given, name) || !holdsTemplate(given[name] ?? null);
}

function holdsTemplate(value: Value): boolean {
  if (typeof value === "string") return hasTemplate(value);
  if (isWrittenList(value)) return value.some(holdsTemplate);
  return isWrittenMapping(value) && Object.values(value).some(holdsTemplate);
}
