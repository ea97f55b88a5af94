/**
 * The trace as files (REFERENCE C-325): for each run a folder with lines for
 * people and the same as JSON.
 *
 * ```text
 * <path>/run_id=<run>/stdout.txt, stderr.txt (errors), metadata.txt (JSON lines)
 * ```
 *
 * @module
 */
import { z } from "zod";
import { defineTrace, type TraceKind } from "../../core/plugin/configured_kind.ts";
import { encodeName } from "../../core/plugin/file_name.ts";
import { type Host, HostError } from "../../core/plugin/ports.ts";
import type { TraceEntry, TraceHistory } from "../../core/plugin/sink.ts";
import { DEFAULT_FORMAT, documentOf, entryIn, formatter } from "./entry_text.ts";
import { traceOf } from "./trace_entries.ts";

const PRIVATE_FILE_MODE = 0o600;
const RUN = /^run_id=/;
const RECORDS = "metadata.txt";

/** `{type: file, path: ./traces}`. */
export function fileTraceKind(): TraceKind {
  return defineTrace({
    name: "file",
    summary: "Keeps what runs do in a folder for each.",
    options: z.strictObject({
      path: z.string().min(1).optional(),
      format: z.string().optional(),
      output: z.boolean().optional(),
    }),
    open({ path, format = DEFAULT_FORMAT, output = false }, { host, statePath, debug, timezone }) {
      const folder = path ?? `${statePath}/traces`;
      const text = formatter(format, timezone);
      const write = (entries: readonly TraceEntry[]) => {
        for (const [runId, ofRun] of Map.groupBy(entries, (entry) => entry.runId)) {
          writeRun(host, `${folder}/run_id=${encodeName(runId)}`, { entries: ofRun, text });
        }
      };
      return {
        ...traceOf({ name: "file-trace", debug, output, write }),
        history: historyIn(host, folder),
      };
    },
  });
}

function writeRun(
  host: Pick<Host, "appendTextNow">,
  folder: string,
  { entries, text }: {
    readonly entries: readonly TraceEntry[];
    readonly text: (entry: TraceEntry) => string;
  },
): void {
  const append = (file: string, lines: readonly string[]) => {
    if (lines.length === 0) return;
    const ended = lines.map((line) => `${line}\n`).join("");
    host.appendTextNow(`${folder}/${file}`, ended, { mode: PRIVATE_FILE_MODE });
  };
  const isError = ({ level }: TraceEntry) => level === "error";
  append("stdout.txt", entries.filter((entry) => !isError(entry)).map(text));
  append("stderr.txt", entries.filter(isError).map(text));
  append(RECORDS, entries.map((entry) => JSON.stringify(documentOf(entry))));
}

function historyIn(
  host: Pick<Host, "listNames" | "readLines" | "remove">,
  folder: string,
): TraceHistory {
  async function* read(runFolder: string): AsyncIterable<TraceEntry> {
    try {
      for await (const line of host.readLines(`${folder}/${runFolder}/${RECORDS}`)) {
        const entry = entryIn(line);
        if (entry !== undefined) yield entry;
      }
    } catch (error) {
      if (!(error instanceof HostError) || error.code !== "ENOENT") throw error;
    }
  }
  return {
    async runs() {
      const names = (await host.listNames(folder) ?? []).filter((name) => RUN.test(name));
      const runs: { readonly runId: string; readonly lastMs: number }[] = [];
      for (const name of names) {
        let last: TraceEntry | undefined;
        for await (const entry of read(name)) last = entry;
        if (last !== undefined) runs.push({ runId: last.runId, lastMs: last.atMs });
      }
      return runs.sort((one, other) => other.lastMs - one.lastMs);
    },
    read: (runId) => read(`run_id=${encodeName(runId)}`),
    remove: (runId) => host.remove(`${folder}/run_id=${encodeName(runId)}`),
  };
}
