/** The trace on standard error. @module */
import { z } from "zod";
import { defineTrace, type TraceKind } from "../../core/plugin/configured_kind.ts";
import { DEFAULT_FORMAT, formatter } from "./entry_text.ts";
import { traceOf } from "./trace_entries.ts";

/** `{type: console, format: "{datetime} {message}"}`. */
export function consoleTraceKind(): TraceKind {
  return defineTrace({
    name: "console",
    summary: "Prints what runs do to standard error.",
    options: z.strictObject({
      format: z.string().optional(),
      output: z.boolean().optional(),
    }),
    open({ format = DEFAULT_FORMAT, output = false }, { debug, timezone, tell }) {
      const text = formatter(format, timezone);
      const write = (entries: Parameters<typeof text>[0][]) => tell(entries.map(text).join("\n"));
      return traceOf({
        ...{ name: "console-trace", debug, output },
        write: (entries) => write([...entries]),
      });
    },
  });
}
