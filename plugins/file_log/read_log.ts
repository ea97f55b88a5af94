/**
 * Reading back what stages printed.
 *
 * @module
 */
import { encodeName } from "../../core/plugin/file_name.ts";
import type { Host } from "../../core/plugin/ports.ts";
import type { OutputLine } from "../../core/plugin/sink.ts";
import type { Address } from "../../core/run/event.ts";
import { headerIn, RowReader } from "./rows.ts";

/** Whose output to read. */
export interface LogQuery {
  /** Only this stage's. */
  readonly stage?: Address;
  /** Only this attempt's. */
  readonly attempt?: number;
}

/** Which files to read. */
export interface LogFiles extends LogQuery {
  /** The run's folder. */
  readonly folder: string;
}

type LogHost = Pick<Host, "listNames" | "readLines">;

const FILE = /^(.+)\.(\d+)\.log$/s;

/** The lines of a run, attempt after attempt in the order in which they began. */
export async function* readLog(host: LogHost, files: LogFiles): AsyncIterable<OutputLine> {
  for (const path of await pathsOf(host, files)) yield* linesOf(host, path);
}

async function pathsOf(host: LogHost, files: LogFiles): Promise<readonly string[]> {
  const names = await host.listNames(files.folder) ?? [];
  const paths = names.filter((it) => isWanted(it, files)).map((it) => `${files.folder}/${it}`);
  if (paths.length < 2) return paths;
  const begun: { readonly path: string; readonly at: number }[] = [];
  for (const path of paths) begun.push({ path, at: await beginningOf(host, path) });
  return begun.sort((one, other) => one.at - other.at).map(({ path }) => path);
}

function isWanted(name: string, { stage, attempt }: LogQuery): boolean {
  const [, file, number] = FILE.exec(name) ?? [];
  if (file === undefined) return false;
  if (stage !== undefined && file !== encodeName(stage)) return false;
  return attempt === undefined || Number(number) === attempt;
}

async function beginningOf(host: LogHost, path: string): Promise<number> {
  for await (const row of host.readLines(path)) return headerIn(row)?.at ?? 0;
  return 0;
}

async function* linesOf(host: LogHost, path: string): AsyncIterable<OutputLine> {
  const reader = new RowReader();
  for await (const row of host.readLines(path)) {
    const line = reader.read(row);
    if (line !== undefined) yield line;
  }
}
