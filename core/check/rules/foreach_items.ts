/**
 * A foreach stage gets what it cannot go through.
 *
 * @module
 */
import type { Value } from "../../expr/value.ts";
import type { Stage } from "../../model/workflow.ts";
import { isWrittenList } from "../../model/written.ts";
import type { Inspection, Rule } from "../rule.ts";
import { placedStages, type Site } from "../site.ts";
import { mayBe } from "../types/accepts.ts";
import { type Type, typeText } from "../types/type.ts";
import { valueType } from "../types/value_type.ts";

const FOREACH = "foreach";

/** Reports a foreach of what is no list, and one over items that have no name of their own. */
export const foreachItems: Rule = {
  code: "foreach-items",
  summary: "A foreach stage gets what is no list, or items that it cannot tell apart",
  check({ jobs }, { types, report }) {
    for (const job of jobs.values()) {
      for (const { stage, branch } of placedStages(job)) {
        if (stage.syntax.name !== FOREACH) continue;
        const problem = problemWith(
          stage,
          listType(stage.input[FOREACH] ?? null, { job, stage, branch }, types),
        );
        if (problem !== undefined) {
          report({ severity: "warning", message: problem, path: [...stage.path, FOREACH] });
        }
      }
    }
  },
};

function listType(given: Value, site: Site, types: Inspection["types"]): Type {
  return valueType(given, (text) => types.templateType(text, site));
}

function problemWith({ name, input }: Stage, type: Type): string | undefined {
  if (!mayBe(type, ["array", "string"])) {
    return `Stage "${name}" will fail: it goes through a list, but this gives ${typeText(type)}`;
  }
  const byIndex = input.use_index_as_key ?? input["use-index-as-key"] ?? false;
  if (byIndex !== false || type.kind !== "array" || isEmpty(input[FOREACH])) return undefined;
  if (mayBe(type.items, ["string", "number", "bool", "null", "date", "datetime"])) return undefined;
  return `Stage "${name}" will fail: items of type ${
    typeText(type.items)
  } have no name of their own; ` +
    'write "use-index-as-key: true"';
}

function isEmpty(given: Value | undefined): boolean {
  return isWrittenList(given) && given.length === 0;
}
