/**
 * Finds the stages of a run that somebody named, by whatever a command has
 * printed of them.
 *
 * @module
 */
import { stagePath } from "../core/engine/render/part_path.ts";
import { anyAttempt } from "../core/run/address.ts";
import type { Address } from "../core/run/event.ts";
import type { RunState, StageState } from "../core/run/state.ts";

/** What a name stands for in a run. */
export interface MeantStages {
  /** The stages. */
  readonly stages: ReadonlySet<Address>;
  /** Where in the workflow they stand; more than one where the name does not tell which is meant. */
  readonly places: readonly string[];
}

/**
 * The stages that a name stands for: a path or an address, also one of a job, a
 * leg or a stage that holds others; else the name or the id of a stage.
 */
export function stagesMeant({ stages }: RunState, given: string): MeantStages {
  const all = [...stages.values()];
  const byPath = all.filter((stage) => isOnPath(given, stage));
  if (byPath.length > 0) return { stages: addressesOf(byPath), places: [given] };
  const byName = all.filter((stage) => ownNames(stage).includes(given));
  return {
    stages: addressesOf(byName),
    places: [...new Set(byName.map((stage) => withoutBranches(stagePath(stage))))],
  };
}

function addressesOf(stages: readonly StageState[]): ReadonlySet<Address> {
  return new Set(stages.map(({ address }) => address));
}

/** Whether a path leads to a stage, or to a part that it stands in. */
function isOnPath(given: string, stage: StageState): boolean {
  return pathsOf(stage).some((path) => path === given || path.startsWith(`${given}/`));
}

/** All ways in which it is written where a stage stands: with names or keys, with all branches or without. */
function pathsOf(stage: StageState): readonly string[] {
  const address = anyAttempt(stage.address);
  const ways = [stagePath(stage), address, address.replaceAll("[]", "")];
  const above = [...ways, ...ways.map(withoutBranches)].map((path) =>
    path.slice(0, path.lastIndexOf("/"))
  );
  const own = above.flatMap((path) => ownNames(stage).map((name) => `${path}/${name}`));
  const paths = [stage.address, ...ways, ...ways.map(withoutBranches), ...own];
  // As "explain" has it.
  return [...new Set(paths.flatMap((path) => [path, `${path} (${stage.name})`]))];
}

function ownNames({ name, id, planned }: StageState): readonly string[] {
  return [name, id ?? name, planned.name, planned.id ?? name, planned.key];
}

function withoutBranches(path: string): string {
  return path.replace(/\[[^\]]*\]/g, "");
}
