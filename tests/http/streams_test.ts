import { deepEqual, equal, ok } from "node:assert/strict";
import { openSluice } from "../../preset.ts";
import { Ring } from "../../plugins/http/streams/ring.ts";
import { Feed } from "../../plugins/http/streams/feed.ts";
import { createApp, tokenFrom } from "../../plugins/http/mod.ts";
import { test } from "../harness.ts";
import { API, type Message, messagesOf, type Opened, TOKENS, withEndpoint } from "./endpoint.ts";

const READ = { token: "read" } as const;
const RUN = { token: "run" } as const;

async function openStream(
  { app }: Pick<Opened, "app">,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<ReadableStream<Uint8Array>> {
  const answer = await app.request(`${API}${path}`, {
    headers: { authorization: `Bearer ${TOKENS.read}`, ...headers },
  });
  equal(answer.status, 200);
  equal(answer.headers.get("content-type"), "text/event-stream");
  return answer.body ?? new ReadableStream();
}

async function started({ call }: Opened, workflow: string): Promise<string> {
  return (await call(`POST /workflows/${workflow}/runs`, { ...RUN, body: {} })).json.run_id;
}

async function journalOf({ sluice }: Opened, runId: string): Promise<string[]> {
  return await Array.fromAsync((await sluice.engine.store()).read(runId));
}

/** Reads until so many messages have come, then goes away. */
async function take(stream: ReadableStream<Uint8Array>, count: number): Promise<Message[]> {
  const taken: Message[] = [];
  for await (const message of messagesOf(stream)) {
    taken.push(message);
    if (taken.length === count || message.event === "end") break;
  }
  return taken;
}

test("the events of a run come live, each with its position, to the end", () =>
  withEndpoint(async (opened) => {
    const run = await started(opened, "many");
    const messages = await Array.fromAsync(
      messagesOf(await openStream(opened, `/runs/${run}/events/stream`)),
    );
    equal(messages.at(-1)?.event, "end");
    const events = messages.slice(0, -1);
    deepEqual(events.map(({ id }) => id), events.map((_, at) => at + 1));
    deepEqual(events.map(({ data }) => data), await journalOf(opened, run));
  }));

test("connections that are cut again and again miss nothing and get nothing twice", () =>
  withEndpoint(async (opened) => {
    const run = await started(opened, "many");
    const got: Message[] = [];
    for (let cut = 1;; cut = cut * 2 + 1) {
      const last = got.at(-1)?.id;
      const headers = last === undefined ? {} : { "last-event-id": String(last) };
      const messages = await take(
        await openStream(opened, `/runs/${run}/events/stream`, headers),
        cut,
      );
      got.push(...messages.filter(({ event }) => event === "message"));
      if (messages.at(-1)?.event === "end") break;
    }
    deepEqual(got.map(({ id }) => id), got.map((_, at) => at + 1));
    deepEqual(got.map(({ data }) => data), await journalOf(opened, run));
  }));

test("a run that another engine drives is followed by its journal", () =>
  withEndpoint(async (opened) => {
    await using other = await openSluice({
      ...{ conf: `${opened.folder}/conf`, state: `${opened.folder}/state`, audit: false },
    });
    const handle = await other.engine.start(await other.engine.workflow("waiting"), {
      runId: "elsewhere",
    });
    const stream = messagesOf(await openStream(opened, "/runs/elsewhere/events/stream"));
    equal((await stream.next()).value?.id, 1);
    const asked = await opened.call("POST /runs/elsewhere/cancel", RUN);
    equal(asked.status, 202);
    const rest = await Array.fromAsync({ [Symbol.asyncIterator]: () => stream });
    equal(rest.at(-1)?.event, "end");
    equal((await handle.result).status, "CANCEL");
    equal(rest.length, (await journalOf(opened, "elsewhere")).length); // All but the first, and the end.
  }));

test("a thousand readers of one run share one reader, and a slow one holds up nobody", () =>
  withEndpoint(async (opened) => {
    const { sluice, app } = opened;
    const store = await sluice.engine.store();
    let reads = 0;
    const read = store.read.bind(store);
    store.read = (runId, from) => {
      reads++;
      return read(runId, from);
    };
    const run = await started(opened, "many");
    const path = `/runs/${run}/events/stream`;
    const slow = await openStream({ app }, path);
    const readers = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        let count = 0;
        for await (const { event } of messagesOf(await openStream({ app }, path))) {
          if (event === "message") count++;
        }
        return count;
      }),
    );
    const journal = await journalOf(opened, run);
    deepEqual([...new Set(readers)], [journal.length]);
    ok(journal.length > 400);
    // The run's own looks and one for each append; not one for each reader.
    ok(reads < 1_000, `${reads} reads`);
    const late = await Array.fromAsync(messagesOf(slow));
    deepEqual(late.filter(({ event }) => event === "message").map(({ data }) => data), journal);
  }));

test("streams beyond the limit are refused, and one that is left makes room", () =>
  withEndpoint(async (opened) => {
    const run = await started(opened, "waiting");
    const path = `/runs/${run}/events/stream`;
    const first = await openStream(opened, path);
    const second = await opened.call(`GET ${path}`, READ);
    deepEqual([second.status, second.json.code], [429, "too-many"]);
    await first.cancel();
    await (await openStream(opened, path)).cancel();
  }, { http: { limits: { streams: 1 } } }));

test("streams end with the server", async () => {
  const ending = new AbortController();
  await withEndpoint(async (opened) => {
    const run = await started(opened, "waiting");
    const stream = messagesOf(await openStream(opened, `/runs/${run}/events/stream`));
    await stream.next();
    ending.abort();
    for await (const { event } of stream) equal(event, "message", "it did not end by itself");
  }, { http: { signal: ending.signal } });
});

test("what a stage prints comes live, and from where the last connection was cut", () =>
  withEndpoint(async (opened) => {
    const { call, sluice } = opened;
    const workflow = `
chatty:
  type: Workflow
  jobs:
    talk: {stages: [{name: Talk, bash: "for i in $(seq 5000); do echo line $i; done"}]}
`;
    const { workflows: [model] } = await sluice.loadText(workflow, "chatty.yml");
    ok(model);
    const { runId } = await sluice.engine.start(model);
    const path = `/runs/${runId}/logs/stream?stage=${encodeURIComponent("talk[]/Talk")}`;
    const lines: { line: number; text: string }[] = [];
    for (let last: number | undefined, over = false; !over;) {
      const headers = last === undefined ? {} : { "last-event-id": String(last) };
      for (const { event, id, data } of await take(await openStream(opened, path, headers), 1)) {
        over = event === "end";
        if (over) continue;
        lines.push(...JSON.parse(data));
        last = id;
      }
    }
    deepEqual(lines.map(({ line }) => line), lines.map((_, at) => at));
    deepEqual(lines.map(({ text }) => text), lines.map((_, at) => `line ${at + 1}`));
    equal(lines.length, 5_000);
    const page = await call(`GET /runs/${runId}/logs?from=4990&limit=100`, READ);
    deepEqual([page.json.lines.length, page.json.next, page.json.end], [10, 5_000, true]);
    equal((await call(`GET /runs/${runId}/logs/stream`, READ)).status, 422, "a stage is needed");
  }));

test("changes tell of runs that begin and end, here and elsewhere", () =>
  withEndpoint(async (opened) => {
    const changes = messagesOf(await openStream(opened, "/changes"));
    const run = await started(opened, "hello");
    const told = async () => JSON.parse((await changes.next()).value?.data ?? "{}");
    let now = await told();
    while (now.status === "RUNNING") now = await told();
    deepEqual([now.run_id, now.status], [run, "SUCCESS"]);
    await using other = await openSluice({
      ...{ conf: `${opened.folder}/conf`, state: `${opened.folder}/state`, audit: false },
    });
    const handle = await other.engine.start(await other.engine.workflow("hello"));
    equal((await told()).run_id, handle.runId);
    await handle.result;
    await changes.return(undefined);
  }));

test("two applications of one engine are told of the same runs", () =>
  withEndpoint(async (opened) => {
    const ending = new AbortController();
    const app = createApp(opened.sluice, {
      ...{ tokens: [tokenFrom(TOKENS.read)], page: false, signal: ending.signal },
    });
    const run = await started(opened, "hello");
    const messages = await Array.fromAsync(
      messagesOf(await openStream({ app }, `/runs/${run}/events/stream`)),
    );
    equal(messages.at(-1)?.event, "end");
    ending.abort();
  }));

test("Ring keeps the latest items by their numbers", () => {
  const ring = new Ring();
  for (let i = 0; i < 10_000; i++) ring.push(`item ${i}`);
  equal(ring.end, 10_000);
  ok(ring.base > 0);
  deepEqual(ring.from(9_998, 100), ["item 9998", "item 9999"]);
  deepEqual(ring.from(ring.base, 1), [`item ${ring.base}`]);
  deepEqual(ring.from(10_000, 100), []);
  const long = new Ring();
  for (let i = 0; i < 100; i++) long.push("x".repeat(100_000));
  ok(long.end - long.base <= 21, "it is bounded by length as well");
});

test("a follower who is behind what is kept reads on in the source, without a gap", async () => {
  const items = Array.from({ length: 20_000 }, (_, at) => `item ${at}`);
  let reads = 0;
  const feed = new Feed({
    async *read(from) {
      reads++;
      yield* items.slice(from);
    },
    isOver: () => Promise.resolve(true),
    messages: (found, from) => found.map((item, at) => `${from + at}:${item}\n`).join(""),
    restMs: () => 1,
  });
  const { signal } = new AbortController();
  const fast = await Array.fromAsync(feed.follow(0, signal));
  const slow = await Array.fromAsync(feed.follow(0, signal));
  const expected = items.map((item, at) => `${at}:${item}\n`).join("");
  equal(fast.slice(0, -1).join(""), expected);
  equal(slow.slice(0, -1).join(""), expected);
  ok(reads < 50, `${reads} reads`);
});

test("a feed that cannot read says so to all who follow, and reads again for the next", async () => {
  let broken = true;
  const feed = new Feed({
    // deno-lint-ignore require-yield -- it breaks first
    async *read() {
      if (broken) throw new Error("the disk is gone");
    },
    isOver: () => Promise.resolve(true),
    messages: () => "",
    restMs: () => 1,
  });
  const { signal } = new AbortController();
  const failed = await Array.fromAsync(feed.follow(0, signal)).catch((error) => error.message);
  equal(failed, "the disk is gone");
  broken = false;
  deepEqual(await Array.fromAsync(feed.follow(0, signal)), ["event: end\ndata: {}\n\n"]);
});
