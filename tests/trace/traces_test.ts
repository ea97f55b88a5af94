import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import type { TraceKind, TracePorts } from "../../core/plugin/configured_kind.ts";
import type { Host } from "../../core/plugin/ports.ts";
import type { Trace, TraceEntry } from "../../core/plugin/sink.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { openConfigured } from "../../core/engine/open_configured.ts";
import { openHost } from "../../platform/mod.ts";
import { FIRST_PARTY_TRACES } from "../../plugins/first_party_traces.ts";
import { MAX_WAITING } from "../../plugins/trace/poster.ts";
import { restapiTraceKind } from "../../plugins/trace/restapi_trace.ts";
import { otlpTraceKind } from "../../plugins/trace/otlp_trace.ts";
import { traceIdOf } from "../../plugins/trace/run_spans.ts";
import { test } from "../harness.ts";

const AT = Date.UTC(2026, 0, 31, 4, 5, 6, 7);

/** What a run says that fails at its second attempt. */
const EVENTS: readonly RunEvent[] = [
  { type: "job.started", at: AT, job: "load", attempt: 1 },
  { type: "branch.started", at: AT, branch: "load[]" },
  { type: "stage.started", at: AT + 1, stage: "load[]/Fetch", attempt: 1 },
  {
    type: "stage.retry-scheduled",
    at: AT + 2,
    stage: "load[]/Fetch",
    attempt: 1,
    reason: { kind: "attempt-failed" },
    failure: { name: "StageError", message: "It is away", retryable: true },
    dueAt: AT + 3,
  },
  { type: "stage.started", at: AT + 3, stage: "load[]/Fetch", attempt: 2 },
  {
    type: "stage.settled",
    at: AT + 4,
    stage: "load[]/Fetch",
    attempt: 2,
    outcome: "failed",
    failure: { name: "StageError", message: "It is\ngone \u001b[31m", retryable: true },
  },
  { type: "branch.settled", at: AT + 5, branch: "load[]", outcome: "failed" },
  { type: "job.settled", at: AT + 6, job: "load", outcome: "failed" },
  { type: "run.settled", at: AT + 7, outcome: "failed" },
];

interface Opened {
  readonly clock: ManualClock;
  readonly told: string[];
  readonly warnings: string[];
  readonly ports: TracePorts;
}

function ports(changes: Partial<TracePorts> = {}): Opened {
  const [clock, told, warnings] = [new ManualClock(AT), new Array<string>(), new Array<string>()];
  return {
    ...{ clock, told, warnings },
    ports: {
      ...{ host: new FakeHost(), clock, statePath: "/state", debug: false, timezone: "UTC" },
      warn: (message) => void warnings.push(message),
      tell: (line) => void told.push(line),
      ...changes,
    },
  };
}

async function open(
  choice: Readonly<Record<string, string | boolean>>,
  opened: TracePorts,
): Promise<Trace> {
  const kinds = { what: "trace", builtIn: FIRST_PARTY_TRACES, plugged: [], ports: opened };
  const [trace] = await openConfigured([choice], kinds);
  if (trace === undefined) throw new Error("One was chosen");
  return trace;
}

async function entries(trace: Trace, runId: string): Promise<readonly TraceEntry[]> {
  return await Array.fromAsync(trace.history?.read(runId) ?? []);
}

test("console trace prints what happened, in the time zone of the settings", async () => {
  const { ports: given, told } = ports({ timezone: "Asia/Bangkok" });
  const trace = await open({ type: "console" }, given);
  trace.events?.("r1", EVENTS.slice(0, 6));
  deepEqual(told.join("\n").split("\n"), [
    "2026-01-31 11:05:06.007 [INFO] (r1) [job]: Execute Job: 'load'",
    "2026-01-31 11:05:06.008 [INFO] (r1) [stage]: Execute Stage: 'load[]/Fetch'",
    "2026-01-31 11:05:06.009 [WARNING] (r1) [stage]: Retry count: 1: It is away",
    "2026-01-31 11:05:06.010 [INFO] (r1) [stage]: Execute Stage: 'load[]/Fetch' (attempt 2)",
    "2026-01-31 11:05:06.011 [ERROR] (r1) [stage]: End Stage 'load[]/Fetch': failed: StageError: It is",
    " ... ╰─ \tgone \\x1b[31m",
  ]);
});

test("console trace takes a format, debug messages and output where they are asked for", async () => {
  const { ports: given, told } = ports({ debug: true });
  const trace = await open(
    { type: "console", format: "{level} {message} {x}", output: true },
    given,
  );
  trace.events?.("r1", EVENTS.slice(1, 2));
  const at = { at: AT, stage: "load[]/Fetch", attempt: 1 } as const;
  trace.lines?.("r1", { ...at, stream: "stdout", text: "one\ntwo" });
  trace.lines?.("r1", { ...at, stream: "stderr", text: "careful" });
  deepEqual(told, [
    "DEBUG Start 'load[]' {x}",
    "INFO one {x}\nINFO two {x}",
    "WARNING careful {x}",
  ]);
});

test("file trace has the reference's layout, private, and is read back", async () => {
  const host = new FakeHost();
  const { ports: given } = ports({ host });
  const trace = await open({ type: "file", path: "/traces" }, given);
  trace.events?.("r1", EVENTS);
  trace.events?.("../r2", EVENTS.slice(0, 1));
  const files = [...host.files.keys()];
  deepEqual(files, [
    "/traces/run_id=r1/stdout.txt",
    "/traces/run_id=r1/stderr.txt",
    "/traces/run_id=r1/metadata.txt",
    "/traces/run_id=%2e.%2fr2/stdout.txt",
    "/traces/run_id=%2e.%2fr2/metadata.txt",
  ]);
  deepEqual([...new Set(host.modes.values())], [0o600]);
  deepEqual(JSON.parse(host.files.get(files[2] ?? "")?.split("\n")[0] ?? ""), {
    datetime: "2026-01-31T04:05:06.007Z",
    level: "info",
    error_flag: false,
    module: "job",
    run_id: "r1",
    address: "load",
    message: "Execute Job: 'load'",
  });
  const path = files[2] ?? "";
  host.files.set(path, `${host.files.get(path)}{"datetime":"2026-0`); // A torn line.
  const kept = await entries(trace, "r1");
  deepEqual(kept.map(({ level }) => level), [
    ...["info", "info", "warning", "info", "error", "error", "error"],
  ]);
  equal(
    kept.at(4)?.message,
    "End Stage 'load[]/Fetch': failed: StageError: It is\ngone \u001b[31m",
  );
  deepEqual((await trace.history?.runs())?.map(({ runId }) => runId), ["r1", "../r2"]);
  await trace.history?.remove("r1");
  deepEqual(await entries(trace, "r1"), []);
});

test("SQLite trace keeps and forgets runs, and looking makes no file", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-trace-");
  const { ports: given } = ports({ host });
  const path = `${folder}/traces.db`;
  const trace = await open({ type: "sqlite", path }, given);
  deepEqual(await trace.history?.runs(), []);
  equal((await host.listNames(folder))?.length, 0);
  trace.events?.("r1", EVENTS);
  trace.events?.("r2", EVENTS.slice(0, 1));
  await trace.flush?.("r1");
  const again = await open({ type: "sqlite", path }, given);
  deepEqual(await entries(again, "r1"), await entries(trace, "r1"));
  equal((await entries(again, "r1")).length, 7);
  deepEqual((await again.history?.runs())?.map(({ runId }) => runId), ["r1", "r2"]);
  await again.history?.remove("r1");
  deepEqual((await trace.history?.runs())?.map(({ runId }) => runId), ["r2"]);
  for (const it of [trace, again]) await it.close?.();
  await host.remove(folder);
});

/** An endpoint that answers as it is told. */
function endpoint(...answers: readonly (number | "away")[]) {
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const fetch = (url: string, init: RequestInit) => {
    const answer = answers[Math.min(requests.length, answers.length - 1)] ?? 200;
    requests.push({ url, init });
    if (answer === "away") return Promise.reject(new TypeError("Nobody answers"));
    return Promise.resolve(new Response(null, { status: answer }));
  };
  return { requests, fetch };
}

function openWith(kind: TraceKind, options: Parameters<TraceKind["open"]>[0], given: TracePorts) {
  return kind.open({ type: kind.name, ...options }, given);
}

const API = { api_url: "https://logs.example.com/in", api_key: "k3y" };

test("restapi trace posts entries as JSON lines, several in a request", async () => {
  const { requests, fetch } = endpoint(202);
  const { ports: given, warnings } = ports();
  const trace = openWith(restapiTraceKind({ fetch }), API, given);
  trace.events?.("r1", EVENTS.slice(0, 4));
  trace.events?.("r1", EVENTS.slice(4));
  await trace.flush?.("r1");
  equal(requests.length, 1);
  const [request] = requests;
  equal(request?.url, API.api_url);
  deepEqual(request?.init.headers, {
    "content-type": "application/x-ndjson",
    authorization: "Bearer k3y",
  });
  equal(request?.init.redirect, "error", "the key goes nowhere else");
  const lines = String(request?.init.body).trimEnd().split("\n").map((line) => JSON.parse(line));
  deepEqual(lines.map(({ run_id, module }) => `${run_id} ${module}`).slice(-2), [
    "r1 job",
    "r1 workflow",
  ]);
  deepEqual(warnings, []);
});

test("restapi trace tries again where that may help, and says what was lost", async () => {
  const busy = endpoint(503, "away", 200);
  const one = ports();
  const trace = openWith(restapiTraceKind(busy), API, one.ports);
  trace.events?.("r1", EVENTS);
  await one.clock.advance(10_000);
  await trace.flush?.("r1");
  deepEqual([busy.requests.length, one.warnings], [3, []]);

  const refusing = endpoint(400);
  const other = ports();
  const refused = openWith(restapiTraceKind(refusing), API, other.ports);
  refused.events?.("r1", EVENTS);
  await refused.flush?.("r1");
  equal(refusing.requests.length, 1, "it would be refused again");
  match(other.warnings.join(), /"restapi" lost 7 entries/);
});

test("a run does not wait for an endpoint that is away, and what piles up is bounded", async () => {
  const never: RequestInit[] = [];
  const fetch = (_: string, init: RequestInit) => {
    never.push(init);
    return new Promise<Response>(() => {});
  };
  const { ports: given, clock, warnings } = ports();
  const trace = openWith(restapiTraceKind({ fetch }), { ...API, output: true }, given);
  const text = Array.from({ length: MAX_WAITING + 100 }, (_, at) => `line ${at}`).join("\n");
  const block = { at: AT, stage: "load[]/Fetch", attempt: 1, stream: "stdout", text } as const;
  trace.lines?.("r1", block);
  await Promise.resolve();
  trace.lines?.("r1", block);
  const flushed = trace.flush?.("r1");
  await clock.advance(5_000);
  await flushed;
  equal(never.length, 1, "one request at a time");
  match(warnings.join(), /lost \d{4,5} entries/);
});

test("traces refuse options that they do not have, without repeating what may be secret", async () => {
  const { ports: given } = ports();
  throws(
    () => openWith(restapiTraceKind(), { api_url: "ftp://k3y@x" }, given),
    /^RangeError: Cannot open the trace "restapi": this value does not fit at "api_url"$/,
  );
  throws(
    () => openWith(restapiTraceKind(), { ...API, apikey: "k3y" }, given),
    /there is no option "apikey"$/,
  );
  await rejects(open({ type: "elastic" }, given), /Cannot open the trace "elastic": installed are/);
});

test("otlp trace sends a span for the run, each job, leg, stage and attempt", async () => {
  const { requests, fetch } = endpoint(200);
  const host: Host = new FakeHost({
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/", OTEL_SERVICE_NAME: "etl" },
  });
  const { ports: given } = ports({ host });
  const trace = openWith(otlpTraceKind({ fetch }), {}, given);
  const plan = { workflow: "nightly" };
  // deno-lint-ignore no-explicit-any -- of the plan only its name is read
  trace.events?.("r1", [{ type: "run.started", at: AT, run: "r1", plan: plan as any }]);
  trace.events?.("r1", EVENTS);
  await trace.flush?.("r1");
  equal(requests[0]?.url, "http://collector:4318/v1/traces");
  const { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] } = JSON.parse(
    String(requests[0]?.init.body),
  );
  deepEqual(resource.attributes, [{ key: "service.name", value: { stringValue: "etl" } }]);
  const byId = new Map<string, { name: string; parentSpanId?: string; traceId: string }>(
    spans.map((span: { spanId: string }) => [span.spanId, span]),
  );
  const paths = [...byId.values()].map((span) => {
    const names: string[] = [];
    for (let at: typeof span | undefined = span; at; at = byId.get(at.parentSpanId ?? "")) {
      names.unshift(at.name);
    }
    return names.join(" > ");
  });
  const stage = "workflow nightly > job load > load[] > stage load[]/Fetch";
  deepEqual(paths, [
    `${stage} > attempt load[]/Fetch#1`,
    `${stage} > attempt load[]/Fetch#2`,
    stage,
    "workflow nightly > job load > load[]",
    "workflow nightly > job load",
    "workflow nightly",
  ]);
  deepEqual([...new Set(spans.map(({ traceId }: { traceId: string }) => traceId))], [
    traceIdOf("r1"),
  ]);
  match(traceIdOf("r1"), /^[0-9a-f]{32}$/);
  equal(spans[1].startTimeUnixNano, `${AT + 3}000000`);
  deepEqual(spans[1].status, { code: 2, message: "It is\ngone \u001b[31m" });
});
