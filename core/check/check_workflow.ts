/**
 * What is wrong with a workflow, beyond its form: every rule looks at it once,
 * and all that they find comes in the order of the text.
 *
 * @module
 */
import { BUILTIN_FILTERS } from "../expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../expr/functions.ts";
import { diagnose } from "../model/finding.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Diagnostic, Severity } from "../source/diagnostic.ts";
import { ContextTypes } from "./contexts/context_types.ts";
import { ignoredIn } from "./ignored.ts";
import { readTexts } from "./read_texts.ts";
import type { CheckFacts, RuleFinding } from "./rule.ts";
import { RULES } from "./rules.ts";

export { RULES };

/** The most findings about one workflow. */
export const MAX_FINDINGS = 1_000;

/**
 * What is wrong with a workflow: errors, which stop a run before it begins,
 * and warnings, which do not. What the author asks not to hear of, in a
 * comment `# sluice: ignore CODE`, is left out.
 *
 * @example
 * ```ts
 * import { checkWorkflow } from "./check_workflow.ts";
 * import { loadWorkflow } from "../model/load_workflow.ts";
 * import { equal } from "node:assert/strict";
 *
 * const text = "name: etl\njobs:\n  extract: {}\n  load: {needs: [extrct]}\n";
 * const loaded = loadWorkflow(text, "etl.yml", { stages: [] });
 * const [workflow] = loaded.ok ? loaded.value : [];
 * const [found] = workflow ? checkWorkflow(workflow) : [];
 * equal(found?.code, "need-unknown");
 * equal(found?.place.span.start.line, 4);
 * ```
 */
export function checkWorkflow(workflow: Workflow, facts: CheckFacts = {}): readonly Diagnostic[] {
  const { functions = BUILTIN_FUNCTIONS, filters = BUILTIN_FILTERS, scriptLang = "ts" } = facts;
  const { workflows } = facts;
  const texts = readTexts(workflow, facts);
  const types = new ContextTypes(workflow, { functions, filters, scriptLang, workflows });
  const ignored = ignoredIn(workflow.document.text);
  const found: Diagnostic[] = [];
  for (const rule of RULES) {
    let count = 0;
    const report = (finding: RuleFinding): void => {
      const { severity = "error" } = finding;
      if (facts.errorsOnly && severity !== "error") return;
      // What could be better is of no use before the workflow is right, and may follow from what is not.
      if (!workflow.unread.isRight && severity === "info") return;
      const diagnostic = diagnose(workflow.document, { code: rule.code, ...finding });
      if (!rule.vital && ignored.has(diagnostic)) return;
      found.push(diagnostic);
      if (++count === MAX_FINDINGS) throw new EnoughFound();
    };
    untilEnough(() => rule.check(workflow, { facts, texts, types, report }));
  }
  return worst(withoutRepeats(found.toSorted(byPlace)));
}

/** Thrown where a rule has found as much as anybody may read, since to look for what was meant takes time. */
class EnoughFound extends Error {}

function untilEnough(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof EnoughFound)) throw error;
  }
}

/** Of too many, the errors: nothing that stops a run may be left out for something that does not. */
function worst(found: readonly Diagnostic[]): readonly Diagnostic[] {
  if (found.length <= MAX_FINDINGS) return found;
  return found.toSorted((one, other) => RANKS[one.severity] - RANKS[other.severity])
    .slice(0, MAX_FINDINGS).sort(byPlace);
}

const RANKS: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

function byPlace(one: Diagnostic, other: Diagnostic): number {
  const [a, b] = [one.place.span.start, other.place.span.start];
  return a.line - b.line || a.column - b.column;
}

// Two rules, or one rule by two ways, may come upon the same thing.
function withoutRepeats(found: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const diagnostic of found) {
    const { code, message, place } = diagnostic;
    const same = JSON.stringify([code, message, place.span]);
    if (!seen.has(same)) seen.set(same, diagnostic);
  }
  return [...seen.values()];
}
