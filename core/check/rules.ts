/**
 * The rules of the checker.
 *
 * @module
 */
import type { Rule } from "./rule.ts";
import { caseNever } from "./rules/case_never.ts";
import { codeEmbedding } from "./rules/code_embedding.ts";
import { conditionConstant } from "./rules/condition_constant.ts";
import { containsText } from "./rules/contains_text.ts";
import { cronNever } from "./rules/cron_never.ts";
import { cronSuspicious } from "./rules/cron_suspicious.ts";
import { expressionSyntax } from "./rules/expression_syntax.ts";
import { expressionTypes } from "./rules/expression_types.ts";
import { foreachItems } from "./rules/foreach_items.ts";
import { idShadowed } from "./rules/id_shadowed.ts";
import { jobUnreachable } from "./rules/job_unreachable.ts";
import { matrixDuplicate } from "./rules/matrix_duplicate.ts";
import { matrixExclude } from "./rules/matrix_exclude.ts";
import { matrixInclude } from "./rules/matrix_include.ts";
import { matrixSize } from "./rules/matrix_size.ts";
import { nameShadowed } from "./rules/name_shadowed.ts";
import { needCycle } from "./rules/need_cycle.ts";
import { needDuplicate } from "./rules/need_duplicate.ts";
import { needUnknown } from "./rules/need_unknown.ts";
import { paramUnused } from "./rules/param_unused.ts";
import { pluginUnpinned } from "./rules/plugin_unpinned.ts";
import { releaseCircle } from "./rules/release_circle.ts";
import { releaseUnknown } from "./rules/release_unknown.ts";
import { runnerMissing } from "./rules/runner_missing.ts";
import { runnerOptions } from "./rules/runner_options.ts";
import { scheduleEmpty } from "./rules/schedule_empty.ts";
import { scheduleParams } from "./rules/schedule_params.ts";
import { schedulePast } from "./rules/schedule_past.ts";
import { scheduleTimeout } from "./rules/schedule_timeout.ts";
import { scriptCommand } from "./rules/script_command.ts";
import { secretUse } from "./rules/secret_use.ts";
import { triggerCycle } from "./rules/trigger_cycle.ts";
import { triggerParams } from "./rules/trigger_params.ts";
import { triggerUnknown } from "./rules/trigger_unknown.ts";

/** The rules, in the order in which they look. */
export const RULES: readonly Rule[] = [
  needUnknown,
  needDuplicate,
  needCycle,
  jobUnreachable,
  expressionSyntax,
  codeEmbedding,
  scriptCommand,
  secretUse,
  expressionTypes,
  conditionConstant,
  containsText,
  caseNever,
  foreachItems,
  matrixDuplicate,
  matrixExclude,
  matrixInclude,
  matrixSize,
  idShadowed,
  nameShadowed,
  paramUnused,
  pluginUnpinned,
  runnerMissing,
  runnerOptions,
  scheduleParams,
  scheduleTimeout,
  scheduleEmpty,
  schedulePast,
  releaseUnknown,
  releaseCircle,
  cronNever,
  cronSuspicious,
  triggerUnknown,
  triggerCycle,
  triggerParams,
];
