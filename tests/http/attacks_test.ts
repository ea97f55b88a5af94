/** What hostile callers try, of the first table of threats; who may ask what is in `access_test.ts`. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { callerAt } from "../../plugins/http/access/rate_limit.ts";
import { MAX_SESSIONS, Sessions } from "../../plugins/http/access/sessions.ts";
import { test } from "../harness.ts";
import { type Answered, API, isProblem, type Opened, TOKENS, withEndpoint } from "./endpoint.ts";

const READ = { token: "read" } as const;
const RUN = { token: "run" } as const;

async function pathsOf({ call }: Opened, method: string): Promise<readonly string[]> {
  const { json } = await call("GET /openapi.json");
  return Object.entries<Record<string, unknown>>(json.paths)
    .filter(([, item]) => Object.hasOwn(item, method)).map(([path]) => path);
}

/** A body that never ends, and never says more than its beginning. */
function endless(beginning = '{"params":'): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(beginning)),
    // It has nothing more, and does not say so.
    pull: () => new Promise<void>(() => {}),
  });
}

async function sendBody(
  { app }: Opened,
  path: string,
  { body, token, address }: {
    readonly body: string | ReadableStream<Uint8Array>;
    readonly token?: keyof typeof TOKENS;
    readonly address?: string;
  },
): Promise<Answered> {
  const answer = await app.request(path, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(token === undefined ? {} : { authorization: `Bearer ${TOKENS[token]}` }),
    },
    ...{ body, duplex: "half" },
  } as RequestInit, address === undefined ? {} : { address });
  const text = await answer.text();
  const json = text === "" ? undefined : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, text, json };
}

test("tokens cannot be guessed at speed: wrong ones are counted by address, on every way in", () =>
  withEndpoint(async ({ app }) => {
    const ask = async (address: string, token: string) =>
      (await app.request(`${API}/runs`, { headers: { authorization: `Bearer ${token}` } }, {
        address,
      })).status;
    const guess = async (address: string) =>
      (await app.request(`${API}/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: "guess".repeat(6) }),
      }, { address })).status;
    const here = "192.0.2.1";
    deepEqual([await ask(here, "wrong-1"), await guess(here)], [401, 401]);
    deepEqual([await ask(here, "wrong-2"), await guess(here)], [429, 429]);
    equal(await ask(here, TOKENS.read), 200, "who has a token is not held up");
    equal(await ask("192.0.2.2", "wrong-3"), 401, "nor who asks from elsewhere");
    equal(await ask("2001:db8:1:2::1", "wrong-4"), 401);
    equal(await ask("2001:db8:1:2:ffff::9", "wrong-5"), 401);
    equal(await ask("2001:db8:1:2:3:4:5:6", "wrong-6"), 429, "one network is one caller");
    equal(await ask("2001:db8:1:3::1", "wrong-7"), 401);
  }, { http: { limits: { anonymousRate: { perSecond: 0.001, burst: 2 } } } }));

test("callerAt() counts a network of IPv6 as one, and addresses of IPv4 each", () => {
  equal(callerAt("::1"), "0:0:0:0");
  equal(callerAt("2001:0DB8::1"), "2001:db8:0:0");
  equal(callerAt("2001:db8:0:0:1:2:3:4"), "2001:db8:0:0");
  equal(callerAt("fe80::1:2:3:4"), "fe80:0:0:0");
  equal(callerAt("::ffff:192.0.2.7"), "192.0.2.7");
  equal(callerAt("192.0.2.8"), "192.0.2.8");
  equal(callerAt("unknown"), "unknown");
  equal(callerAt("::"), "0:0:0:0");
  equal(callerAt(":".repeat(1_000)).length < 100, true);
});

test("who opens sessions without end puts out their own, and nobody else's", () => {
  const sessions = new Sessions(() => 0);
  const identity = (name: string) => ({
    ...{ name, scopes: new Set(["read"] as const), byCookie: false },
  });
  const other = sessions.open(identity("other"));
  const ids = Array.from({ length: MAX_SESSIONS + 20 }, () => sessions.open(identity("greedy")));
  equal(ids.filter((id) => sessions.find(id) !== undefined).length, MAX_SESSIONS);
  equal(sessions.find(ids.at(-1) ?? "")?.name, "greedy");
  equal(sessions.find(other)?.name, "other");
});

test("a body that does not come to its end is not waited for", () =>
  withEndpoint(async (opened) => {
    const path = `${API}/workflows/hello/runs`;
    const slow = await sendBody(opened, path, { body: endless(), token: "run" });
    deepEqual([slow.status, slow.json.code], [408, "body-too-slow"]);
    ok(isProblem(slow));
    const hook = await sendBody(opened, "/hooks/hooked", { body: endless() });
    equal(hook.status, 408);
    equal((await opened.call("GET /runs", READ)).json.runs.length, 0);
  }, { http: { limits: { bodyMs: 20 } } }));

test("the body of whoever may not ask is not even read", () =>
  withEndpoint(async (opened) => {
    // With the usual limit this would take half a minute.
    for (const path of await pathsOf(opened, "post")) {
      if (/hooks|session/.test(path)) continue;
      const filled = path.replaceAll(/\{\w+\}/g, "hello");
      equal((await sendBody(opened, filled, { body: endless() })).status, 401, path);
      const isForAdmin = (await sendBody(opened, filled, { body: "{}", token: "run" })).json
        ?.code === "scope-missing";
      if (!isForAdmin) continue;
      equal((await sendBody(opened, filled, { body: endless(), token: "run" })).status, 403, path);
    }
  }, { http: { limits: { bodyMs: 30_000 } } }));

test("requests without a token that do not end leave room for those with one", () =>
  withEndpoint(async (opened) => {
    const held = sendBody(opened, "/hooks/hooked", { body: endless() });
    const second = await opened.call("POST /hooks/hooked", { body: {} });
    deepEqual([second.status, second.json.code], [429, "too-many"]);
    equal((await opened.call("GET /runs", READ)).status, 200);
    equal((await held).status, 408);
    equal((await opened.call("POST /hooks/hooked", { body: {} })).status, 401);
  }, { http: { limits: { requests: 4, bodyMs: 300 } } }));

test("JSON that is nested without end is refused on every route that takes any", () =>
  withEndpoint(async (opened) => {
    const deep = 200_000;
    const bombs = [
      "[".repeat(deep) + "]".repeat(deep),
      `{"params":${"[".repeat(deep)}${"]".repeat(deep)}}`,
      `{"params":${'{"a":'.repeat(deep / 2)}1${"}".repeat(deep / 2)}}`,
      `{"params":${"[".repeat(deep)}`,
      `{"date":${"[".repeat(deep)}${"]".repeat(deep)},"token":[[[]]]}`,
    ];
    for (const path of await pathsOf(opened, "post")) {
      for (const body of bombs) {
        const filled = path.replaceAll(/\{\w+\}/g, "hello");
        const answer = await sendBody(opened, filled, { body, token: "admin" });
        // The one looks at no body, the other passes over what it does not know, as the reference does.
        const isLoose = /\/(un)?pause$|\/execute$/.test(path);
        ok(isLoose || answer.status >= 400, `${path}: ${answer.text}`);
        ok(answer.status < 500, `${path}: ${answer.text}`);
        ok(answer.status < 400 || isProblem(answer), answer.text);
      }
    }
    const { json } = await opened.call("GET /runs", READ);
    for (const { run_id } of json.runs) {
      const { text } = await opened.call(`GET /runs/${run_id}`, READ);
      ok(!text.includes("[["), text);
    }
  }));

test("keys that pollute prototypes are refused wherever they stand in a body", () =>
  withEndpoint(async (opened) => {
    const bodies = ["__proto__", "constructor", "prototype"].flatMap((key) => [
      `{"${key}":{"polluted":1}}`,
      `{"params":{"${key}":{"polluted":1}}}`,
      `{"params":{"a":[{"${key}":1}]}}`,
    ]);
    for (const path of ["/workflows/hello/runs", "/workflows/hello/releases", "/runs/x/cancel"]) {
      for (const body of bodies) {
        const sent = path.endsWith("releases")
          ? body.replace("{", '{"date":"2026-01-31T09:00:00Z",')
          : body;
        const answer = await opened.call(`POST ${path}`, { ...RUN, body: sent });
        deepEqual([answer.status, answer.json.code], [422, "request-invalid"], `${path} ${sent}`);
      }
    }
    equal(Reflect.get({}, "polluted"), undefined);
  }));

test("filters that are as long as can be, or made to be tried in many ways, are answered", () =>
  withEndpoint(async (opened) => {
    const long = [
      "a".repeat(8_000),
      `${"a-".repeat(4_000)}!`,
      ",".repeat(8_000),
      "1".repeat(8_000),
    ];
    for (const path of await pathsOf(opened, "get")) {
      if (/stream|changes/.test(path)) continue;
      const filled = path.replaceAll(/\{\w+\}/g, "hello").replace(API, "");
      for (const text of long) {
        for (const name of ["workflow", "status", "after", "stage", "head", "at", "from"]) {
          const answer = await opened.call(`GET ${filled}?${name}=${encodeURIComponent(text)}`, {
            token: "admin",
          });
          ok(answer.status < 500, answer.text);
        }
        const cookie = `${"a=b; ".repeat(1_000)}sluice_session=${text}`;
        equal((await opened.call("GET /runs", { headers: { cookie } })).status, 401);
        const authorization = `Bearer ${" ".repeat(2_000)}${text}`;
        equal((await opened.call("GET /runs", { headers: { authorization } })).status, 401);
      }
    }
  }));

test("an error of ours tells nothing of this machine, on no route", async () => {
  const warnings: string[] = [];
  await withEndpoint(async (opened) => {
    const { sluice, call } = opened;
    const { json: { run_id } } = await call("POST /workflows/hello/runs?wait=30s", {
      ...RUN,
      body: {},
    });
    const store = await sluice.engine.store();
    const broken = () => {
      throw new Error("Cannot open /home/somebody/.sluice/runs.db: password hunter2");
    };
    Object.assign(store, { find: broken, list: broken, read: broken, cursors: broken });
    let failed = 0;
    for (const path of await pathsOf(opened, "get")) {
      if (path.endsWith("/changes")) continue;
      const filled = path.replaceAll("{run}", run_id).replaceAll("{name}", "hello")
        .replaceAll("{release}", "20260101000000").replace(API, "");
      const answer = await call(`GET ${filled}`, { token: "admin" });
      ok(!/hunter2|somebody|runs\.db|\bat .*\.ts|node_modules/.test(answer.text), answer.text);
      if (answer.status !== 500) continue;
      failed++;
      ok(isProblem(answer), path);
      equal(answer.json.detail, "The server made a mistake; its log has more");
    }
    ok(failed >= 8, `${failed} failed`);
    ok(warnings.some((warning) => warning.includes("hunter2")), "its log has it");
    for (const key of ["find", "list", "read", "cursors"]) Reflect.deleteProperty(store, key);
  }, { http: { warn: (message) => warnings.push(message) } });
});

const SECRET = "s3cr3t/+of the\"tests'";
const VAULT = {
  name: "vault",
  secrets: [{
    name: "vault",
    read: (name: string) => Promise.resolve(name === "TOKEN" ? SECRET : undefined),
  }],
};

test("a secret that a stage prints, returns and fails with shows on no route of its run", () =>
  withEndpoint(async (opened) => {
    const { sluice, call, app } = opened;
    const { workflows: [workflow] } = await sluice.loadText(
      `
leaky:
  type: Workflow
  jobs:
    one:
      stages:
        - name: Prints
          env: {TOKEN: "\${{ secrets.TOKEN }}"}
          bash: 'echo "$TOKEN"; printf %s "$TOKEN" | base64; echo "{\\"a\\": \\"$TOKEN\\"}"; echo "$TOKEN" >&2'
        - name: Fails
          env: {TOKEN: "\${{ secrets.TOKEN }}"}
          bash: 'echo "it broke: $TOKEN" >&2; exit 3'
`,
      "leaky.yml",
    );
    ok(workflow);
    const handle = await sluice.engine.start(workflow, { runId: "leak" });
    equal((await handle.result).status, "FAILED");
    const stage = encodeURIComponent("one[]/Prints");
    const logs = await call("GET /runs/leak/logs", READ);
    ok(logs.json.lines.length >= 4, "it did print");
    const forms = [
      ...[SECRET, JSON.stringify(SECRET).slice(1, -1), encodeURIComponent(SECRET)],
      Buffer.from(SECRET).toString("base64").replace(/..?==?$/, ""),
    ];
    const parts = ["", "/timeline", "/graph", "/outputs", "/events", "/events/stream", "/logs"];
    for (const part of [...parts, `/logs/stream?stage=${stage}`]) {
      const answer = await app.request(`${API}/runs/leak${part}`, {
        headers: { authorization: `Bearer ${TOKENS.read}` },
      });
      equal(answer.status, 200, part);
      const text = await answer.text();
      for (const form of forms) ok(!text.includes(form), `${part}: ${text}`);
    }
    const audits = await call("GET /audits", READ);
    equal(audits.json.audits.length, 1);
    for (const form of forms) ok(!audits.text.includes(form), audits.text);
    const metrics = await call("GET /metrics", READ);
    for (const form of forms) ok(!metrics.text.includes(form));
  }, { open: { plugins: [VAULT] } }));

test("a page is bounded by its length too, and goes on where it stopped", () =>
  withEndpoint(async (opened) => {
    const { sluice, call } = opened;
    const { workflows: [workflow] } = await sluice.loadText(
      `
wide:
  type: Workflow
  jobs:
    one: {stages: [{name: Wide, bash: "head -c 9000000 /dev/zero | tr '\\\\0' x | fold -w 3000"}]}
`,
      "wide.yml",
    );
    ok(workflow);
    await (await sluice.engine.start(workflow, { runId: "wide" })).result;
    const lengths: number[] = [];
    for (let from = 0, end = false; !end;) {
      const { json } = await call(`GET /runs/wide/logs?limit=10000&from=${from}`, READ);
      deepEqual([json.lines[0].line, json.lines[0].text.length], [from, 3_000]);
      lengths.push(json.lines.length);
      ({ next: from, end } = json);
    }
    equal(lengths.reduce((sum, length) => sum + length, 0), 3_000);
    ok(Math.max(...lengths) < 1_500, lengths.join());
  }));

test("asking for nothing but the headers of a stream leaves none open", () =>
  withEndpoint(async (opened) => {
    const { json: { run_id } } = await opened.call("POST /workflows/hello/runs?wait=30s", {
      ...RUN,
      body: {},
    });
    const stage = encodeURIComponent("greet[]/Say");
    for (
      const path of [
        `/runs/${run_id}/events/stream`,
        `/runs/${run_id}/logs/stream?stage=${stage}`,
        "/changes",
      ]
    ) {
      for (let i = 0; i < 4; i++) {
        const { status, headers, text } = await opened.call(`HEAD ${path}`, READ);
        deepEqual([status, headers.get("content-type"), text], [200, "text/event-stream", ""]);
      }
    }
    const { text } = await opened.call("GET /metrics", READ);
    ok(text.includes("\nsluice_http_streams 0\n"), text);
  }, { http: { limits: { streams: 2 } } }));

test("pages of the sites that are named may ask and read, with a token, and no others", () =>
  withEndpoint(async ({ call, app }) => {
    const preflight = (origin: string) =>
      app.request(`${API}/workflows/hello/runs`, {
        method: "OPTIONS",
        headers: {
          ...{ origin, "access-control-request-method": "POST" },
          "access-control-request-headers": "authorization,content-type",
        },
      });
    const good = await preflight("https://admin.example");
    equal(good.status, 204);
    equal(good.headers.get("access-control-allow-origin"), "https://admin.example");
    equal(good.headers.get("access-control-allow-credentials"), null);
    ok(good.headers.get("access-control-allow-headers")?.includes("authorization"));
    const bad = await preflight("https://evil.example");
    deepEqual([bad.status, bad.headers.get("access-control-allow-origin")], [403, null]);
    const from = { origin: "https://admin.example" };
    const read = await call("GET /runs", { ...READ, headers: from });
    equal(read.headers.get("access-control-allow-origin"), "https://admin.example");
    ok(read.headers.get("vary")?.includes("Origin"));
    const refused = await call("GET /runs", { headers: from });
    equal(refused.status, 401);
    equal(refused.headers.get("access-control-allow-origin"), "https://admin.example");
    equal((await call("GET /runs", READ)).headers.get("access-control-allow-origin"), null);
  }, { http: { origins: ["https://admin.example"] } }));
