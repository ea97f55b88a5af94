/**
 * What the stages and plugins that come with Sluice are made with, besides
 * what `plugin.ts` exports: functions on values, texts, names and permissions.
 * They have nothing else, so that whatever they do anybody can do.
 *
 * @example
 * ```ts
 * import { parseDuration, textOf } from "@sluice/sluice/kit";
 * import { equal } from "node:assert/strict";
 *
 * equal(parseDuration("1m30s"), 90_000);
 * equal(textOf([1, true, null]), "[1, True, None]");
 * ```
 *
 * @module
 */
export * from "./plugin.ts";
export { dedent } from "./core/expr/dedent.ts";
export { sameValue } from "./core/expr/equality.ts";
export { ExpressionError } from "./core/expr/expression_error.ts";
export { HOLE_START } from "./core/expr/hole.ts";
export { decodeValue, encodeValue, parseJson, toJson } from "./core/expr/json.ts";
export { mappingOf } from "./core/expr/mapping.ts";
export { sha256Hex } from "./core/expr/sha256.ts";
export { hasTemplate } from "./core/expr/template.ts";
export { MAX_VALUE_DEPTH, reprOf, shortReprOf, textOf, tooDeep } from "./core/expr/text.ts";
export { pythonTypeName } from "./core/expr/type_name.ts";
export { entriesOf, entryOf, isList, isMapping, isView } from "./core/expr/view.ts";
export { type CronFields, parseCron } from "./core/model/cron_text.ts";
export { parseDuration } from "./core/expr/duration.ts";
export { envSchema } from "./core/model/environment.ts";
export type { Finding, FindingFix, Report, Spot } from "./core/model/finding.ts";
export { type ReadOptions, readWith } from "./core/model/issues.ts";
export {
  type ConversionOptions,
  type ConvertedParam,
  convertParam,
  type ParamErrorName,
} from "./core/model/param_value.ts";
export { type ParsedPattern, parsePattern, type Pattern } from "./core/model/pattern.ts";
export type { CronSchedule, PluginTrigger } from "./core/model/triggers.ts";
export { DEFAULT_POLICY } from "./core/model/schedule_policy.ts";
export { templateText } from "./core/model/timing.ts";
export {
  entriesOfWritten,
  isValue,
  isWrittenList,
  isWrittenMapping,
} from "./core/model/written.ts";
export type { KindEntry } from "./core/plugin/configured_kind.ts";
export * from "./core/plugin/container.ts";
export { isFilter, isFunction } from "./core/plugin/expression_part.ts";
export { encodeName, type FileName } from "./core/plugin/file_name.ts";
export { limitsOf, limitsSchema, type WrittenLimits } from "./core/plugin/limits_syntax.ts";
export { LineChannel, MAX_MESSAGE_LENGTH, newNonce } from "./core/plugin/line_channel.ts";
export { type OpenOnce, openOnce } from "./core/plugin/open_once.ts";
export * from "./core/plugin/paths.ts";
export * from "./core/plugin/permissions.ts";
export { type Redactor, redactorOf } from "./core/plugin/redaction/redactor.ts";
export {
  type FileChange,
  type FileState,
  type KnownFile,
  type KnownFiles,
  type Look,
  type Observation,
  observeFiles,
} from "./core/schedule/file_changes.ts";
export type { Calendar } from "./core/schedule/slots.ts";
export { closestName } from "./core/source/closest_name.ts";
export { isForbiddenKey } from "./core/source/forbidden_key.ts";
export { messageOf } from "./core/source/message_of.ts";
export type { FileEvent } from "./core/schedule/file_changes.ts";
