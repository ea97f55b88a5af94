/**
 * What is wrong with a workflow, beyond its form: every rule looks at it once,
 * and all that they find comes in the order of the text.
 *
 * @module
 */
import { byPlace, diagnose } from "../model/finding.ts";
import type { Workflow } from "../model/workflow.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { CheckFacts, Rule } from "./rule.ts";
import { codeEmbedding } from "./rules/code_embedding.ts";
import { expressionSyntax } from "./rules/expression_syntax.ts";
import { needCycle } from "./rules/need_cycle.ts";
import { needDuplicate } from "./rules/need_duplicate.ts";
import { needUnknown } from "./rules/need_unknown.ts";
import { runnerMissing } from "./rules/runner_missing.ts";
import { triggerCycle } from "./rules/trigger_cycle.ts";
import { triggerParams } from "./rules/trigger_params.ts";
import { triggerUnknown } from "./rules/trigger_unknown.ts";

/** The rules, in the order in which they look. */
export const RULES: readonly Rule[] = [
  needUnknown,
  needDuplicate,
  needCycle,
  expressionSyntax,
  codeEmbedding,
  runnerMissing,
  triggerUnknown,
  triggerCycle,
  triggerParams,
];

/** The most findings about one workflow. */
export const MAX_FINDINGS = 1_000;

/**
 * What is wrong with a workflow: errors, which stop a run before it begins,
 * and warnings, which do not.
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
  const found: Diagnostic[] = [];
  for (const rule of RULES) {
    rule.check(workflow, {
      facts,
      report: (finding) => found.push(diagnose(workflow.document, { code: rule.code, ...finding })),
    });
  }
  return withoutRepeats(found.toSorted(byPlace)).slice(0, MAX_FINDINGS);
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
