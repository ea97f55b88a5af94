/** `sluice serve` as people start it: a process that listens on a port. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { HostError } from "../../core/plugin/ports.ts";
import { PLAIN } from "../../cli/paint.ts";
import { reportError } from "../../cli/report_error.ts";
import { serveWith } from "../../cli/serve.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";
import { messagesOf } from "./endpoint.ts";
import { exitOf, terminate, withServer } from "./server.ts";

test("sluice serve listens on loopback, with a token in a private file", () =>
  withServer(async ({ url, token, cwd, child }) => {
    match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    equal((await stat(join(cwd, ".sluice/http/token"))).mode & 0o777, 0o600);
    equal((await fetch(`${url}/api/v1/runs`)).status, 401);
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/api/v1/workflows/hello/runs?wait=30s`, {
      ...{ method: "POST", headers },
      body: "{}",
    });
    deepEqual([answer.status, (await answer.json()).status], [200, "SUCCESS"]);
    const bare = await fetch(`${url}/api/v1/workflows/hello/pause`, {
      ...{ method: "POST", headers: { authorization: headers.authorization } },
    });
    equal((await bare.json()).paused, true);
    equal(await statusByHost(url, "evil.example"), 421);
    terminate(child);
    equal(await exitOf(child), 0);
  }));

function statusByHost(url: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(`${url}/api/v1/health`, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asked.on("error", reject).end();
  });
}

test("sluice serve takes up the runs that a server left which was killed", () =>
  withServer(async ({ url, token, cwd, child }) => {
    await writeFile(
      join(cwd, "conf", "slow.yml"),
      'slow: {type: Workflow, jobs: {a: {stages: [{name: Wait, bash: "while [ ! -e go ]; do sleep 0.05; done"}]}}}\n',
    );
    const headers = { authorization: `Bearer ${token}` };
    const started = await fetch(`${url}/api/v1/workflows/slow/runs`, { method: "POST", headers });
    const { run_id } = await started.json();
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
    await withServer(async ({ url, tells }) => {
      await tells(`${run_id} goes on where it was interrupted`);
      await writeFile(join(cwd, "go"), "");
      await tells(`${run_id} has ended: SUCCESS`);
      const { status, interrupted } =
        await (await fetch(`${url}/api/v1/runs/${run_id}`, { headers }))
          .json();
      deepEqual([status, interrupted], ["SUCCESS", false]);
    }, { within: cwd });
  }));

test("sluice serve drains when it is told to terminate: streams end, runs go on to their end", () =>
  withServer(async ({ url, token, cwd, child }) => {
    await writeFile(
      join(cwd, "conf", "slow.yml"),
      'slow: {type: Workflow, jobs: {a: {stages: [{name: Wait, bash: "while [ ! -e go ]; do sleep 0.05; done; echo done > ended"}]}}}\n',
    );
    const headers = { authorization: `Bearer ${token}` };
    const started = await fetch(`${url}/api/v1/workflows/slow/runs`, { method: "POST", headers });
    equal(started.status, 202);
    const { run_id } = await started.json();
    const events = await fetch(`${url}/api/v1/runs/${run_id}/events/stream`, { headers });
    const messages = messagesOf(events.body ?? new ReadableStream());
    equal((await messages.next()).value?.id, 1);
    terminate(child);
    for await (const { event } of messages) equal(event, "message");
    equal(child.exitCode, null, "it waits for the run");
    await writeFile(join(cwd, "go"), "");
    equal(await exitOf(child), 0);
    equal((await readFile(join(cwd, "ended"), "utf8")).trim(), "done");
    const { stdout } = await sluice(["runs", "--json"], { cwd });
    equal(JSON.parse(stdout)[0].status, "SUCCESS");
  }));

test("sluice serve ends its runs when it is told twice", () =>
  withServer(async ({ url, token, cwd, child, tells }) => {
    const headers = { authorization: `Bearer ${token}` };
    await fetch(`${url}/api/v1/workflows/waiting/runs`, { method: "POST", headers });
    terminate(child);
    await tells("Waiting for");
    terminate(child);
    equal(await exitOf(child), 0);
    const { stdout } = await sluice(["runs", "--json"], { cwd });
    equal(JSON.parse(stdout)[0].status, "CANCEL");
  }));

const QUIET = {
  ...{ print: () => {}, printsToTerminal: false, tellsTerminal: false },
  ...{ printed: PLAIN, told: PLAIN, size: () => ({ columns: 80, rows: 24 }) },
};

test("sluice serve ends as a whole when its scheduler fails", async () => {
  const log: string[] = [];
  const broken = new HostError("EIO", "The store is gone");
  const served = { stop: () => Promise.resolve(void log.push("stopped")) };
  const ending = new AbortController().signal;
  const other = async (ending: AbortSignal) => {
    await once(ending, "abort");
    log.push("told to end");
  };
  const works = [() => Promise.reject(broken), other];
  await rejects(serveWith(served, { ending, works }), broken);
  deepEqual(log, ["told to end", "stopped"]);
  const told: string[] = [];
  equal(await reportError(broken, { ...QUIET, tell: (text) => void told.push(text) }), 1);
  deepEqual(told, ["error: The store is gone"]);
});

test("sluice serve refuses wrong settings before it listens, those of its scheduler too", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-serve-"));
  try {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "sluice.yml"), "retention: {runs: {days: -1}}\n");
    const { code, stdout, stderr } = await sluice(["serve", "--port", "0", "--schedule"], { cwd });
    deepEqual([code, stdout], [2, ""]);
    match(stderr, /sluice.yml:1:26 error\[value-invalid\] "days" must be at least 0/);
    equal(stderr.includes("Listening"), false);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

const FOLLOWING = `
first: {type: Workflow, jobs: {a: {stages: [{name: Hi, echo: hi}]}}}
second: {type: Workflow, on: [{release: first}], jobs: {a: {stages: [{name: Hi, echo: hi}]}}}
`;

test("sluice serve --schedule starts workflows by themselves, in the same process", () =>
  withServer(async ({ url, token, child, tells }) => {
    const headers = { authorization: `Bearer ${token}` };
    await tells("by itself");
    const changes = await fetch(`${url}/api/v1/changes`, { headers });
    await fetch(`${url}/api/v1/workflows/first/runs`, { method: "POST", headers });
    for await (const { data } of messagesOf(changes.body ?? new ReadableStream())) {
      const { workflow, trigger } = JSON.parse(data);
      if (workflow !== "second") continue;
      equal(trigger, "release");
      break;
    }
    terminate(child);
    equal(await exitOf(child), 0);
  }, { args: ["--schedule"], workflows: FOLLOWING }));

test("sluice serve refuses a port that is taken, and one that cannot be", async () => {
  await withServer(async ({ url, cwd }) => {
    const taken = await sluice(["serve", "--port", new URL(url).port], { cwd });
    equal(taken.code, 1);
    match(taken.stderr, /Cannot listen on 127\.0\.0\.1:\d+/);
    const wrong = await sluice(["serve", "--port", "99999"], { cwd });
    deepEqual([wrong.code, /the greatest is 65535/.test(wrong.stderr)], [2, true]);
  });
});

test("sluice serve listens on IPv6 and answers by that address", async () => {
  const addresses = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  if (!addresses.some(({ address }) => address === "::1")) {
    return console.log("Skipped: this machine has no IPv6");
  }
  await withServer(async ({ url, token, child }) => {
    match(url, /^http:\/\/\[::1\]:\d+$/);
    const headers = { authorization: `Bearer ${token}` };
    equal((await fetch(`${url}/api/v1/workflows`, { headers })).status, 200);
    terminate(child);
    equal(await exitOf(child), 0);
  }, { args: ["--host", "::1"] });
});

test("sluice serve warns of a token that others may read, and goes on", () =>
  withServer(async ({ cwd, child }) => {
    terminate(child);
    equal(await exitOf(child), 0);
    await chmod(join(cwd, ".sluice/http/token"), 0o644);
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    // Nobody has to end a server that cannot begin.
    const { stderr } = await sluice(["serve", "--port", String(port)], { cwd });
    taken.close();
    match(stderr, /warning: Others may read the token in "\.sluice\/http\/token": run "chmod 600 /);
    match(stderr, /Cannot listen on/);
  }));

test("two servers on one state folder see each other's runs, and end them", () =>
  withServer((one) =>
    withServer(async (other) => {
      const headers = { authorization: `Bearer ${one.token}` };
      const ask = async ({ url }: { readonly url: string }, path: string, method = "GET") =>
        await (await fetch(`${url}/api/v1${path}`, { method, headers })).json();
      equal(other.token, one.token);
      const { run_id } = await ask(one, "/workflows/waiting/runs", "POST");
      equal((await ask(other, `/runs/${run_id}`)).status, "RUNNING");
      const events = await fetch(`${other.url}/api/v1/runs/${run_id}/events/stream`, { headers });
      const messages = messagesOf(events.body ?? new ReadableStream());
      equal((await messages.next()).value?.id, 1);
      await ask(other, `/runs/${run_id}/cancel`, "POST");
      let last = "";
      for await (const { event } of messages) last = event;
      equal(last, "end");
      equal((await ask(one, `/runs/${run_id}`)).status, "CANCEL");
    }, { within: one.cwd })
  ));
