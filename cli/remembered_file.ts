/**
 * How a run remembers the file that its workflow came from: by the way to it
 * from the folder where runs are kept, so that both may move together and no
 * path is written down that holds on one machine alone.
 *
 * @module
 */
import type { StartOptions } from "../core/engine/engine_options.ts";
import { absolutePath, normalPath, relativePath } from "../core/plugin/paths.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import type { FoundWorkflow } from "./find_workflow.ts";

/** Paths of one moment: where the command works, and where it keeps runs. */
export interface Places {
  /** The working directory. */
  readonly cwd: string;
  /** The state folder, as the settings have it. */
  readonly statePath: string;
}

/** What a run is told of the file that its workflow was found in. */
export function fileOption({ file }: FoundWorkflow, sluice: Sluice): Pick<StartOptions, "file"> {
  return file === undefined ? {} : { file: rememberedFile(file, placesOf(sluice)) };
}

/** Where all is now. */
export function placesOf({ settings: { statePath } }: Sluice): Places {
  return { cwd: openHost().cwd(), statePath };
}

/** The way from the state folder to a file. */
export function rememberedFile(file: string, { cwd, statePath }: Places): string {
  return relativePath(wholePath(file, cwd), wholePath(statePath, cwd));
}

/** The file to which such a way leads, as it is best named here. */
export function fileRemembered(way: string, { cwd, statePath }: Places): string {
  const file = normalPath(`${wholePath(statePath, cwd)}/${way}`);
  const near = relativePath(file, wholePath(".", cwd));
  return near.startsWith("../") ? file : near;
}

function wholePath(path: string, cwd: string): string {
  return normalPath(absolutePath(path, cwd));
}
