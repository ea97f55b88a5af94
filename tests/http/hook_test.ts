import { deepEqual, equal, match, ok } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import {
  REPLAY_WINDOW_MS,
  signDelivery,
  verifyDelivery,
  webhookIn,
} from "../../plugins/webhook.ts";
import { test } from "../harness.ts";
import { type Opened, withEndpoint } from "./endpoint.ts";

const SECRET = "s3cret-of-the-orders";
const WITH_SECRET = {
  open: { plugins: [{ name: "vault", secrets: [{ name: "vault", read: secretNamed }] }] },
} as const;

function secretNamed(name: string): Promise<string | undefined> {
  return Promise.resolve(name === "HOOK_SECRET" ? SECRET : undefined);
}

interface Sent {
  readonly body?: string;
  readonly timestamp?: string;
  readonly secret?: string;
  readonly signature?: string;
  readonly name?: string;
  readonly type?: string;
}

async function deliver({ call, sluice }: Opened, sent: Sent = {}) {
  const {
    body = '{"id":7}',
    timestamp = String(Math.floor(sluice.engine.now() / 1_000)),
    secret = SECRET,
    name = "hooked",
    type = "application/json",
  } = sent;
  const signature = sent.signature ?? await signDelivery({ secret, timestamp, body });
  return await call(`POST /hooks/${name}`, {
    body,
    headers: {
      "content-type": type,
      "x-sluice-timestamp": timestamp,
      "x-sluice-signature": signature,
    },
  });
}

test("a signed delivery starts a run with its body as the parameter", () =>
  withEndpoint(async (opened) => {
    const { status, json } = await deliver(opened, { body: '{"id": 7}' });
    equal(status, 202);
    match(json.run_id, /^hooked@key-[0-9a-f]{32}$/);
    await opened.sluice.engine.running(json.run_id)?.result;
    const run = await opened.call(`GET /runs/${json.run_id}`, { token: "read" });
    deepEqual([run.json.status, run.json.trigger], ["SUCCESS", "webhook"]);
    deepEqual(run.json.params, { order: { id: 7 } });
  }, WITH_SECRET));

test("a delivery that comes twice starts one run", () =>
  withEndpoint(async (opened) => {
    const timestamp = String(Math.floor(opened.sluice.engine.now() / 1_000));
    const answers = await Promise.all([1, 2, 3].map(() => deliver(opened, { timestamp })));
    const later = await deliver(opened, { timestamp });
    equal(new Set([...answers, later].map(({ json }) => json.run_id)).size, 1);
    equal((await opened.call("GET /runs", { token: "read" })).json.runs.length, 1);
  }, WITH_SECRET));

test("a delivery that is forged, old, or for nobody is refused and starts nothing", () =>
  withEndpoint(async (opened) => {
    const nowSeconds = Math.floor(opened.sluice.engine.now() / 1_000);
    const old = String(nowSeconds - REPLAY_WINDOW_MS / 1_000 - 2);
    const early = String(nowSeconds + REPLAY_WINDOW_MS / 1_000 + 60);
    const other = await signDelivery({
      ...{ secret: SECRET, timestamp: String(nowSeconds), body: '{"id":8}' },
    });
    const refused: Sent[] = [
      { secret: "wrong" },
      { signature: other },
      { signature: other.toUpperCase() },
      { signature: other.slice(0, -2) },
      { signature: "" },
      { signature: "sha256=" },
      { timestamp: old },
      { timestamp: early },
      { timestamp: "soon", signature: other },
      { name: "hello" },
      { name: "nowhere" },
    ];
    for (const sent of refused) {
      const { status, json } = await deliver(opened, sent);
      deepEqual([status, json.code], [401, "signature-wrong"], JSON.stringify(sent));
    }
    const bare = await opened.call("POST /hooks/hooked", { body: {} });
    equal(bare.status, 401);
    deepEqual((await opened.call("GET /runs", { token: "read" })).json.runs, []);
  }, WITH_SECRET));

test("whoever cannot sign learns nothing of which workflows there are", () =>
  withEndpoint(async (opened) => {
    const [hooked, hello, nowhere] = await Promise.all(
      ["hooked", "hello", "nowhere"].map((name) => deliver(opened, { name, secret: "wrong" })),
    );
    equal(hello?.text, hooked?.text);
    equal(nowhere?.text, hooked?.text);
    const [bare, nobody] = await Promise.all(
      ["hooked", "nowhere"].map((name) => deliver(opened, { name, signature: "none" })),
    );
    equal(bare?.text, nobody?.text);
    const late = await deliver(opened, { timestamp: "1" });
    match(late.json.detail, /more than 5 minutes/, "who can sign is told what is wrong");
  }, WITH_SECRET));

test("a webhook whose workflow is wrong tells its caller nothing of the file", () =>
  withEndpoint(async (opened) => {
    const written = "hooked:\n  type: Workflow\n  on: [{webhook: {secret: HOOK_SECRET}}]\n" +
      "  jobs: {one: {needs: [two], stages: [{name: a, echo: a}]}}\n";
    await writeFile(join(opened.folder, "conf", "w.yml"), written);
    const { status, json, text } = await deliver(opened);
    deepEqual([status, json.code], [409, "conflict"]);
    ok(!/w\.yml|needs|"two"/.test(text), text);
  }, { ...WITH_SECRET, http: { warn: () => {} } }));

test("a delivery that is too large, no JSON, or of another type is refused", () =>
  withEndpoint(async (opened) => {
    equal((await deliver(opened, { type: "text/plain" })).status, 415);
    equal((await deliver(opened, { body: "{" })).status, 400);
    equal((await deliver(opened, { body: "[1]" })).status, 422);
    equal((await deliver(opened, { body: '{"__proto__": 1}' })).status, 422);
    const body = JSON.stringify({ text: "x".repeat(3_000) });
    const timestamp = String(Math.floor(opened.sluice.engine.now() / 1_000));
    const large = await opened.call("POST /hooks/hooked", {
      body,
      headers: {
        "content-length": String(body.length),
        "x-sluice-timestamp": timestamp,
        "x-sluice-signature": await signDelivery({ secret: SECRET, timestamp, body }),
      },
    });
    equal(large.status, 413);
  }, { ...WITH_SECRET, http: { limits: { bodyBytes: 2_000 } } }));

test("a webhook without its secret lets nobody in", () =>
  withEndpoint(async (opened) => {
    equal((await deliver(opened)).status, 401);
    equal((await deliver(opened, { secret: "undefined" })).status, 401);
  }));

function withSecret(value: string | (() => string), warnings: string[] = []) {
  const read = (name: string) =>
    name === "HOOK_SECRET"
      ? Promise.try(typeof value === "function" ? value : () => value)
      : Promise.resolve(undefined);
  return {
    open: { plugins: [{ name: "vault", secrets: [{ name: "vault", read }] }] },
    http: { warn: (message: string) => void warnings.push(message) },
  };
}

test("a webhook whose secret is shorter than 16 characters lets nobody in, and its server says why", async () => {
  const warnings: string[] = [];
  await withEndpoint(async (opened) => {
    const { status, text } = await deliver(opened, { secret: "fifteen-letters" });
    equal(status, 401);
    equal(text, (await deliver(opened, { name: "nowhere" })).text);
  }, withSecret("fifteen-letters", warnings));
  deepEqual(warnings, [
    'The webhook of "hooked" lets nobody in: its secret "HOOK_SECRET" has fewer than 16 characters; choose a longer one',
  ]);
  await withEndpoint(async (opened) => {
    equal((await deliver(opened, { secret: "sixteen-letters!" })).status, 202);
  }, withSecret("sixteen-letters!"));
});

test("a webhook whose secret cannot be read lets nobody in, and its server says why", async () => {
  const warnings: string[] = [];
  const sealed = () => {
    throw new Error("It is sealed");
  };
  await withEndpoint(async (opened) => {
    const { status, text } = await deliver(opened);
    equal(status, 401);
    equal(text, (await deliver(opened, { name: "nowhere" })).text);
  }, withSecret(sealed, warnings));
  deepEqual(warnings, [
    'The webhook of "hooked" lets nobody in: Cannot read secret "HOOK_SECRET" of provider "vault": It is sealed',
  ]);
});

test("verifyDelivery() takes what signDelivery() signed, and nothing that differs in anything", async () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.string({ minLength: 1, maxLength: 40 }),
      text,
      text,
      fc.integer({ min: 0, max: 4_000_000_000 }),
      async (secret, body, other, seconds) => {
        const timestamp = String(seconds);
        const signature = await signDelivery({ secret, timestamp, body });
        const facts = { secret, nowMs: seconds * 1_000 };
        ok((await verifyDelivery({ timestamp, signature, body }, facts)).ok);
        const isSame = other === body;
        equal((await verifyDelivery({ timestamp, signature, body: other }, facts)).ok, isSame);
        const later = String(seconds + 1);
        ok(!(await verifyDelivery({ timestamp: later, signature, body }, facts)).ok);
        const elsewhere = { ...facts, secret: `${secret}!` };
        ok(!(await verifyDelivery({ timestamp, signature, body }, elsewhere)).ok);
        const tooLate = { ...facts, nowMs: facts.nowMs + REPLAY_WINDOW_MS + 1 };
        ok(!(await verifyDelivery({ timestamp, signature, body }, tooLate)).ok);
      },
    ),
    { numRuns: 200 },
  );
});

test("webhookIn() reads the trigger among those of plugins", () => {
  const trigger = (value: unknown) =>
    webhookIn([{ type: "webhook", with: value as never, path: [] }]);
  equal(webhookIn([]), undefined);
  deepEqual(trigger({ secret: "A" }), { secret: "A", param: "event" });
  deepEqual(trigger({ secret: "A", param: "order" }), { secret: "A", param: "order" });
  for (const wrong of [null, "A", {}, { secret: "" }, { secret: "a b" }]) {
    equal(trigger(wrong), "wrong");
  }
});
