/**
 * How a run remembers the file that its workflow came from: by the way to it
 * from the folder where runs are kept, so that both may move together and no
 * path is written down that holds on one machine alone.
 *
 * @module
 */
import type { StartOptions } from "../core/engine/engine_options.ts";
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
  return wayBetween(absolute(statePath, cwd), absolute(file, cwd)).join("/");
}

/** The file to which such a way leads, as it is best named here. */
export function fileRemembered(way: string, { cwd, statePath }: Places): string {
  const file = joined([...absolute(statePath, cwd), ...way.split("/")]);
  const near = wayBetween(absolute(".", cwd), file);
  return near[0] === ".." ? `/${file.join("/")}` : near.join("/");
}

/** The parts of a path from the root of the file system. */
function absolute(path: string, cwd: string): readonly string[] {
  return joined((path.startsWith("/") ? path : `${cwd}/${path}`).split("/"));
}

function joined(parts: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const part of parts) {
    if (part === "..") kept.pop();
    else if (part !== "" && part !== ".") kept.push(part);
  }
  return kept;
}

function wayBetween(from: readonly string[], to: readonly string[]): readonly string[] {
  const fork = from.findIndex((part, at) => part !== to[at]);
  const shared = fork < 0 ? from.length : fork;
  return [...from.slice(shared).map(() => ".."), ...to.slice(shared)];
}
