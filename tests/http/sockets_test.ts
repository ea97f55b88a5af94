/** A real server process and raw sockets: a thousand readers, slow ones, cut ones, and floods. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "../harness.ts";
import { type Serving, withServer } from "./server.ts";

const READERS = 1_000;
/** Every so manyth reader is cut off in the middle and comes again. */
const CUT_EVERY = 5;
const CUT_AFTER_EVENTS = 40;
/** They never read. */
const STUCK_READERS = 100;
const LOG_LINES = 20_000;
const LOG_LINE_CHARS = 1_000;
const MAX_ASKED = 5_000;
/**
 * What the server may grow by at most. To keep the output for those who do not
 * read it would take STUCK_READERS × 20 MB, nearly three times as much; a
 * batch for each, with what the collector has not come to, is well below.
 */
const MAX_GROWTH_BYTES = 768 * 1024 * 1024;

const WORKFLOWS = `
gated:
  type: Workflow
  params: {gate: {type: str, required: true}}
  jobs:
    wait: {stages: [{name: Wait, bash: 'while [ ! -e "\${{ params.gate }}" ]; do sleep 0.05; done'}]}
    each:
      needs: [wait]
      stages:
        - {name: All, foreach: "\${{ range(0, 40) }}", stages: [{name: Item, echo: "\${{ item }}"}]}
chatty:
  type: Workflow
  jobs:
    talk:
      stages:
        - {name: Talk, bash: 'head -c ${
  LOG_LINES * LOG_LINE_CHARS
} /dev/zero | tr "\\\\0" x | fold -w ${LOG_LINE_CHARS}'}
hello:
  type: Workflow
  jobs: {a: {stages: [{name: Hi, echo: hi}]}}
`;

interface ReaderOptions {
  /** Begins behind this message. */
  readonly after?: number;
  /** Goes away after so many messages. */
  readonly cutAfter?: number;
  /** Reads nothing until it is told to. */
  readonly isStuck?: boolean;
}

/** A stream as one reader gets it, to its end or until it is cut. */
class Reader {
  readonly ended: Promise<void>;
  readonly #socket: Socket;
  readonly #frames: string[] = [];
  readonly #cutAfter: number;
  #raw = "";
  #isHead = true;
  #messages = 0;

  constructor(
    { url, token }: Serving,
    path: string,
    { after = 0, cutAfter = Infinity, isStuck = false }: ReaderOptions = {},
  ) {
    const { port, hostname } = new URL(url);
    const socket = this.#socket = connect({ port: Number(port), host: hostname });
    this.#cutAfter = cutAfter;
    this.ended = new Promise((resolve) => {
      socket.on("error", () => resolve()).on("close", () => resolve());
    });
    if (isStuck) socket.pause();
    else this.readOn();
    socket.write(
      `GET /api/v1${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
        `Last-Event-ID: ${after}\r\n\r\n`,
    );
  }

  /** What came, without the framing of HTTP. */
  get text(): string {
    return this.#frames.join("");
  }

  /** The numbers of the messages. */
  get ids(): readonly number[] {
    return [...this.text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
  }

  get isComplete(): boolean {
    return this.#frames.slice(-2).join("").endsWith("event: end\ndata: {}\n\n");
  }

  readOn(): void {
    this.#socket.setEncoding("latin1").on("data", (chunk) => this.#take(String(chunk))).resume();
  }

  cut(): void {
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#raw += chunk;
    const head = this.#raw.indexOf("\r\n\r\n");
    if (this.#isHead && head < 0) return;
    if (this.#isHead) this.#raw = this.#raw.slice(head + 4);
    this.#isHead = false;
    for (;;) {
      const line = this.#raw.indexOf("\r\n");
      const end = line + 2 + Number.parseInt(this.#raw.slice(0, Math.max(0, line)), 16);
      if (line < 0 || this.#raw.length < end + 2) break;
      const frame = this.#raw.slice(line + 2, end);
      this.#frames.push(frame);
      this.#messages += frame.split("id: ").length - 1;
      this.#raw = this.#raw.slice(end + 2);
    }
    if (this.isComplete || this.#messages >= this.#cutAfter) this.cut();
  }
}

function asking({ url, token }: Serving) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return {
    get: async (path: string) => await (await fetch(`${url}/api/v1${path}`, { headers })).json(),
    start: async (workflow: string, body: unknown, wait = "") =>
      await (await fetch(`${url}/api/v1/workflows/${workflow}/runs${wait}`, {
        ...{ method: "POST", headers, body: JSON.stringify(body) },
      })).json(),
    /** Asks until so many streams are open: who opens or leaves one is not told when the server has noticed. */
    untilOpen: async (count: number) => {
      for (let asked = 0, open = -1; open !== count; asked++) {
        ok(asked < MAX_ASKED, `${open} streams are open, not ${count}`);
        const text = await (await fetch(`${url}/api/v1/metrics`, { headers })).text();
        open = Number(/^sluice_http_streams (\d+)$/m.exec(text)?.[1]);
      }
    },
  };
}

/** What the memory of the server's process has grown by at most since this was called; `undefined` where the system does not tell. */
async function watchMemory({ child }: Serving): Promise<() => Promise<number | undefined>> {
  const bytes = async (name: string) => {
    const text = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(text)?.[1]) * 1_024;
  };
  const begun = await bytes("VmRSS");
  // Linux: the peak is counted anew from here on.
  const isReset = await writeFile(`/proc/${child.pid}/clear_refs`, "5").then(
    () => true,
    () => false,
  );
  return async () => isReset ? await bytes("VmHWM") - begun : undefined;
}

async function eventsOf(
  serving: Serving,
  run: string,
): Promise<readonly { readonly type: string }[]> {
  const { events, end } = await asking(serving).get(`/runs/${run}/events?limit=2000`);
  ok(end);
  return events.map(({ event }: { event: { type: string } }) => event);
}

test("a thousand sockets follow a run, one of them stuck and many cut: the run goes its way and nobody misses anything", () =>
  withServer(async (serving) => {
    const { get, start, untilOpen } = asking(serving);
    await start("gated", { run_id: "alone", params: { gate: "." } }, "?wait=30s");
    const grown = await watchMemory(serving);
    await start("gated", { run_id: "watched", params: { gate: "go" } });
    const path = "/runs/watched/events/stream";
    const stuck = new Reader(serving, path, { isStuck: true });
    const readers = Array.from(
      { length: READERS },
      (_, at) =>
        new Reader(serving, path, at % CUT_EVERY === 0 ? { cutAfter: CUT_AFTER_EVENTS } : {}),
    );
    await untilOpen(READERS + 1);
    await writeFile(join(serving.cwd, "go"), "");
    const taken = await Promise.all(readers.map(async (reader) => {
      await reader.ended;
      const last = reader.ids.at(-1) ?? 0;
      if (reader.isComplete) return reader.text;
      const again = new Reader(serving, path, { after: last });
      await again.ended;
      return reader.text + again.text;
    }));

    const events = await eventsOf(serving, "watched");
    const positions = events.map((_, at) => at + 1);
    const told = events.map((event, at) => `id: ${at + 1}\ndata: ${JSON.stringify(event)}\n`);
    equal((await get("/runs/watched")).status, "SUCCESS");
    const messages = (text: string) => text.match(/^id: .*\ndata: .*\n/gm);
    for (const text of taken) deepEqual(messages(text), told);
    const kinds = (of: readonly { readonly type: string }[]) => of.map(({ type }) => type).sort();
    deepEqual(
      kinds(events),
      kinds(await eventsOf(serving, "alone")),
      "as it goes with nobody there",
    );

    stuck.readOn();
    await stuck.ended;
    deepEqual(stuck.ids, positions, "who read nothing until now has missed nothing");
    await untilOpen(0);
    const bytes = await grown() ?? 0;
    ok(bytes < MAX_GROWTH_BYTES, `it grew by ${bytes} bytes`);
  }, { workflows: WORKFLOWS, settings: "http: {limits: {per_second: 1000000}}\n" }));

test("sockets that never read what a stage printed cost the server next to nothing", () =>
  withServer(async (serving) => {
    const { start, untilOpen } = asking(serving);
    const { run_id } = await start("chatty", {}, "?wait=30s");
    const path = `/runs/${run_id}/logs/stream?stage=${encodeURIComponent("talk[]/Talk")}`;
    const grown = await watchMemory(serving);
    const stuck = Array.from(
      { length: STUCK_READERS },
      () => new Reader(serving, path, { isStuck: true }),
    );
    await untilOpen(STUCK_READERS);
    const fast = new Reader(serving, path);
    await fast.ended;
    equal(fast.ids.at(-1), LOG_LINES);
    const bytes = await grown() ?? 0;
    ok(bytes < MAX_GROWTH_BYTES, `it grew by ${bytes} bytes`);
    for (const reader of stuck) reader.cut();
    await untilOpen(0);
  }, { workflows: WORKFLOWS, settings: "http: {limits: {per_second: 1000000}}\n" }));

/** Sends something and gives back what comes until the connection ends. */
function send({ url }: Serving, text: string): Promise<string> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ port: Number(port), host: hostname });
    socket.on("data", (chunk) => {
      answer += chunk;
      if (answer.includes("\r\n\r\n")) socket.destroy();
    });
    socket.on("error", () => resolve(answer)).on("close", () => resolve(answer));
    socket.write(text);
  });
}

test("floods of headers, bodies that crawl and requests that never end do not keep others out", () =>
  withServer(async (serving) => {
    const { url, token } = serving;
    const head = "Host: 127.0.0.1\r\n";
    const flood = await send(
      serving,
      `GET /api/v1/health HTTP/1.1\r\n${head}X-A: ${"a".repeat(4_000_000)}\r\n\r\n`,
    );
    ok(flood === "" || /^HTTP\/1.1 4\d\d/.test(flood), flood.slice(0, 100));
    const many = await send(
      serving,
      `GET /api/v1/health HTTP/1.1\r\n${head}${"X-A: a\r\n".repeat(100_000)}\r\n`,
    );
    ok(many === "" || /^HTTP\/1.1 4\d\d/.test(many), many.slice(0, 100));
    const never = Array.from({ length: 200 }, () => {
      const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" });
      socket.on("error", () => {}).write(`GET /api/v1/health HTTP/1.1\r\n${head}X-A`);
      return socket;
    });
    const crawling = await send(
      serving,
      `POST /api/v1/workflows/hello/runs HTTP/1.1\r\n${head}Authorization: Bearer ${token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"params"',
    );
    match(crawling, /^HTTP\/1.1 408 /);
    equal((await fetch(`${url}/api/v1/health`)).status, 200);
    for (const socket of never) socket.destroy();
    const smuggled = await send(
      serving,
      `POST /api/v1/session HTTP/1.1\r\n${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\n\r\n`,
    );
    ok(!/^HTTP\/1.1 2\d\d/.test(smuggled), smuggled.slice(0, 100));
    equal((await fetch(`${url}/api/v1/health`)).status, 200);
  }, { workflows: WORKFLOWS, settings: "http: {limits: {body_seconds: 1}}\n" }));
