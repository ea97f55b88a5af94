/**
 * What stands between a workflow and its run: whether this process is allowed
 * what the workflow needs, and whether its plugins are what was installed.
 *
 * @module
 */
import { WorkflowError } from "./core/engine/errors.ts";
import { flagsOfNeeds, type Need, type NeedPermission } from "./core/model/need.ts";
import { stagesOf, type Workflow } from "./core/model/workflow.ts";
import { StageError } from "./core/plugin/stage_kind.ts";
import { isGranted } from "./platform/process.ts";
import type { InstalledPlugin } from "./plugins/foreign/installed_plugins.ts";

/** What is asked before a run begins. */
export interface Admission {
  /** All that the workflow needs. */
  readonly needs: (workflow: Workflow) => Promise<readonly Need[]>;
  /** The plugins of the conf folder. */
  readonly plugins: readonly InstalledPlugin[];
  /** Told of foreign code that nobody holds to what it was granted. */
  readonly warn: (message: string) => void;
}

/** Throws a {@linkcode WorkflowError} that names the exact flags, or says which plugin has changed. */
export async function admitWorkflow(workflow: Workflow, admission: Admission): Promise<void> {
  await assertAllowed(workflow, admission);
  await assertUnchanged(workflow, admission);
}

const PERMISSIONS: readonly NeedPermission[] = ["read", "write", "net", "env", "run", "sys"];

async function assertAllowed(workflow: Workflow, { needs }: Admission): Promise<void> {
  // Most processes are allowed everything, and then nobody need look further.
  if (PERMISSIONS.every((permission) => isGranted({ permission }))) return;
  const lacking = (await needs(workflow)).filter((need) => !isGranted(need));
  if (lacking.length === 0) return;
  const reasons = new Set(lacking.map(({ reason }) => reason));
  throw new WorkflowError(
    `Cannot run "${workflow.name}": Deno was not granted ${flagsOfNeeds(lacking).join(" ")}, ` +
      `which it needs: ${[...reasons].join("; ")}`,
  );
}

async function assertUnchanged(workflow: Workflow, { plugins, warn }: Admission): Promise<void> {
  if (plugins.length === 0) return;
  const used = new Set<string>();
  for (const { stages } of workflow.jobs.values()) {
    for (const { syntax: { name } } of stagesOf(stages)) used.add(name);
  }
  for (const { specifier, manifest, verify, exposed } of plugins) {
    const names = manifest.stages.flatMap(({ name }) => [name, `${specifier}#${name}`]);
    if (![specifier, ...names].some((name) => used.has(name))) continue;
    await verify().catch((error: unknown) => {
      if (!(error instanceof StageError)) throw error;
      throw new WorkflowError(`Cannot run "${workflow.name}": ${error.message}`);
    });
    if (!exposed) continue;
    warn(
      `Plugin "${specifier}" may do all that the engine may: the settings say "isolation: none"`,
    );
  }
}
