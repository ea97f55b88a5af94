/**
 * What the engine's process must be allowed for a workflow: what the engine
 * does whatever runs, and what each stage of the workflow does.
 *
 * @module
 */
import type { Value } from "../expr/value.ts";
import { hasTemplate } from "../expr/template.ts";
import type { Need, StageReach } from "../model/need.ts";
import { type Job, type Stage, stagesOf, type Workflow } from "../model/workflow.ts";
import { quotedName } from "../model/wording.ts";
import { secretNeeds } from "./secret_needs.ts";
import type { Settings } from "./settings.ts";

/** What is asked for besides the workflow. */
export interface NeedFacts {
  /** What is the same for all runs. */
  readonly settings: Settings;
  /** The folder of the engine's own modules, where they are files. */
  readonly ownFolder?: string | undefined;
  /** Other workflows by name, for stages that start them. */
  readonly find: (name: string) => Promise<Workflow | undefined>;
}

/** How many workflows that start one another are looked at. */
export const MAX_LINKED_WORKFLOWS = 100;

/** All that must be allowed so that a run of the workflow can do its work. */
export async function workflowNeeds(
  workflow: Workflow,
  facts: NeedFacts,
): Promise<readonly Need[]> {
  const needs = [...engineNeeds(facts), ...fileNeeds(workflow, facts.settings)];
  const seen = new Map([[workflow.name, workflow]]);
  for (const each of seen.values()) {
    needs.push(...stageNeeds(each, facts.settings));
    needs.push(...secretNeeds(each, { stages: stagesIn(each), settings: facts.settings }));
    for (const name of triggeredBy(each)) {
      const known = seen.size < MAX_LINKED_WORKFLOWS && !seen.has(name);
      const other = known ? await facts.find(name) : undefined;
      if (other !== undefined) seen.set(name, other);
    }
  }
  const startsPrograms = needs.some(({ permission }) => permission === "run");
  return withoutTwice(startsPrograms ? [...needs, ENDING] : needs);
}

function engineNeeds({ settings, ownFolder }: NeedFacts): readonly Need[] {
  const { confPath, statePath, passEnv } = settings;
  return [
    ...ownFolder === undefined
      ? []
      : [{ permission: "read", name: ownFolder, reason: "the engine's own modules" } as const],
    { permission: "read", name: confPath, reason: "workflows and settings" },
    { permission: "read", name: statePath, reason: "runs and what they printed" },
    { permission: "write", name: statePath, reason: "runs and what they printed" },
    ...recordNeeds(settings),
    { permission: "env", name: "PATH", reason: "where programs are" },
    ...YAML_VARIABLES.map((name) =>
      ({ permission: "env", name, reason: "the YAML parser asks for it" }) as const
    ),
    ...passEnv.map((pattern) => passedNeed(pattern)),
  ];
}

/** Deno lets nobody signal a process who may not start every program, nor look at one who may not do everything; a shell does it then. */
const ENDING: Need = {
  permission: "run",
  name: "sh",
  reason: "it finds and ends what stages have started",
};

/** What the package that reads YAML looks up, whether or not it is there. */
const YAML_VARIABLES = ["LOG_TOKENS", "LOG_STREAM"];

function passedNeed(name: string): Need {
  return { permission: "env", name, reason: "settings pass it to stages" };
}

function recordNeeds({ auditEnabled, audit, journal }: Settings): readonly Need[] {
  const choices = auditEnabled ? [journal, ...audit] : [journal];
  return choices.flatMap(({ path }) =>
    typeof path !== "string" ? [] : (["read", "write"] as const).map((permission) => ({
      permission,
      name: path,
      reason: "runs, or records of finished ones",
    }))
  );
}

/** A file of the conf folder is read with the folder. */
function fileNeeds({ document: { file } }: Workflow, { confPath }: Settings): readonly Need[] {
  if (file.startsWith("<") || file.startsWith(`${confPath}/`)) return [];
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) || "/" : ".";
  return [{ permission: "read", name: folder, reason: "the workflow and those beside it" }];
}

function stageNeeds(workflow: Workflow, settings: Settings): readonly Need[] {
  const scriptLang = workflow.scriptLang ?? settings.scriptLang;
  const { registryCaller, scriptGrant } = settings;
  const facts = { scriptLang, registryCaller, scriptGrant };
  return stagesIn(workflow).flatMap((stage) => {
    const { syntax, input } = stage;
    return (syntax.needs?.(input, facts) ?? []).map((need) => ({
      reason: `stage ${quotedName(stage.name)} is of kind ${quotedName(syntax.name)}`,
      ...need,
    }));
  });
}

/** What isolated code of a stage may reach. */
export interface Reach extends StageReach {
  /** The stage's name. */
  readonly stage: string;
}

/** What the isolated code of a workflow's stages may reach. */
export function workflowReach(workflow: Workflow, settings: Settings): readonly Reach[] {
  const scriptLang = workflow.scriptLang ?? settings.scriptLang;
  const { registryCaller, scriptGrant } = settings;
  const facts = { scriptLang, registryCaller, scriptGrant };
  return stagesIn(workflow).flatMap(({ name, syntax, input }) => {
    const reach = syntax.reach?.(input, facts);
    return reach === undefined ? [] : [{ stage: name, ...reach }];
  });
}

function stagesIn({ jobs }: Workflow): readonly Stage[] {
  return [...jobs.values()].flatMap(({ stages }: Job) => [...stagesOf(stages)]);
}

function triggeredBy(workflow: Workflow): readonly string[] {
  return stagesIn(workflow)
    .map(({ input }): Value | undefined => input.trigger)
    .filter((name) => typeof name === "string").filter((name) => !hasTemplate(name));
}

function withoutTwice(needs: readonly Need[]): readonly Need[] {
  const byKey = new Map<string, Need>();
  for (const need of needs) {
    const key = JSON.stringify([need.permission, need.name]);
    if (!byKey.has(key)) byKey.set(key, need);
  }
  return [...byKey.values()];
}
