/**
 * A workflow that finds its own engine: what a program that only wants to run
 * something imports.
 *
 * @module
 */
import { Workflow as EngineWorkflow } from "./core/engine/workflow.ts";
import type { ValueObject } from "./core/expr/value.ts";
import { type OpenOptions, openSluice } from "./preset.ts";

/** Where a workflow is found and how it is kept. */
export interface FromConfOptions extends Omit<OpenOptions, "conf"> {
  /** The folder to search instead of the configured one. */
  readonly path?: string;
  /** Overrides of configuration (REFERENCE C-040); `conf_path` in it steers the search too. */
  readonly extras?: ValueObject;
}

/** A workflow, ready to run. */
export class Workflow extends EngineWorkflow {
  /**
   * Finds a workflow by name in the conf folder (REFERENCE S-030 … S-033).
   *
   * @throws {WorkflowError} when there is none of this name, or it is wrong: then with `diagnostics`.
   */
  static async fromConf(name: string, options: FromConfOptions = {}): Promise<EngineWorkflow> {
    const { path, extras, ...rest } = options;
    const confPath = extras?.conf_path;
    const conf = path ?? (typeof confPath === "string" ? confPath : undefined);
    const sluice = await openSluice({ ...rest, conf });
    return (await sluice.workflow(name)).withExtras(extras ?? {});
  }
}
