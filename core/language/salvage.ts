/**
 * The workflows of a text that is not right yet: whatever is wrong is taken out
 * until the rest can be read. What somebody is typing is nearly always wrong.
 *
 * @module
 */
import type { Finding } from "../model/finding.ts";
import { loadDocument, type LoadOptions } from "../model/load_workflow.ts";
import type { Workflow } from "../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import type { Path, SourceDocument } from "../source/document.ts";

/** How often what is wrong is taken out: one mistake may have hidden another. */
const MAX_ROUNDS = 4;

/** How many mistakes are taken out in a round. */
const MAX_REMOVED = 200;

/** What a document holds as far as it can be read. */
export function salvage(document: SourceDocument, options: LoadOptions): readonly Workflow[] {
  let value = document.value;
  const removed = new Set<string>();
  let workflows: readonly Workflow[] = [];
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const loaded = loadDocument(withValue(document, value), options);
    workflows = loaded.workflows;
    const wrong = loaded.findings.filter(hidesThings).slice(0, MAX_REMOVED);
    if (wrong.length === 0) break;
    for (const { path } of wrong) value = without(value, spotOf(path, removed));
  }
  return workflows;
}

/** Errors for which a whole part is passed over. */
const HIDING: ReadonlySet<string> = new Set([
  "value-invalid",
  "key-unknown",
  "stage-kind-unknown",
  "param-type-unknown",
]);

function hidesThings({ code, severity = "error" }: Finding): boolean {
  return severity === "error" && HIDING.has(code);
}

/** What did not help the last time is tried one level further up. */
function spotOf(path: Path, removed: Set<string>): Path {
  for (let length = path.length; length > 0; length--) {
    const spot = path.slice(0, length);
    const name = JSON.stringify(spot.map(String));
    if (removed.has(name)) continue;
    removed.add(name);
    return spot;
  }
  return path;
}

function withValue(document: SourceDocument, value: unknown): SourceDocument {
  const { file, text } = document;
  return {
    ...{ file, text, value },
    errors: [],
    locate: (path, target) => document.locate(path, target),
    placeInScalar: (path, start, end) => document.placeInScalar(path, start, end),
  };
}

/** A copy in which there is less at `path`. Lists keep their length, since paths count in them. */
function without(value: unknown, [step, ...rest]: Path): unknown {
  if (step === undefined) return value;
  if (isWrittenList(value)) {
    const at = Number(step);
    return value.map((item, index) =>
      index === at ? (rest.length === 0 ? bare(item) : without(item, rest)) : item
    );
  }
  if (!isWrittenMapping(value)) return value;
  const entries = Object.entries(value);
  const kept = rest.length === 0
    ? entries.filter(([key]) => key !== String(step))
    : entries.map(([key, item]) =>
      [key, key === String(step) ? without(item, rest) : item] as const
    );
  return Object.fromEntries(kept);
}

/** An item of a list with nothing in it but what names it. */
function bare(item: unknown): unknown {
  if (!isWrittenMapping(item)) return {};
  return Object.fromEntries(
    Object.entries(item).filter(([key]) => key === "name" || key === "id"),
  );
}
