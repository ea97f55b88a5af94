/** The trace as OpenTelemetry spans, over OTLP/HTTP with JSON. @module */
import { z } from "zod";
import { defineTrace, type TraceKind } from "../../core/plugin/configured_kind.ts";
import { type Fetch, Poster } from "./poster.ts";
import { RunSpans, type Span } from "./run_spans.ts";

const SECOND_MS = 1_000;
const DEFAULT_ENDPOINT = "http://localhost:4318";

/** `{type: otlp, endpoint: "http://localhost:4318", headers: {…}, service_name: sluice}`. */
export function otlpTraceKind(
  { fetch = globalThis.fetch }: { readonly fetch?: Fetch } = {},
): TraceKind {
  return defineTrace({
    name: "otlp",
    summary: "Sends runs as OpenTelemetry spans.",
    options: z.strictObject({
      endpoint: z.url({ protocol: /^https?$/ }).optional(),
      headers: z.record(z.string(), z.string()).optional(),
      service_name: z.string().min(1).optional(),
      timeout: z.number().min(0.1).max(60).optional(),
      max_retries: z.int().min(0).max(10).optional(),
    }),
    open(options, { host, clock, warn }) {
      const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SERVICE_NAME } = host.env();
      const endpoint = options.endpoint ?? OTEL_EXPORTER_OTLP_ENDPOINT ?? DEFAULT_ENDPOINT;
      const service = options.service_name ?? OTEL_SERVICE_NAME ?? "sluice";
      const runs = new Map<string, RunSpans>();
      const poster = new Poster<Span>({
        ...{ name: "otlp", clock, fetch, warn },
        url: `${endpoint.replace(/\/+$/, "")}/v1/traces`,
        headers: { "content-type": "application/json", ...options.headers },
        timeoutMs: (options.timeout ?? 10) * SECOND_MS,
        maxRetries: options.max_retries ?? 3,
        bodyOf: (spans) => JSON.stringify(requestOf(spans, service)),
      });
      return {
        name: "otlp-trace",
        events(runId, events) {
          const run = runs.get(runId) ?? new RunSpans(runId);
          runs.set(runId, run);
          const spans = events.flatMap((event) => run.add(event));
          if (spans.length > 0) poster.add(spans);
        },
        async flush(runId) {
          runs.delete(runId);
          await poster.flush();
        },
      };
    },
  });
}

function requestOf(spans: readonly Span[], service: string): unknown {
  const resource = {
    attributes: [{ key: "service.name", value: { stringValue: service } }],
  };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "sluice" }, spans }] }] };
}
