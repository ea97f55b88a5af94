/**
 * A job whose needs can never end so that it runs.
 *
 * @module
 */
import type { ComparisonNode, Node } from "../../expr/ast.ts";
import { mentionsStatus, parseCondition } from "../../expr/condition.ts";
import { ExpressionError } from "../../expr/expression_error.ts";
import { order } from "../../model/graph.ts";
import type { Job, JobRule, Workflow } from "../../model/workflow.ts";
import { constantCondition } from "../constant_condition.ts";
import type { Rule } from "../rule.ts";

/** Reports jobs that wait for jobs which are always skipped, or whose rule and condition exclude each other. */
export const jobUnreachable: Rule = {
  code: "job-unreachable",
  summary: "A job can never run, however its needs end",
  check(workflow, { report }) {
    const never = new Set<string>();
    for (const job of inOrder(workflow)) {
      if (constantCondition(job.condition) === false) {
        never.add(job.id);
        continue;
      }
      const culprits = job.needs.filter((need) => never.has(need));
      const problem = blocked(job, culprits) ? byNeeds(job, culprits) : byCondition(job);
      if (problem === undefined) continue;
      report({ severity: "warning", ...problem, path: [...job.path, problem.at] });
    }
  },
};

interface Problem {
  readonly message: string;
  /** The field that is told. */
  readonly at: "needs" | "if";
}

function inOrder({ jobs }: Workflow): readonly Job[] {
  const graph = new Map(Array.from(jobs.values(), ({ id, needs }) => [id, needs]));
  return order(graph).flatMap((id) => jobs.get(id) ?? []);
}

/** Whether the rule cannot let the job run when these needs are skipped. */
function blocked(
  { needs, rule, ruleExplicit, condition }: Job,
  skipped: readonly string[],
): boolean {
  if (skipped.length === 0) return false;
  const asks = typeof condition === "string" && mentionsStatus(condition) && !ruleExplicit;
  if (asks) return false;
  return skipped.length === needs.length || STOPPED_BY_SKIPPED.has(rule);
}

const STOPPED_BY_SKIPPED: ReadonlySet<JobRule> = new Set([
  "all_success",
  "all_failed",
  "none_skipped",
]);

function byNeeds({ id }: Job, [need]: readonly string[]): Problem {
  const message = `Job "${id}" can never run: it needs "${need}", which is always skipped`;
  return { message, at: "needs" };
}

const WANTS_SUCCESS: ReadonlySet<JobRule> = new Set(["all_success", "none_failed"]);

function byCondition({ id, rule, ruleExplicit, condition }: Job): Problem | undefined {
  if (!ruleExplicit || typeof condition !== "string" || !WANTS_SUCCESS.has(rule)) return undefined;
  if (!wantsFailure(condition)) return undefined;
  const message = `Job "${id}" can never run: its rule "${rule}" wants that no need fails, ` +
    "its condition that one does; remove the rule";
  return { message, at: "if" };
}

function wantsFailure(condition: string): boolean {
  try {
    return operandsOf(parseCondition(condition).root).some(asksForFailure);
  } catch (error) {
    // What does not parse is reported as such.
    if (error instanceof ExpressionError) return false;
    throw error;
  }
}

/** What must hold all together. */
function operandsOf(node: Node): readonly Node[] {
  if (node.kind === "hole") return operandsOf(node.expression);
  return node.kind === "logical" && node.operator === "and"
    ? node.operands.flatMap(operandsOf)
    : [node];
}

function asksForFailure(node: Node): boolean {
  if (node.kind === "call") return node.name === "failure";
  return node.kind === "comparison" && isFailedNeed(node);
}

function isFailedNeed({ first, rest: [link, ...others] }: ComparisonNode): boolean {
  if (link?.operator !== "==" || others.length > 0) return false;
  const sides = [first, link.operand];
  return sides.some((side) => side.kind === "literal" && side.value === "failure") &&
    sides.some((side) => side.kind === "path" && side.root === "needs");
}
