/**
 * A schedule starts its workflow with parameters that it will not take.
 *
 * @module
 */
import { hasTemplate } from "../../expr/template.ts";
import type { Value, ValueObject } from "../../expr/value.ts";
import { convertParam } from "../../model/param_value.ts";
import type { Workflow } from "../../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../../model/written.ts";
import { closestName } from "../../source/closest_name.ts";
import type { Path } from "../../source/document.ts";
import type { Rule, RuleFinding } from "../rule.ts";

/** Reports what a schedule gives wrongly, or does not give: no run of it could begin. */
export const scheduleParams: Rule = {
  code: "schedule-params",
  summary: "A schedule starts its workflow without a parameter that it needs, or with a wrong one",
  check(workflow, { report }) {
    const { schedules, releases } = workflow.triggers;
    if (workflow.unread.touches([...workflow.path, "params"])) return;
    for (const { params, path } of schedules) {
      for (const finding of problemsOf(params, { workflow, path, takesParams: true })) {
        report(finding);
      }
    }
    for (const { path } of releases) {
      const missing = missingIn({}, { workflow, path, takesParams: false });
      if (missing !== undefined) report(missing);
    }
  },
};

interface Entry {
  readonly workflow: Workflow;
  /** Where the entry of `on` stands. */
  readonly path: Path;
  /** Whether the entry may give parameters. */
  readonly takesParams: boolean;
}

function problemsOf(given: ValueObject, entry: Entry): readonly RuleFinding[] {
  const wrong = Object.entries(given).flatMap(([name, value]) => {
    const problem = problemWith(name, value, entry);
    return problem === undefined ? [] : [problem];
  });
  const missing = missingIn(given, entry);
  return missing === undefined ? wrong : [...wrong, missing];
}

function problemWith(name: string, value: Value, entry: Entry): RuleFinding | undefined {
  const { workflow: { params }, path: at } = entry;
  const path = [...at, "params", name];
  const param = params.get(name);
  if (param === undefined) return unknown(name, { declared: [...params.keys()], path });
  if (holdsTemplate(value)) {
    const message =
      `The parameter "${name}" of a schedule is taken as it is written: no expression is read there; write the value, or compute it in a stage`;
    return { message, path };
  }
  const converted = convertParam(param, value, { nowMs: 0 });
  if (converted.ok) return undefined;
  const message =
    `No run of this schedule can begin: the workflow does not take the parameter "${name}": ${converted.message}`;
  return { message, path };
}

function unknown(
  name: string,
  { declared, path }: { readonly declared: readonly string[]; readonly path: Path },
): RuleFinding {
  const guess = closestName(name, declared);
  const hint = guess === undefined ? "" : `; did you mean "${guess}"?`;
  const message = `The workflow declares no parameter "${name}"${hint}`;
  const fix = guess === undefined ? {} : { fix: { text: guess, was: name } };
  return { severity: "warning", message, path, target: "key", ...fix };
}

function missingIn(
  given: ValueObject,
  { workflow, path, takesParams }: Entry,
): RuleFinding | undefined {
  // A misspelt one is told where it is written.
  const meant = Object.keys(given).map((name) => closestName(name, workflow.params.keys()));
  const missing = [...workflow.params].filter(([name, { required }]) =>
    required && !Object.hasOwn(given, name) && !meant.includes(name)
  );
  if (missing.length === 0) return undefined;
  const names = missing.map(([name]) => `"${name}"`).join(", ");
  const [it, each] = missing.length === 1 ? ["it", "it"] : ["them", "each of them"];
  const otherwise = `give ${each} a "default" and no "required"`;
  const hint = takesParams
    ? `write "params" with ${it} at this schedule, or ${otherwise}`
    : `what follows another workflow is given no parameters, so ${otherwise}`;
  const message = `No run can begin by itself: the workflow needs ${names}; ${hint}`;
  return { severity: "warning", message, path };
}

function holdsTemplate(value: Value): boolean {
  if (typeof value === "string") return hasTemplate(value);
  if (isWrittenList(value)) return value.some(holdsTemplate);
  return isWrittenMapping(value) && Object.values(value).some(holdsTemplate);
}
