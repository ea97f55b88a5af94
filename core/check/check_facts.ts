/**
 * What the checker is told besides the workflow.
 *
 * @module
 */
import type { FilterTable, FunctionTable } from "../expr/evaluation_context.ts";
import type { Clockwork } from "./next_times.ts";
import type { RunnerSyntax } from "../model/runner_syntax.ts";
import type { ScriptLanguage, Workflow } from "../model/workflow.ts";

/** What the checker knows besides the workflow. What is unknown is not checked. */
export interface CheckFacts {
  /** Finds another workflow; `undefined` when there is none of that name. */
  readonly workflows?: ((name: string) => Workflow | undefined) | undefined;
  /** The names of all workflows, for messages. @default [] */
  readonly workflowNames?: readonly string[] | undefined;
  /** The types of `runs-on` that are installed. @default only `local` */
  readonly runners?: readonly string[] | undefined;
  /** How those of them are written that this workflow uses. @default none is checked */
  readonly runnerSyntax?: ReadonlyMap<string, RunnerSyntax> | undefined;
  /** The language of `run:` where nothing says otherwise. @default "ts" */
  readonly scriptLang?: ScriptLanguage | undefined;
  /** Leaves out what does not stop a run: to find the places of warnings takes most of the time. @default false */
  readonly errorsOnly?: boolean | undefined;
  /** Tells when schedules fire next. @default nothing is said of that */
  readonly times?: Clockwork | undefined;
  /** What expressions may call. @default the built-in functions */
  readonly functions?: FunctionTable | undefined;
  /** What values may be piped through. @default the built-in filters */
  readonly filters?: FilterTable | undefined;
}
