import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { openHost } from "../../platform/mod.ts";
import { newToken, openTokenFile, tokenFileOf } from "../../plugins/http/mod.ts";
import { RateLimit } from "../../plugins/http/access/rate_limit.ts";
import { SESSION_MS, Sessions } from "../../plugins/http/access/sessions.ts";
import { sameBytes } from "../../plugins/http/access/tokens.ts";
import { test } from "../harness.ts";
import { type Answered, API, ask, isProblem, type Opened, withEndpoint } from "./endpoint.ts";

const METHODS = ["get", "post", "put", "patch", "delete"];

interface Route {
  readonly method: string;
  readonly path: string;
  readonly scope: "read" | "run" | "admin" | undefined;
}

/** Every route that the document has: a new one is covered by itself. */
async function routesOf({ call }: Opened): Promise<readonly Route[]> {
  const { json } = await call("GET /openapi.json");
  return Object.entries<Record<string, { security?: { token?: Route["scope"][] }[] }>>(json.paths)
    .flatMap(([path, item]) =>
      Object.entries(item).filter(([method]) => METHODS.includes(method)).map((
        [method, { security = [] }],
      ) => ({ method: method.toUpperCase(), path, scope: security[0]?.token?.[0] }))
    );
}

function request(
  { app }: Opened,
  { method, path }: Route,
  token?: "read" | "run" | "admin" | "wrong",
) {
  const plain = path.replace(/\{release\}/g, "20260101000000").replace(/\{\w+\}/g, "none")
    .replace(/^\/api\/v1/, "");
  const body = method === "POST" ? {} : undefined;
  return ask(app, `${method} ${plain}`, { token, body });
}

function assertRefused(answer: Answered, status: number, route: Route): void {
  equal(answer.status, status, `${route.method} ${route.path}: ${answer.text}`);
  ok(isProblem(answer), answer.text);
}

test("every route that is not public refuses whoever has no token or a wrong one", () =>
  withEndpoint(async (opened) => {
    const routes = await routesOf(opened);
    ok(routes.length > 40);
    for (const route of routes.filter(({ scope }) => scope !== undefined)) {
      assertRefused(await request(opened, route), 401, route);
      assertRefused(await request(opened, route, "wrong"), 401, route);
    }
  }));

test("every route refuses a token of a lesser scope and takes one of its own", () =>
  withEndpoint(async (opened) => {
    for (const route of await routesOf(opened)) {
      if (route.scope === "run") assertRefused(await request(opened, route, "read"), 403, route);
      if (route.scope === "admin") {
        assertRefused(await request(opened, route, "read"), 403, route);
        assertRefused(await request(opened, route, "run"), 403, route);
      }
      if (route.scope === undefined || /stream|changes/.test(route.path)) continue;
      const answer = await request(opened, route, route.scope);
      const isRefused = answer.json?.code === "scope-missing" || answer.status === 401;
      ok(!isRefused, `${route.method} ${route.path}: ${answer.text}`);
    }
  }));

test("the public routes are those that everybody may ask, and no others", () =>
  withEndpoint(async (opened) => {
    const open = (await routesOf(opened)).filter(({ scope }) => scope === undefined);
    deepEqual(open.map(({ method, path }) => `${method} ${path}`).sort(), [
      "DELETE /api/v1/session",
      "GET /api/v1",
      "GET /api/v1/",
      "GET /api/v1/health",
      "GET /api/v1/ready",
      "POST /api/v1/session",
      "POST /hooks/{name}",
    ]);
  }));

test("every answer carries the security headers, errors and unknown routes too", () =>
  withEndpoint(async (opened) => {
    const answers = [
      await opened.call("GET /health"),
      await opened.call("GET /runs"),
      await opened.call("GET /runs", { token: "read" }),
      await opened.call("GET /nowhere"),
      await opened.call("POST /runs", { token: "admin", body: "{" }),
      await opened.call("GET /docs"),
      await opened.call("GET /openapi.json"),
      await opened.call("GET /health", { headers: { host: "evil.example" } }),
    ];
    for (const { headers, text } of answers) {
      equal(headers.get("x-content-type-options"), "nosniff", text);
      match(headers.get("content-security-policy") ?? "", /^default-src 'none'/);
      match(headers.get("content-security-policy") ?? "", /frame-ancestors 'none'/);
      equal(headers.get("referrer-policy"), "no-referrer");
      equal(headers.get("access-control-allow-origin"), null);
    }
  }));

test("a request by another host name is refused, whatever it asks", () =>
  withEndpoint(async ({ call }) => {
    for (const host of ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8642"]) {
      const answer = await call("GET /health", { headers: { host } });
      deepEqual([answer.status, answer.json.code], [421, "host-refused"]);
    }
    for (
      const host of ["localhost", "LOCALHOST:8642", "127.0.0.1:1", "[::1]:8642", "known.example"]
    ) {
      equal((await call("GET /health", { headers: { host } })).status, 200, host);
    }
  }, { http: { hosts: ["known.example"] } }));

test("a request from another site is refused, with a good token too", () =>
  withEndpoint(async ({ call }) => {
    const from = (origin: string) =>
      call("GET /workflows", { token: "read", headers: { origin, host: "localhost:8642" } });
    for (
      const origin of [
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://localhost.evil:8642",
      ]
    ) {
      const answer = await from(origin);
      deepEqual([answer.status, answer.json.code], [403, "origin-refused"], origin);
    }
    equal((await from("http://localhost:8642")).status, 200);
    equal((await from("https://admin.example")).status, 200);
  }, { http: { origins: ["https://admin.example"] } }));

test("a session serves a browser, and changes nothing unless its own page asks", () =>
  withEndpoint(async ({ call }) => {
    equal((await call("POST /session", { body: { token: "x".repeat(30) } })).status, 401);
    const opened = await call("POST /session", { body: { token: "x".repeat(43) } });
    equal(opened.status, 204);
    const set = opened.headers.get("set-cookie") ?? "";
    match(set, /^sluice_session=[\w-]{43}; Path=\/; Max-Age=43200; HttpOnly; SameSite=Strict$/);
    const cookie = set.slice(0, set.indexOf(";"));
    const who = await call("GET /session", { headers: { cookie } });
    deepEqual(who.json, { name: "run", scopes: ["read", "run"], inline: false });

    const pause = (headers: Record<string, string>) =>
      call("POST /workflows/hello/pause", { headers: { cookie, ...headers } });
    equal((await pause({})).json.code, "origin-refused");
    equal((await pause({ "sec-fetch-site": "cross-site" })).json.code, "origin-refused");
    equal((await pause({ origin: "http://evil.example" })).json.code, "origin-refused");
    equal((await pause({ origin: "http://localhost" })).status, 200);
    equal((await pause({ "sec-fetch-site": "same-origin" })).status, 200);

    const closed = await call("DELETE /session", { headers: { cookie } });
    match(closed.headers.get("set-cookie") ?? "", /Max-Age=0/);
    equal((await call("GET /session", { headers: { cookie } })).status, 401);
  }));

test("a session behind TLS is sent over TLS alone", () =>
  withEndpoint(async ({ call }) => {
    const { headers } = await call("POST /session", {
      body: { token: "r".repeat(43) },
      headers: { origin: "https://known.example", host: "known.example" },
    });
    match(headers.get("set-cookie") ?? "", /; Secure$/);
  }, { http: { hosts: ["known.example"] } }));

test("sessions end with their time", () => {
  let nowMs = 0;
  const sessions = new Sessions(() => nowMs);
  const id = sessions.open({ name: "t", scopes: new Set(["read"]), byCookie: false });
  equal(sessions.find(id)?.byCookie, true);
  nowMs = SESSION_MS;
  equal(sessions.find(id), undefined);
  equal(sessions.find(""), undefined);
});

test("a body that is too large is refused, with and without its length", () =>
  withEndpoint(async ({ app, call }) => {
    const body = JSON.stringify({ params: { who: "x".repeat(2_000) } });
    const said = await call("POST /workflows/hello/runs", {
      ...{ token: "run", body },
      headers: { "content-length": String(body.length) },
    });
    deepEqual([said.status, said.json.code], [413, "body-too-large"]);
    const unsaid = await app.request(`${API}/workflows/hello/runs`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${"x".repeat(43)}`,
        "content-type": "application/json",
        "transfer-encoding": "chunked",
      },
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit);
    equal(unsaid.status, 413);
  }, { http: { limits: { bodyBytes: 1_000 } } }));

test("a body of another type is refused: a form of another site cannot send JSON", () =>
  withEndpoint(async ({ call }) => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]) {
      const answer = await call("POST /workflows/hello/runs", {
        ...{ token: "run", body: "{}" },
        headers: { "content-type": type },
      });
      deepEqual([answer.status, answer.json.code], [415, "type-refused"]);
    }
  }));

test("whoever asks too often is told to wait, and others are not", () =>
  withEndpoint(async ({ call }) => {
    for (let i = 0; i < 3; i++) equal((await call("GET /runs", { token: "read" })).status, 200);
    const answer = await call("GET /runs", { token: "read" });
    deepEqual([answer.status, answer.json.code], [429, "too-many"]);
    ok(Number(answer.headers.get("retry-after")) >= 1);
    equal((await call("GET /runs", { token: "run" })).status, 200);
  }, { http: { limits: { rate: { perSecond: 0.001, burst: 3 } } } }));

test("RateLimit fills with time, up to its burst", () => {
  let nowMs = 0;
  const limit = new RateLimit({ perSecond: 10, burst: 2 }, () => nowMs);
  deepEqual([limit.take("a"), limit.take("a"), limit.take("a")], [0, 0, 1]);
  nowMs = 100;
  deepEqual([limit.take("a"), limit.take("a")], [0, 1]);
  nowMs = 1_000_000;
  deepEqual([limit.take("a"), limit.take("a"), limit.take("a")], [0, 0, 1]);
  nowMs = 0; // A clock that was put back gives nothing away.
  equal(limit.take("a"), 1);
});

test("runs beyond the limit are refused until one has ended", () =>
  withEndpoint(async ({ call, sluice }) => {
    const first = await call("POST /workflows/waiting/runs", { token: "run", body: {} });
    equal(first.status, 202);
    const second = await call("POST /workflows/hello/runs", { token: "run", body: {} });
    deepEqual([second.status, second.json.code], [429, "too-many"]);
    const handle = sluice.engine.running(first.json.run_id);
    handle?.cancel("test", "");
    await handle?.result;
    const third = await call("POST /workflows/hello/runs?wait=30s", { token: "run", body: {} });
    equal(third.status, 200);
  }, { http: { limits: { runs: 1 } } }));

test("names that lead elsewhere find nothing on any route", () =>
  withEndpoint(async (opened) => {
    const { app } = opened;
    const hostile = [
      "..",
      "../../etc/passwd",
      "%2e%2e",
      "..%2f..%2fetc%2fpasswd",
      "%2Fetc%2Fpasswd",
      "..%5c..%5cwindows",
      "a%00b",
      "%c0%ae%c0%ae%2f",
      "....%2f%2f",
      "__proto__",
      "constructor",
      "%ff",
      "%",
    ];
    for (const route of await routesOf(opened)) {
      if (!route.path.includes("{") || route.path.includes("stream")) continue;
      for (const name of hostile) {
        const path = route.path.replaceAll(/\{\w+\}/g, name);
        const answer = await app.request(path, {
          method: route.method,
          headers: {
            authorization: `Bearer ${"a".repeat(43)}`,
            "content-type": "application/json",
          },
          ...(route.method === "POST" ? { body: "{}" } : {}),
        });
        const text = await answer.text();
        // Where the path was made shorter before it was sent, another route may answer.
        const stays = !/^(\.|%2e)/i.test(name);
        if (stays) ok(answer.status >= 400, `${route.method} ${path}: ${text}`);
        ok(answer.status < 500, `${route.method} ${path}: ${text}`);
        ok(!text.includes("root:"), path);
      }
    }
  }));

test("the first token is made once, in a file that nobody else reads", () =>
  withEndpoint(async ({ folder }) => {
    const file = tokenFileOf(join(folder, "other-state"));
    const first = await openTokenFile(file, openHost());
    equal(first.made, true);
    match(first.text, /^[\w-]{43}$/);
    equal((await stat(file)).mode & 0o777, 0o600);
    equal((await stat(join(file, ".."))).mode & 0o777, 0o700);
    deepEqual(await openTokenFile(file, openHost()), { text: first.text, made: false });
    equal((await readFile(file, "utf8")).trim(), first.text);
    await rm(file);
    ok((await openTokenFile(file, openHost())).text !== first.text);
  }));

test("sameBytes() compares all bytes", () => {
  equal(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1, 2])), true);
  equal(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1, 3])), false);
  equal(sameBytes(new Uint8Array([1, 2]), new Uint8Array([1])), false);
  equal(sameBytes(new Uint8Array([]), new Uint8Array([0])), false);
  ok(newToken() !== newToken());
});
