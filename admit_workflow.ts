/**
 * What stands between a workflow and its run: whether this process is allowed
 * what the workflow needs, and whether its plugins are what was installed.
 *
 * @module
 */
import { WorkflowError } from "./core/engine/errors.ts";
import type { Reach } from "./core/engine/workflow_needs.ts";
import { flagsOfNeeds, type Need, type NeedPermission } from "./core/model/need.ts";
import { quotedName } from "./core/model/wording.ts";
import { stagesOf, type Workflow } from "./core/model/workflow.ts";
import { fromRoot, PERMISSION_NAMES, refused } from "./core/plugin/permissions.ts";
import { StageError } from "./core/plugin/stage_kind.ts";
import { isGranted } from "./platform/process.ts";
import type { InstalledPlugin } from "./plugins/foreign/installed_plugins.ts";
import type { KnownPluginsOptions } from "./plugins/foreign/known_plugins.ts";

// Read where plugins are used, which most workflows do not.
const KNOWN_PLUGINS: string = "./plugins/foreign/known_plugins.ts";

/** What is asked before a run begins. */
export interface Admission {
  /** All that the workflow needs. */
  readonly needs: (workflow: Workflow) => Promise<readonly Need[]>;
  /** The plugins of the conf folder. */
  readonly plugins: readonly InstalledPlugin[];
  /** What its isolated code asks for, and is granted. */
  readonly reach: (workflow: Workflow) => readonly Reach[];
  /** Whether foreign code is isolated; where it is not, every run says so. */
  readonly isolates: boolean;
  /** Where paths that are not whole start. */
  readonly cwd: string;
  /** The machine and the engine's state, where it is remembered what plugins were; absent where nothing is kept. */
  readonly known?: KnownPluginsOptions | undefined;
  /** Told of foreign code that nobody holds to what it was granted, or that has changed. */
  readonly warn: (message: string) => void;
}

/** Throws a {@linkcode WorkflowError} that names the exact flags, or says which plugin has changed. */
export async function admitWorkflow(workflow: Workflow, admission: Admission): Promise<void> {
  if (!admission.isolates) admission.warn(NOT_ISOLATED);
  else assertGranted(workflow, admission);
  await assertAllowed(workflow, admission);
  await assertUnchanged(workflow, admission);
}

const NOT_ISOLATED =
  'Nothing is isolated: the settings say "isolation: none", so plugins and scripts may do all that the engine may';

/** What is plain before a run begins is not left to fail in the middle of it. */
function assertGranted(workflow: Workflow, admission: Admission): void {
  for (const { stage, asks, granted, strict } of admission.reach(workflow)) {
    if (!strict) continue;
    const { cwd } = admission;
    const lacking = refused(fromRoot(asks, cwd), fromRoot(granted, cwd));
    for (const permission of PERMISSION_NAMES) {
      const [name] = lacking[permission] ?? [];
      if (name === undefined) continue;
      throw new WorkflowError(
        `Cannot run "${workflow.name}": stage ${
          quotedName(stage)
        } asks for ${permission} "${name}", and the settings grant scripts nothing of that; add it to "${permission}" under "scripts.grant" in the settings file`,
      );
    }
  }
}

/** A process can only give up what it was granted itself, which nothing here does; to ask takes longer than to plan a small run. */
let mayEverything = false;

const PERMISSIONS: readonly NeedPermission[] = ["read", "write", "net", "env", "run", "sys"];

async function assertAllowed(workflow: Workflow, { needs }: Admission): Promise<void> {
  // Most processes are allowed everything, and then nobody need look further.
  mayEverything ||= PERMISSIONS.every((permission) => isGranted({ permission }));
  if (mayEverything) return;
  const lacking = (await needs(workflow)).filter((need) => !isGranted(need));
  if (lacking.length === 0) return;
  const reasons = new Set(lacking.map(({ reason }) => reason));
  throw new WorkflowError(
    `Cannot run "${workflow.name}": Deno was not granted ${flagsOfNeeds(lacking).join(" ")}, ` +
      `which it needs: ${[...reasons].join("; ")}`,
  );
}

async function assertUnchanged(
  workflow: Workflow,
  { plugins, known, warn }: Admission,
): Promise<void> {
  const used = usedIn(workflow, plugins);
  if (used.length === 0) return;
  for (const { verify } of used) {
    await verify().catch((error: unknown) => {
      if (!(error instanceof StageError)) throw error;
      throw new WorkflowError(`Cannot run "${workflow.name}": ${error.message}`);
    });
  }
  if (known === undefined) return;
  const { rememberPlugins }: typeof import("./plugins/foreign/known_plugins.ts") = await import(
    KNOWN_PLUGINS
  );
  for (const notice of await rememberPlugins(used, known)) warn(notice);
}

function usedIn(
  workflow: Workflow,
  plugins: readonly InstalledPlugin[],
): readonly InstalledPlugin[] {
  if (plugins.length === 0) return [];
  const used = new Set<string>();
  for (const { stages } of workflow.jobs.values()) {
    for (const { syntax: { name } } of stagesOf(stages)) used.add(name);
  }
  return plugins.filter(({ specifier, manifest }) => {
    const names = manifest.stages.flatMap(({ name }) => [name, `${specifier}#${name}`]);
    return [specifier, ...names].some((name) => used.has(name));
  });
}
