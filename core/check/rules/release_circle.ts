/**
 * Workflows follow one another in a circle.
 *
 * @module
 */
import type { CheckFacts, Rule } from "../rule.ts";

/** The most workflows that are followed from one to the next. */
const MAX_FOLLOWED = 1_000;

/** Reports releases that lead back to their own workflow by way of others: no scheduler follows them, since their runs would never end. */
export const releaseCircle: Rule = {
  code: "release-circle",
  summary: "Workflows follow one another in a circle, so none of them is followed",
  check({ name, triggers: { releases } }, { facts, report }) {
    for (const { workflow: followed, path } of releases) {
      if (followed === name) continue;
      const way = wayBack(followed, { name, facts });
      if (way === undefined) continue;
      report({
        severity: "warning",
        message: `Nothing is started by this: ${[...way, name].join(" → ")} is a circle`,
        path,
      });
    }
  },
};

/** Whom to follow from one workflow to another, each the one before; the shortest way. */
function wayBack(
  from: string,
  { name, facts: { workflows } }: { readonly name: string; readonly facts: CheckFacts },
): readonly string[] | undefined {
  const before = new Map<string, string | undefined>([[from, undefined]]);
  for (const open of before.keys()) {
    if (open === name) return chain(name, before);
    if (before.size > MAX_FOLLOWED) return undefined;
    for (const { workflow } of workflows?.(open)?.triggers.releases ?? []) {
      if (!before.has(workflow)) before.set(workflow, open);
    }
  }
  return undefined;
}

/** From the workflow at the end of a way back to its beginning: the order in which they start. */
function chain(end: string, before: ReadonlyMap<string, string | undefined>): readonly string[] {
  const way: string[] = [];
  for (let name: string | undefined = end; name !== undefined; name = before.get(name)) {
    way.push(name);
  }
  return way;
}
