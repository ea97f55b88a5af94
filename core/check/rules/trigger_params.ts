/**
 * A stage starts a workflow with parameters that it will not take.
 *
 * @module
 */
import { hasTemplate } from "../../expr/template.ts";
import type { Value, ValueObject } from "../../expr/value.ts";
import type { Param } from "../../model/param.ts";
import { convertParam } from "../../model/param_value.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import type { Stage, Workflow } from "../../model/workflow.ts";
import { closestName } from "../../source/closest_name.ts";
import type { Rule, RuleFinding } from "../rule.ts";
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
      if (triggered.unread.touches([...triggered.path, "params"])) continue;
      for (const name of Object.keys(given)) {
        const finding = undeclared(name, { stage, triggered });
        if (finding !== undefined) report(finding);
      }
      for (const [name, param] of triggered.params) {
        const problem = problemWith(name, param, given);
        if (problem === undefined) continue;
        report({
          severity: "warning",
          message: `Stage "${stage.name}" will fail: workflow "${target}" ${problem}`,
          path: Object.hasOwn(given, name)
            ? [...stage.path, "params", name]
            : [...stage.path, "trigger"],
        });
      }
    }
  },
};

/** A run takes further parameters, but nothing says that anybody reads them. */
function undeclared(
  name: string,
  { stage, triggered }: { readonly stage: Stage; readonly triggered: Workflow },
): RuleFinding | undefined {
  const { params } = triggered;
  if (params.has(name)) return undefined;
  const guess = closestName(name, params.keys());
  return {
    severity: guess === undefined ? "info" : "warning",
    message: `Workflow "${triggered.name}" declares no parameter "${name}"` +
      (guess === undefined ? "" : `; did you mean "${guess}"?`),
    path: [...stage.path, "params", name],
    target: "key",
    ...(guess !== undefined && { fix: { text: guess, was: name } }),
  };
}

function problemWith(name: string, param: Param, given: ValueObject): string | undefined {
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  if (value === undefined) {
    return param.required ? `needs the parameter "${name}", which is not given` : undefined;
  }
  if (holdsTemplate(value)) return undefined;
  const converted = convertParam(param, value, { nowMs: 0 });
  return converted.ok ? undefined : `does not take the parameter "${name}": ${converted.message}`;
}

function holdsTemplate(value: Value): boolean {
  if (typeof value === "string") return hasTemplate(value);
  if (isWrittenList(value)) return value.some(holdsTemplate);
  return isWrittenMapping(value) && Object.values(value).some(holdsTemplate);
}
