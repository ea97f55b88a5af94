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
import type { Diagnostic } from "../source/diagnostic.ts";
import { ContextTypes } from "./contexts/context_types.ts";
import { ignoredIn } from "./ignored.ts";
import { readTexts } from "./read_texts.ts";
import type { CheckFacts } from "./rule.ts";
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
    const report = (diagnostic: Diagnostic): void => {
      if (rule.vital || !ignored.has(diagnostic)) found.push(diagnostic);
    };
    rule.check(workflow, {
      facts,
      texts,
      types,
      report: (finding) => {
        if (facts.errorsOnly && (finding.severity ?? "error") !== "error") return;
        report(diagnose(workflow.document, { code: rule.code, ...finding }));
      },
    });
  }
  return withoutRepeats(found.toSorted(byPlace)).slice(0, MAX_FINDINGS);
}

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
