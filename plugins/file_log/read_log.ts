/**
 * Reading back what stages printed.
 *
 * @module
 */
import type { OutputLine } from "../../core/plugin/sink.ts";
import type { LogQuery, RunFiles } from "./run_files.ts";

/** The lines of a run, attempt after attempt in the order in which they began. */
export async function* readLog(run: RunFiles, query: LogQuery): AsyncIterable<OutputLine> {
  let { from = 0 } = query;
  const files = await run.find(query);
  for (const [nth, file] of files.entries()) {
    const isLast = nth === files.length - 1;
    // How long the others are must be known to tell where the last one begins.
    const count = isLast || from === 0 ? 0 : await file.countLines();
    if (count > 0 && count <= from) {
      from -= count;
      continue;
    }
    for await (const { lines } of file.linesFrom(from)) for (const { line } of lines) yield line;
    from = 0;
  }
}
