import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Hono } from "hono";
import { httpSettings } from "../../plugins/http/http_settings.ts";
import { MAX_LISTED_TOGETHER, NewestRuns } from "../../plugins/http/newest_runs.ts";
import { WorkflowError } from "../../core/engine/errors.ts";
import { releaseRunId } from "../../core/engine/run_id.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";
import { isProblem, type Opened, TOKENS, withEndpoint } from "./endpoint.ts";

const READ = { token: "read" } as const;
const RUN = { token: "run" } as const;

async function ended({ call }: Opened, workflow: string, params = {}) {
  const { json } = await call(`POST /workflows/${workflow}/runs?wait=30s`, {
    ...RUN,
    body: { params },
  });
  return json;
}

test("workflows are listed with what starts them, their last run and what is wrong", () =>
  withEndpoint(async (opened) => {
    await ended(opened, "hello");
    const { json } = await opened.call("GET /workflows", READ);
    const hello = json.workflows.find(({ name }: { name: string }) => name === "hello");
    deepEqual(hello.schedules, [{ cron: "0 9 * * *", timezone: "UTC" }]);
    deepEqual([hello.description, hello.jobs, hello.paused, hello.errors], ["Greets", 1, false, 0]);
    match(hello.next, /T09:00:00\.000Z$/);
    equal(hello.last.status, "SUCCESS");
    const broken = json.workflows.find(({ name }: { name: string }) => name === "broken");
    equal(broken.errors, 1);
  }));

test("a thousand workflows and their schedules are listed with few looks into the store", () =>
  withEndpoint(async ({ call, sluice, folder }) => {
    const written = Array.from(
      { length: 1_000 },
      (_, at) =>
        `w${at}:\n  type: Workflow\n  on: [{cron: "0 9 * * *"}]\n` +
        "  jobs: {a: {stages: [{name: a, echo: a}]}}\n",
    );
    await writeFile(join(folder, "conf", "w.yml"), written.join(""));
    const start = (name: string) =>
      call(`POST /workflows/${name}/runs?wait=30s`, { ...RUN, body: {} });
    const ended = await start("w7");
    const store = await sluice.engine.store();
    let looks = 0;
    const { list, cursors } = store;
    store.list = (query) => (looks++, list.call(store, query));
    store.cursors = (prefix) => (looks++, cursors.call(store, prefix));
    const { json: { workflows } } = await call("GET /workflows", READ);
    equal(workflows.length, 1_000);
    const w7 = workflows.find(({ name }: { name: string }) => name === "w7");
    deepEqual([w7.last.run_id, w7.paused], [ended.json.run_id, false]);
    match(w7.next, /T09:00:00/);
    equal((await call("GET /schedules", READ)).json.schedules.length, 1_000);
    ok(looks <= 4, `${looks} looks`);
  }));

test("NewestRuns finds the last run of a workflow that has not run for long", () =>
  withEndpoint(async ({ sluice: { engine } }) => {
    const summary = (workflow: string, at: number) => ({
      ...{ runId: `${workflow}-${at}`, workflow, status: "SUCCESS", trigger: "manual" },
      ...{ startedAt: at, settledAt: at },
    });
    const busy = Array.from({ length: MAX_LISTED_TOGETHER }, (_, at) => summary("busy", at + 10));
    const quiet = [summary("quiet", 2), summary("quiet", 1)];
    const store = await engine.store();
    let asked = 0;
    store.list = ({ workflow, limit = 50 } = {}) => {
      asked++;
      return Promise.resolve((workflow === undefined ? busy : quiet).slice(0, limit));
    };
    const newest = new NewestRuns(engine);
    for (let i = 0; i < 3; i++) {
      const found = await newest.of(["busy", "quiet"], { each: 1 });
      deepEqual(found.get("quiet"), [quiet[0]]);
      deepEqual(found.get("busy"), [busy[0]]);
    }
    equal(asked, 4, "once for all each time, and once for the quiet one");
  }));

test("a workflow shows its parts, and one that is not there is a problem", () =>
  withEndpoint(async ({ call }) => {
    const one = await call("GET /workflows/hello", READ);
    deepEqual(one.json.jobs.greet.id, "greet");
    deepEqual(Object.keys(one.json.params), ["who", "times"]);
    const { json: { params } } = await call("GET /workflows/hello/params", READ);
    deepEqual(
      params.map(({ name, type, min, max }: Record<string, unknown>) => [name, type, min, max]),
      [["who", "str", null, null], ["times", "int", 1, 9]],
    );
    const graph = await call("GET /workflows/failing/graph", READ);
    deepEqual(
      graph.json.jobs.map(({ id, needs, rank }: Record<string, unknown>) => [id, needs, rank]),
      [["good", [], 0], ["bad", ["good"], 1]],
    );
    const source = await call("GET /workflows/hooked/source", READ);
    ok(source.json.text.includes("hooked:"));
    equal(source.json.text.split("\n")[source.json.line - 1], "hooked:");
    const { json: { diagnostics } } = await call("GET /workflows/broken/diagnostics", READ);
    deepEqual([diagnostics[0].code, diagnostics[0].severity], ["need-unknown", "error"]);
    for (const part of ["", "/graph", "/params", "/source", "/diagnostics"]) {
      const missing = await call(`GET /workflows/nowhere${part}`, READ);
      equal(missing.status, 404);
      ok(isProblem(missing));
    }
  }));

test("a run is answered for at once, or once it has ended where that is asked", () =>
  withEndpoint(async ({ call }) => {
    const later = await call("POST /workflows/waiting/runs", { ...RUN, body: {} });
    equal(later.status, 202);
    equal(later.headers.get("location"), `../../runs/${later.json.run_id}`);
    equal(later.json.context, null);
    const now = await call("POST /workflows/hello/runs?wait=30s", {
      ...RUN,
      body: { params: { who: "you" } },
    });
    equal(now.status, 200);
    deepEqual([now.json.status, now.json.trigger, now.json.exit_code], ["SUCCESS", "http", 0]);
    equal(now.json.context.jobs.greet.stages.say.outputs.text, "hello you");
  }));

test("an answer is not held back for longer than the server allows", () =>
  withEndpoint(async ({ call }) => {
    const answer = await call("POST /workflows/waiting/runs?wait=9999s", { ...RUN, body: {} });
    deepEqual([answer.status, answer.json.status], [202, "RUNNING"]);
  }, { http: { limits: { waitMs: 50 } } }));

test("parameters that do not fit are all told, and nothing is started", () =>
  withEndpoint(async ({ call }) => {
    const answer = await call("POST /workflows/hello/runs", {
      ...RUN,
      body: { params: { times: 12 } },
    });
    deepEqual([answer.status, answer.json.code, answer.json.exit_code], [422, "param-invalid", 2]);
    deepEqual(answer.json.errors.map(({ where }: { where: string }) => where), ["times"]);
    deepEqual((await call("GET /runs", READ)).json.runs, []);
  }));

test("parameters that are not declared are refused, as nobody would see a warning", () =>
  withEndpoint(async ({ call }) => {
    const params = { whoo: "you", times: 2, other: 1 };
    const release = { date: "2026-01-31T00:00:00Z", params };
    for (
      const [route, body] of [["runs", { params }], ["releases", release]] as const
    ) {
      const answer = await call(`POST /workflows/hello/${route}`, { ...RUN, body });
      deepEqual([answer.status, answer.json.code], [422, "param-invalid"], route);
      deepEqual(answer.json.errors, [
        {
          where: "whoo",
          message: 'Workflow "hello" declares no parameter "whoo"; did you mean "who"?',
        },
        { where: "other", message: 'Workflow "hello" declares no parameter "other"' },
      ]);
    }
    deepEqual((await call("GET /runs", READ)).json.runs, []);
    // The reference hands them on.
    const taken = await call("POST /workflows/hello/execute", { ...RUN, body: { params } });
    equal(taken.status, 202);
  }));

test("a workflow with errors is not started, and all of them are told", () =>
  withEndpoint(async ({ call }) => {
    const answer = await call("POST /workflows/broken/runs", { ...RUN, body: {} });
    deepEqual([answer.status, answer.json.code], [422, "workflow-invalid"]);
    equal(answer.json.diagnostics[0].code, "need-unknown");
  }));

test("a body that does not fit is refused with what does not", () =>
  withEndpoint(async ({ call }) => {
    const of = async (body: unknown) =>
      (await call("POST /workflows/hello/runs", { ...RUN, body })).json.code;
    equal(await of("{"), "request-unreadable");
    equal(await of({ other: 1 }), "request-invalid");
    equal(await of([]), "request-invalid");
    equal(await of({ run_id: "../etc" }), "request-invalid");
    equal(await of({ timeout: -1 }), "request-invalid");
    equal(await of('{"params": {"__proto__": {"polluted": 1}}}'), "request-invalid");
    equal(await of('{"params": {"a": {"constructor": 1}}}'), "request-invalid");
    equal(await of(`{"params": {"a": ${"[".repeat(200)}${"]".repeat(200)}}}`), "request-invalid");
    equal(await of(`{"params": ${"[".repeat(100_000)}`), "request-unreadable");
    equal(Object.hasOwn(Object.prototype, "polluted"), false);
  }));

test("the same idempotency key starts one run, however often and at once", () =>
  withEndpoint(async ({ call }) => {
    const start = () =>
      call("POST /workflows/hello/runs", {
        ...{ ...RUN, body: {} },
        headers: { "idempotency-key": "order-7" },
      });
    const answers = await Promise.all([start(), start(), start(), start()]);
    const again = await call("POST /workflows/hello/runs?wait=30s", {
      ...{ ...RUN, body: {} },
      headers: { "idempotency-key": "order-7" },
    });
    for (const { status, json } of [...answers, again]) {
      ok(status === 202 || status === 200, JSON.stringify(json));
      equal(json.run_id, again.json.run_id);
    }
    equal((await call("GET /runs", READ)).json.runs.length, 1);
    const other = await call("POST /workflows/failing/runs", {
      ...{ ...RUN, body: {} },
      headers: { "idempotency-key": "order-7" },
    });
    ok(other.json.run_id !== again.json.run_id);
  }));

test("an idempotency key that is used for something else is refused, and starts nothing", () =>
  withEndpoint(async ({ call }) => {
    const start = (body: unknown, wait = "?wait=30s") =>
      call(`POST /workflows/hello/runs${wait}`, {
        ...{ ...RUN, body },
        headers: { "idempotency-key": "order-8" },
      });
    const first = await start({ params: { who: "you" } });
    equal(first.status, 200);
    // The same, however it is written.
    for (const body of [{ params: { who: "you" } }, { params: { who: "you", times: "1" } }]) {
      equal((await start(body)).json.run_id, first.json.run_id);
    }
    for (
      const [body, where] of [
        [{ params: { who: "them" } }, "who"],
        [{}, "who"],
        [{ params: { who: "you", times: 2 } }, "times"],
        [{ params: { who: "you" }, timeout: 5 }, "timeout"],
        [{ params: { who: "you" }, max_parallel: 9 }, "max_parallel"],
      ] as const
    ) {
      const answer = await start(body);
      deepEqual([answer.status, answer.json.code], [422, "key-reused"], JSON.stringify(body));
      deepEqual(answer.json.errors.map((error: { where: string }) => error.where), [where]);
    }
    const both = await start({ run_id: "mine" });
    deepEqual([both.status, both.json.code], [422, "request-invalid"]);
    equal((await call("GET /runs", READ)).json.runs.length, 1);
    // Of any number at once, those that ask for the same have one run, and the others none.
    const race = await Promise.all(
      ["a", "b", "a", "b"].map((who) =>
        call("POST /workflows/hello/runs", {
          ...{ ...RUN, body: { params: { who } } },
          headers: { "idempotency-key": "order-9" },
        })
      ),
    );
    deepEqual(race.map(({ status }) => status).filter((status) => status === 422).length, 2);
    equal((await call("GET /runs", READ)).json.runs.length, 2);
  }));

test("an idempotency key outlives an edit of the workflow: what was given counts", () =>
  withEndpoint(async ({ call, folder }) => {
    const start = (params: unknown) =>
      call("POST /workflows/hello/runs?wait=30s", {
        ...{ ...RUN, body: { params } },
        headers: { "idempotency-key": "order-10" },
      });
    const first = await start({ who: "you" });
    const file = join(folder, "conf", "w.yml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("default: 1,", "default: 2,"));
    equal((await start({ who: "you" })).json.run_id, first.json.run_id);
    equal((await start({ who: "them" })).json.code, "key-reused");
  }));

test("a run that stands in line for its group says so, and metrics count it", () =>
  withEndpoint(async ({ call, sluice }) => {
    const { workflows: [workflow] } = await sluice.loadText(
      `
lone:
  type: Workflow
  concurrency: {group: lone, limit: 1}
  jobs: {wait: {stages: [{name: Wait, bash: "exec sleep 600"}]}}
`,
      "lone.yml",
    );
    ok(workflow);
    const first = await sluice.engine.start(workflow, { runId: "first" });
    for await (const { type } of first.events()) if (type === "permit.granted") break;
    const second = await sluice.engine.start(workflow, { runId: "second" });
    for await (const { type } of second.events()) if (type === "permit.requested") break;
    const status = async (part: string) =>
      (await call(`GET /runs/second${part}`, READ)).json.status;
    deepEqual(
      [await status(""), await status("/timeline"), await status("/outputs")],
      ["WAIT", "WAIT", "WAIT"],
    );
    deepEqual((await call("GET /runs?status=wait", READ)).json.runs[0].run_id, "second");
    const { text } = await call("GET /metrics", READ);
    match(text, /^sluice_runs_queued 1$/m);
    match(text, /^sluice_permits\{phase="held"\} 1$/m);
    first.cancel("test", "enough");
    second.cancel("test", "enough");
    await Promise.all([first.result, second.result]);
  }));

test("a run id that belongs to another workflow is a conflict", () =>
  withEndpoint(async ({ call }) => {
    const start = (workflow: string) =>
      call(`POST /workflows/${workflow}/runs?wait=30s`, { ...RUN, body: { run_id: "mine" } });
    equal((await start("hello")).status, 200);
    equal((await start("hello")).json.run_id, "mine");
    const other = await start("failing");
    deepEqual([other.status, other.json.code], [409, "conflict"]);
  }));

test("a release runs once for its date, and only for dates of the schedule", () =>
  withEndpoint(async ({ call }) => {
    const release = (body: unknown) =>
      call("POST /workflows/hello/releases?wait=30s", { ...RUN, body });
    const first = await release({ date: "2026-01-31T09:00:00Z" });
    deepEqual([first.status, first.json.run_id], [200, "hello@2026-01-31T09:00Z"]);
    equal((await release({ date: "2026-01-31T09:00:00Z" })).json.run_id, first.json.run_id);
    const forced = await release({ date: "2026-01-31T09:00:00Z", type: "force" });
    equal(forced.json.run_id, "hello@2026-01-31T09:00Z~2");
    const wrong = await release({ date: "2026-01-31T09:01:00Z" });
    deepEqual([wrong.status, wrong.json.code], [422, "request-invalid"]);
    equal((await release({ date: "soon" })).status, 422);
    const detail = await call(`GET /runs/${first.json.run_id}`, READ);
    deepEqual(detail.json.release, { type: "normal", logical_date: "2026-01-31T09:00:00.000Z" });
  }));

test("a run shows how it went: details, timeline, graph, outputs, events, output", () =>
  withEndpoint(async (opened) => {
    const { call } = opened;
    const { run_id } = await ended(opened, "failing");
    const get = async (part: string) => (await call(`GET /runs/${run_id}${part}`, READ)).json;
    const detail = await get("");
    deepEqual([detail.status, detail.exit_code, detail.interrupted], ["FAILED", 1, false]);
    ok(detail.errors.some(({ where }: { where: string }) => where === "bad.fails"));
    deepEqual(await get(""), detail, "the same from what is kept");

    const timeline = await get("/timeline");
    equal(timeline.position, detail.position);
    const parts: { address: string; parent: string | null; status: string }[] = timeline.parts;
    deepEqual(
      parts.map(({ address, parent, status }) => [address, parent, status]),
      [
        ["good", null, "succeeded"],
        ["good[]", "good", "succeeded"],
        ["good[]/fine", "good[]", "succeeded"],
        ["bad", null, "failed"],
        ["bad[]", "bad", "failed"],
        ["bad[]/fails", "bad[]", "failed"],
      ],
    );
    const early = await get("/timeline?at=1");
    deepEqual([early.position, early.length, early.status], [1, detail.position, "RUNNING"]);
    deepEqual(early.parts.map(({ status }: { status: string }) => status), ["pending", "pending"]);
    equal((await call(`GET /runs/${run_id}/timeline?at=9999`, READ)).status, 422);

    equal((await get("/graph")).jobs.length, 2);
    equal((await get("/outputs")).context.jobs.good.status, "SUCCESS");
    const events = await get("/events?from=2&limit=3");
    deepEqual(events.events.map(({ position }: { position: number }) => position), [3, 4, 5]);
    deepEqual([events.next, events.end], [5, false]);
    equal((await get(`/events?from=${detail.position}`)).end, true);
    const logs = await get("/logs");
    deepEqual(logs.lines.map(({ text }: { text: string }) => text).slice(0, 1), ["fine"]);
    equal(logs.end, true);
    for (const part of ["", "/timeline", "/graph", "/outputs", "/events", "/logs"]) {
      const missing = await call(`GET /runs/nowhere${part}`, READ);
      deepEqual([missing.status, missing.json.code], [404, "not-found"], part);
    }
  }));

test("the log of a whole run is read page by page, in order of time and without a gap", () =>
  withEndpoint(async (opened) => {
    const { call } = opened;
    const { run_id: run } = await ended(opened, "many");
    const page = async (query: string) => (await call(`GET /runs/${run}/logs?${query}`, READ)).json;
    const whole = await page("limit=10000");
    deepEqual([whole.lines.length === 200, whole.end, whole.next], [
      true,
      true,
      whole.lines.length,
    ]);
    const moments = whole.lines.map(({ at }: { at: string }) => at);
    deepEqual(moments, moments.toSorted());
    const lines = [];
    for (let query = "", isOver = false; !isOver;) {
      const { lines: more, cursor, next, end } = await page(`limit=37${query}`);
      lines.push(...more);
      equal(next, lines.length);
      [query, isOver] = [`&after=${cursor}`, end];
    }
    deepEqual(lines, whole.lines);
    deepEqual((await page("from=150&limit=20")).lines, whole.lines.slice(150, 170));
    const { stage } = whole.lines[9];
    const own = whole.lines.filter((line: { stage: string }) => line.stage === stage);
    const alone = await page(`stage=${encodeURIComponent(stage)}`);
    deepEqual(
      alone.lines.map(({ text }: { text: string }) => text),
      own.map(({ text }: { text: string }) => text),
    );
    equal(alone.cursor, null);
    for (
      const query of ["after=1", "after=a.b.c", "after=1.1.1&stage=x", "after=1.1.1&attempt=1"]
    ) {
      equal((await call(`GET /runs/${run}/logs?${query}`, READ)).status, 422, query);
    }
  }));

test("a run that is started anew under an id that was pruned is shown as it is now", () =>
  withEndpoint(async ({ call, sluice }) => {
    const start = (who: string) =>
      call("POST /workflows/hello/runs?wait=30s", {
        ...RUN,
        body: { run_id: "again", params: { who } },
      });
    await start("one");
    equal((await call("GET /runs/again", READ)).json.params.who, "one");
    await (await sluice.engine.store()).remove("again", () => false);
    equal((await call("GET /runs/again/timeline", READ)).status, 404);
    equal((await call("GET /runs/again", READ)).status, 404);
    const now = await start("two");
    equal(now.json.context.params.who, "two");
    equal((await call("GET /runs/again", READ)).json.params.who, "two");
  }));

test("runs are listed newest first, page by page, of one workflow or status", () =>
  withEndpoint(async (opened) => {
    const { call } = opened;
    for (const workflow of ["hello", "failing", "hello"]) await ended(opened, workflow);
    const first = (await call("GET /runs?limit=2", READ)).json;
    deepEqual(first.runs.map(({ workflow }: { workflow: string }) => workflow), [
      "hello",
      "failing",
    ]);
    const second = (await call(`GET /runs?limit=2&after=${first.next}`, READ)).json;
    deepEqual([second.runs.length, second.next], [1, null]);
    equal((await call("GET /runs?workflow=hello", READ)).json.runs.length, 2);
    equal((await call("GET /runs?status=failed,cancel", READ)).json.runs.length, 1);
    for (const query of ["limit=0", "limit=501", "limit=x", "status=odd", "after=%00"]) {
      equal((await call(`GET /runs?${query}`, READ)).status, 422, query);
    }
  }));

test("a page behind a run that was removed is not found, rather than empty", () =>
  withEndpoint(async (opened) => {
    const { call, sluice: { engine } } = opened;
    for (let count = 0; count < 3; count++) await ended(opened, "hello");
    const first = (await call("GET /runs?limit=2", READ)).json;
    await engine.remove(first.next);
    const gone = await call(`GET /runs?limit=2&after=${first.next}`, READ);
    ok(isProblem(gone));
    deepEqual([gone.status, gone.json.code], [404, "not-found"]);
    const last = (await call("GET /runs?limit=3", READ)).json.runs.at(-1);
    const behind = await call(`GET /runs?limit=2&after=${last.run_id}`, READ);
    deepEqual(behind.json, { runs: [], next: null }, "behind the last one there is nothing");
  }));

test("a query that a route does not know is refused, with what was perhaps meant", () =>
  withEndpoint(async ({ call }) => {
    const refused = async (route: string) => {
      const { status, json } = await call(`GET ${route}`, READ);
      equal(status, 422, route);
      equal(json.code, "request-invalid");
      return json.detail;
    };
    equal(
      await refused("/runs?statsu=failed"),
      'query: "statsu" is unknown here; did you mean "status"?',
    );
    equal(
      await refused("/runs?color=red"),
      'query: "color" is unknown here; known are workflow, status, limit, after',
    );
    equal(await refused("/workflows?limit=5"), 'query: "limit" is unknown here; nothing is known');
    equal(
      await refused("/workflows/hello?x=1&y=2"),
      [
        'query: "x" is unknown here; nothing is known',
        '"y" is unknown here; nothing is known',
      ].join("; "),
    );
  }));

test("a number of a query that does not fit is told which ones do", () =>
  withEndpoint(async ({ call }) => {
    for (const limit of ["-5", "0", "501", "x", "1.5"]) {
      const { json } = await call(`GET /runs?limit=${limit}`, READ);
      equal(json.detail, "query/limit: Is no whole number from 1 to 500", limit);
    }
    const { json } = await call("GET /runs/x/events?from=-1", READ);
    equal(json.detail, "query/from: Is no whole number from 0 on");
  }));

test("a run is cancelled, by whom and why", () =>
  withEndpoint(async ({ call, sluice }) => {
    const { json: { run_id } } = await call("POST /workflows/waiting/runs", { ...RUN, body: {} });
    const answer = await call(`POST /runs/${run_id}/cancel`, { ...RUN, body: { why: "enough" } });
    equal(answer.status, 202);
    await sluice.engine.running(run_id)?.result;
    const { json } = await call(`GET /runs/${run_id}`, READ);
    deepEqual([json.status, json.exit_code, json.reason], ["CANCEL", 130, "by run (enough)"]);
    equal((await call(`POST /runs/${run_id}/cancel`, RUN)).json.status, "CANCEL");
    equal((await call("POST /runs/nowhere/cancel", RUN)).status, 404);
  }));

test("a run is run again from what failed, or from where somebody says", () =>
  withEndpoint(async (opened) => {
    const { call } = opened;
    const failed = await ended(opened, "failing");
    const again = await call(`POST /runs/${failed.run_id}/rerun?wait=30s`, { ...RUN, body: {} });
    deepEqual([again.json.status, again.json.parent_run_id], ["FAILED", failed.run_id]);
    const { json } = await call(`GET /runs/${again.json.run_id}/timeline`, READ);
    equal(json.parts.find(({ address }: { address: string }) => address === "good").kept, true);
    const good = await ended(opened, "hello");
    equal((await call(`POST /runs/${good.run_id}/rerun`, { ...RUN, body: {} })).status, 409);
    const from = await call(`POST /runs/${good.run_id}/rerun?wait=30s`, {
      ...RUN,
      body: { from: "greet" },
    });
    equal(from.json.status, "SUCCESS");
    equal(
      (await call(`POST /runs/${good.run_id}/rerun`, { ...RUN, body: { from: "no" } })).status,
      409,
    );
    equal((await call("POST /runs/nowhere/rerun", { ...RUN, body: {} })).status, 404);
  }));

test("a run that has ended is given back by resume, and one that is not there is a problem", () =>
  withEndpoint(async (opened) => {
    const { run_id } = await ended(opened, "hello");
    equal((await opened.call(`POST /runs/${run_id}/resume`, RUN)).json.status, "SUCCESS");
    equal((await opened.call("POST /runs/nowhere/resume", RUN)).status, 404);
  }));

test("a definition in a request is refused with the reason", () =>
  withEndpoint(async ({ call }) => {
    const body = { workflow: "x: {type: Workflow}" };
    const inline = await call("POST /runs", { token: "admin", body });
    deepEqual([inline.status, inline.json.code], [403, "inline-refused"]);
    match(inline.json.detail, /inline: true/);
    const job = await call("POST /job/execute/", { token: "admin", body: { job: {}, params: {} } });
    deepEqual([job.status, job.json.code], [403, "inline-refused"]);
  }));

test("a definition in a request runs where a setting says so, for admin alone, and is not kept", () =>
  withEndpoint(async ({ call }) => {
    const workflow = `
hello:
  type: Workflow
  jobs: {other: {stages: [{name: Other, id: other, echo: "another hello"}]}}
`;
    const body = { workflow };
    equal((await call("POST /runs", { token: "run", body })).status, 403);
    const answer = await call("POST /runs?wait=30s", { token: "admin", body });
    deepEqual([answer.status, Object.keys(answer.json.context.jobs)], [200, ["other"]]);
    const known = await call("POST /workflows/hello/runs?wait=30s", { token: "run", body: {} });
    deepEqual(Object.keys(known.json.context.jobs), ["greet"]);
    const wrong = await call("POST /runs", { token: "admin", body: { workflow: "a: [" } });
    deepEqual([wrong.status, wrong.json.code], [422, "workflow-invalid"]);
    const long = await call("POST /runs", {
      token: "admin",
      body: { workflow: "#".repeat(64 * 1024 + 1) },
    });
    equal(long.status, 422);
  }, { http: { inlineDefinitions: true } }));

test("schedules are shown, paused and resumed", () =>
  withEndpoint(async ({ call }) => {
    const { json: { schedules } } = await call("GET /schedules", READ);
    const listed = schedules.map(({ workflow }: { workflow: string }) => workflow);
    deepEqual(listed, ["hello", "hooked"]);
    equal((await call("POST /workflows/hello/pause", RUN)).json.paused, true);
    equal((await call("GET /schedules", READ)).json.schedules[0].paused, true);
    equal((await call("POST /workflows/hello/unpause", RUN)).json.paused, false);
    const { json: { slots } } = await call("GET /schedules/next?workflow=hello&limit=3", READ);
    equal(slots.length, 3);
    equal((await call("POST /workflows/nowhere/pause", RUN)).status, 404);
    equal((await call("GET /schedules/next?workflow=nowhere", READ)).status, 404);
  }));

const STARTED = `
daily: {type: Workflow, on: [{cron: "0 9 * * *"}], jobs: {j: {stages: [{name: a, echo: a}]}}}
after: {type: Workflow, on: {release: daily}, jobs: {j: {stages: [{name: a, echo: a}]}}}
refused: {type: Workflow, on: [{every: 1h}], jobs: {j: {needs: [no], stages: [{name: a, echo: a}]}}}
`;

test("schedules stand in the same document as in that of the command", () =>
  withEndpoint(async ({ call, folder }) => {
    await writeFile(join(folder, "conf", "w.yml"), STARTED);
    await writeFile(join(folder, "conf", "torn.yml"), "torn: {type: Workflow, on: [{evry: 1h}]}\n");
    const runId = releaseRunId("daily", Math.floor(Date.now() / 86_400_000) * 86_400_000);
    const left = { runId, workflow: "daily", trigger: "schedule", status: "RUNNING" };
    const gone = { id: "gone", pid: 999_999_999, birth: "gone" };
    const store = sqliteJournal({ folder: join(folder, "state"), host: openHost() });
    await store.create({ ...left, startedAt: Date.now() }, gone);
    await store.close();
    const { json } = await call("GET /schedules", READ);
    const paths = ["--conf", join(folder, "conf"), "--state", join(folder, "state")];
    const status = await sluice(["schedule", "status", "--json", ...paths], { cwd: folder });
    deepEqual(json, JSON.parse(status.stdout), status.stderr);
    deepEqual(
      json.schedules.map(({ workflow, schedule }: Record<string, unknown>) => [workflow, schedule]),
      [["after", "release daily"], ["daily", "0 9 * * *"]],
    );
    equal(json.schedules[1].last_interrupted, true);
    deepEqual(json.broken.map(({ code }: { code: string }) => code), [
      "key-unknown",
      "need-unknown",
    ]);
    const { json: { slots } } = await call("GET /schedules/next", READ);
    deepEqual(slots.map(({ workflow }: { workflow: string }) => workflow), ["daily"]);
    await rm(join(folder, "conf", "torn.yml"));
    const mended = (await call("GET /schedules", READ)).json.broken;
    deepEqual(mended.map(({ code }: { code: string }) => code), ["need-unknown"]);
  }));

test("audits are found and verified", () =>
  withEndpoint(async (opened) => {
    const { run_id } = await ended(opened, "hello");
    const { json } = await opened.call("GET /audits?workflow=hello", READ);
    deepEqual(json.audits.map((record: { run_id: string }) => record.run_id), [run_id]);
    const verdict = await opened.call("GET /audits/verify", { token: "admin" });
    deepEqual([verdict.json.ok, verdict.json.records], [true, 1]);
    const cut = await opened.call(`GET /audits/verify?head=9:${"0".repeat(64)}`, {
      token: "admin",
    });
    equal(cut.json.ok, false);
  }));

test("the routes of the reference answer as they did", () =>
  withEndpoint(async (opened) => {
    const { call } = opened;
    const message = "Workflow already start up with healthy status.";
    deepEqual((await call("GET /")).json, { message });
    const all = await call("GET /workflows/", READ);
    equal(all.json.count, 6);
    equal(all.json.message, "Getting all workflows: 6");
    equal(all.json.workflows.hello.type, "Workflow");
    const run = await call("POST /workflows/hello/execute", { ...RUN, body: { params: {} } });
    deepEqual([run.status, run.json.status, run.json.parent_run_id], [202, "SUCCESS", null]);
    await call("POST /workflows/hello/releases?wait=30s", {
      ...RUN,
      body: { date: "2026-01-31T09:00:00Z" },
    });
    const audits = await call("GET /workflows/hello/audits", READ);
    equal(audits.json.audits.length, 2);
    const id = "hello@2026-01-31T09:00Z";
    const one = await call("GET /workflows/hello/audits/20260131090000", READ);
    equal(one.json.audit.run_id, id);
    for (
      const path of ["", "hello/", "hello/20260131090000", `hello/20260131090000/${id}`]
    ) {
      const found = await call(`GET /logs/audits/${path}`, READ);
      ok(found.json.audits.some((audit: { run_id: string }) => audit.run_id === id), path);
    }
    for (const path of ["nowhere/audits", "nowhere/audits/20260131090000"]) {
      const missing = await call(`GET /workflows/${path}`, READ);
      equal(missing.json.detail, "Does not found audit for workflow 'nowhere'");
    }
    equal((await call("GET /workflows/hello/audits/soon", READ)).status, 422);
  }));

test("metrics count runs, attempts and requests", () =>
  withEndpoint(async (opened) => {
    await ended(opened, "hello");
    await ended(opened, "failing");
    const { text, headers } = await opened.call("GET /metrics", READ);
    match(headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
    match(text, /^sluice_runs_ended_total\{status="SUCCESS"\} 1$/m);
    match(text, /^sluice_runs_ended_total\{status="FAILED"\} 1$/m);
    match(text, /^sluice_attempts_total\{outcome="succeeded"\} 2$/m);
    match(text, /^sluice_attempts_under_way 0$/m);
    match(text, /^sluice_http_requests_total\{method="POST",status="200"\} 2$/m);
    match(text, /^sluice_runs_under_way\{driven="true"\} 0$/m);
    // So that the first failure is a step and not the beginning of a series.
    match(text, /^sluice_runs_ended_total\{status="CANCEL"\} 0$/m);
    match(text, /^sluice_build_info\{version="[^"]+"\} 1$/m);
    match(text, /^sluice_http_request_duration_seconds_bucket\{le="\+Inf"\} \d+$/m);
    for (const line of text.trimEnd().split("\n")) {
      match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[^}]*\})? -?\d+(\.\d+)?(e-?\d+)?)$/);
    }
  }));

test("a server that is about to end says so, and starts nothing", async () => {
  const ending = new AbortController();
  await withEndpoint(async ({ call }) => {
    equal((await call("GET /ready")).status, 200);
    ending.abort();
    deepEqual([(await call("GET /ready")).status, (await call("GET /health")).status], [503, 200]);
    const answer = await call("POST /workflows/hello/runs", { ...RUN, body: {} });
    deepEqual([answer.status, answer.json.code], [503, "ending"]);
  }, { http: { signal: ending.signal } });
});

test("the application is mounted below a path of somebody else's", () =>
  withEndpoint(async ({ app }) => {
    const outer = new Hono().get("/", (c) => c.text("mine")).route("/sluice", app);
    const authorization = `Bearer ${"x".repeat(43)}`;
    const health = await outer.request("/sluice/api/v1/health");
    equal(health.status, 200);
    equal((await outer.request("/sluice/api/v1/runs")).status, 401);
    const started = await outer.request("/sluice/api/v1/workflows/waiting/runs", {
      method: "POST",
      headers: { authorization },
    });
    const location = new URL(
      started.headers.get("location") ?? "",
      "http://localhost/sluice/api/v1/workflows/waiting/runs",
    );
    equal((await outer.request(location.pathname, { headers: { authorization } })).status, 200);
    const page = await outer.request("/sluice/");
    equal(await page.text(), "<p>page</p>");
    match(page.headers.get("content-security-policy") ?? "", /script-src 'self'/);
    equal(await (await outer.request("/")).text(), "mine");
  }, { http: { page: new Map([["/", { type: "text/html", body: "<p>page</p>" }]]) } }));

test("httpSettings() reads the section, and says where it is wrong", () => {
  const place = {
    file: "sluice.yml",
    span: { start: { line: 3, column: 1 }, end: { line: 3, column: 2 } },
  };
  const section = (value: Parameters<typeof httpSettings>[0] extends infer S ? unknown : never) =>
    httpSettings({ value, placeOf: () => place } as never);
  deepEqual(httpSettings(undefined), {});
  const read = section({
    hosts: ["sluice.example"],
    inline: true,
    limits: { wait_seconds: 5, per_second: 7 },
  });
  equal(read.inlineDefinitions, true);
  deepEqual(read.limits, { waitMs: 5_000, rate: { perSecond: 7, burst: 14 } });
  try {
    section({ tokens: [{ name: "ci", sha256: "clear-text", scopes: ["read"] }] });
    ok(false);
  } catch (error) {
    ok(error instanceof WorkflowError);
    match(error.diagnostics[0]?.message ?? "", /"http\.tokens\.0\.sha256": Is no SHA-256/);
    equal(error.diagnostics[0]?.place, place);
  }
});

test("the page is found at the path that it is mounted at, with and without a slash", () =>
  withEndpoint(async ({ app }) => {
    const outer = new Hono().route("/of/sluice", app);
    const page = await outer.request("/of/sluice/");
    match(page.headers.get("content-type") ?? "", /^text\/html/);
    const bare = await outer.request("/of/sluice");
    deepEqual([bare.status, bare.headers.get("location")], [308, "./sluice/"]);
    equal((await outer.request("/of/sluice/nothing")).status, 404);
    equal((await app.request("/")).status, 200);
  }, { http: { page: undefined } }));

test("the application is mounted in one of another copy of Hono, by any of its routers", () =>
  withEndpoint(async ({ app }) => {
    for (const file of ["index.js", "preset/quick.js", "preset/tiny.js"]) {
      // With a parameter in front, so that what it is mounted at is known to the router alone.
      const outer = new (await copyOfHono(file))().route("/of/:tenant/sluice", app);
      const type = async (path: string) =>
        (await outer.request(`/of/me/sluice${path}`)).headers.get("content-type");
      match(await type("/") ?? "", /^text\/html/, file);
      match(await type("/page/core/api.js") ?? "", /^text\/javascript/, file);
      equal((await outer.request("/of/me/sluice")).status, 308, file);
      equal((await outer.request("/of/me/sluice/nothing/")).status, 404, file);
      equal((await outer.request("/of/me/sluice/api/v1/health")).status, 200, file);
      const answer = await outer.request("/of/me/sluice/api/v1/workflows/hello/runs?wait=30s", {
        method: "POST",
        headers: { "authorization": `Bearer ${TOKENS.run}`, "content-type": "application/json" },
        body: JSON.stringify({ params: { who: "you" } }),
      });
      equal((await answer.json()).status, "SUCCESS", file);
      equal((await outer.request("/of/me/sluice/api/v1/runs")).status, 401, file);
    }
  }, { http: { page: undefined } }));

/** Hono from a folder of its own, as whoever mounts an application has it. */
async function copyOfHono(file: string): Promise<typeof Hono> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-hono-"));
  try {
    const ours = fileURLToPath(new URL("../../node_modules/hono", import.meta.url));
    await cp(ours, folder, { recursive: true, dereference: true });
    const copy = await import(pathToFileURL(join(folder, "dist", file)).href);
    ok(copy.Hono !== Hono);
    return copy.Hono;
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("statuses are taken by the words for outcomes too, and a wait that cannot be names its bound", () =>
  withEndpoint(async (opened) => {
    await ended(opened, "hello");
    await ended(opened, "failing");
    const found = async (status: string) => {
      const { json } = await opened.call(`GET /runs?status=${status}`, READ);
      return json.runs.map(({ workflow }: { workflow: string }) => workflow);
    };
    deepEqual(await found("succeeded"), ["hello"]);
    deepEqual(await found("Failure,cancelled,canceled,skipped,waiting"), ["failing"]);
    deepEqual(await found("canceled"), []);
    equal((await opened.call("GET /runs?status=endedd", READ)).status, 422);
    const { json } = await opened.call("POST /workflows/hello/runs?wait=5m", { ...RUN, body: {} });
    match(json.detail, /Is no wait such as "30s": at most 60s/);
  }));
