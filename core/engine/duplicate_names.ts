/**
 * Names that several workflows of one folder have.
 *
 * @module
 */
import type { Workflow } from "../model/workflow.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { Place } from "../source/span.ts";

/** Each name that several of these workflows have, with an error for each place but the first. */
export function duplicateNames(
  workflows: readonly Workflow[],
): ReadonlyMap<string, readonly Diagnostic[]> {
  const twice = new Map<string, readonly Diagnostic[]>();
  for (const [name, [first, ...others]] of Map.groupBy(workflows, (workflow) => workflow.name)) {
    if (first === undefined || others.length === 0) continue;
    twice.set(
      name,
      others.map((other) => ({
        code: "workflow-duplicate",
        severity: "error",
        message: `Workflow "${name}" is defined twice, so neither can be run; rename one of them`,
        place: placeOfName(other),
        related: [{ message: "the other one", place: placeOfName(first) }],
      })),
    );
  }
  return twice;
}

function placeOfName({ document, path }: Workflow): Place {
  const span = path.length === 0 ? document.locate(["name"]) : document.locate(path, "key");
  return { file: document.file, span };
}
