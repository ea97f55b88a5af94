/** The trace as JSON lines to an HTTP endpoint. @module */
import { z } from "zod";
import { defineTrace, type TraceKind } from "../../core/plugin/configured_kind.ts";
import type { TraceEntry } from "../../core/plugin/sink.ts";
import { documentOf } from "./entry_text.ts";
import { type Fetch, Poster } from "./poster.ts";
import { traceOf } from "./trace_entries.ts";

const SECOND_MS = 1_000;

/** `{type: restapi, api_url: "https://logs.example.com/in", api_key: …}` (REFERENCE C-332). */
export function restapiTraceKind(
  { fetch = globalThis.fetch }: { readonly fetch?: Fetch } = {},
): TraceKind {
  return defineTrace({
    name: "restapi",
    summary: "Posts what runs do to an HTTP endpoint, as JSON lines.",
    options: z.strictObject({
      api_url: z.url({ protocol: /^https?$/ }),
      api_key: z.string().min(1).optional(),
      headers: z.record(z.string(), z.string()).optional(),
      timeout: z.number().min(0.1).max(60).optional(),
      max_retries: z.int().min(0).max(10).optional(),
      output: z.boolean().optional(),
    }),
    open(options, { clock, debug, warn }) {
      const { api_url: url, api_key: key, headers = {}, output = false } = options;
      const poster = new Poster<TraceEntry>({
        ...{ name: "restapi", url, clock, fetch, warn },
        headers: {
          "content-type": "application/x-ndjson",
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
          ...headers,
        },
        timeoutMs: (options.timeout ?? 10) * SECOND_MS,
        maxRetries: options.max_retries ?? 3,
        bodyOf: (entries) =>
          entries.map((entry) => `${JSON.stringify(documentOf(entry))}\n`).join(""),
      });
      return {
        ...traceOf({
          ...{ name: "restapi-trace", debug, output },
          write: (entries) => poster.add(entries),
        }),
        flush: () => poster.flush(),
      };
    },
  });
}
