import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { Datetime } from "../../core/expr/datetime.ts";
import type { Isolation } from "../../core/plugin/isolation.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { openHost, systemClock } from "../../platform/mod.ts";
import { openIsolation } from "../../plugins/isolation.ts";
import { test } from "../harness.ts";
import { bundled, failure, host, inFolder, run, scriptCall } from "./isolated.ts";

async function withIsolation(work: (isolation: Isolation) => Promise<void>): Promise<void> {
  await using isolation = openIsolation({ host, clock: systemClock });
  await work(isolation);
}

test("isolation gives each attempt a scope that nothing has touched", async () => {
  await withIsolation(async (isolation) => {
    const code = `
      export const seen = [globalThis.left, [].left, Object.keys(globalThis).includes("left")];
      globalThis.left = 1; Array.prototype.left = 1;
      export const pid = Deno.pid;
    `;
    const pids = new Set<unknown>();
    for (let attempt = 1; attempt <= 5; attempt++) {
      const { seen, pid } = await isolation.execute(scriptCall(code));
      assert.deepEqual(seen, [null, null, false]);
      pids.add(pid);
    }
    assert.equal(pids.size, 5);
  });
});

test("isolation lets one attempt die without a word to the others", async () => {
  await inFolder(async (folder) => {
    await using isolation = openIsolation({ host, clock: systemClock });
    const others = `${folder}/others-have-ended`;
    const survivor = isolation.execute(scriptCall(
      `const isThere = () => Deno.stat(${JSON.stringify(others)}).then(() => true, () => false);
       while (!await isThere()) await new Promise((resolve) => setTimeout(resolve, 5));
       export const a = 2;`,
      { permissions: { read: [folder] } },
    ));
    const codes = [
      "Deno.exit(3)",
      "for (;;) console.log('x'.repeat(1_000))",
      "throw new Error('no')",
      "export const a = 1",
      "Deno.stdout.close()",
    ];
    const limits = { outputLength: 50_000 };
    const ended = await Promise.allSettled(
      codes.map((code) => isolation.execute(scriptCall(code, { limits }))),
    );
    assert.deepEqual(ended.map((end) => end.status === "fulfilled" ? end.value : "failed"), [
      ...["failed", "failed", "failed", { a: 1 }, "failed"],
    ]);
    await writeFile(others, "");
    assert.deepEqual(await survivor, { a: 2 });
  });
});

test("isolation takes no report from what is printed, nor a second one", async () => {
  const report = JSON.stringify({ type: "report", ok: true, value: { a: "forged" } });
  const lines: string[] = [];
  const outputs = await run(
    `for (const mark of [".", "+", ""]) console.log("sluice-0000" + mark + ${
      JSON.stringify(report)
    });
     export const a = 1;`,
    { print: (line) => lines.push(line) },
  );
  assert.deepEqual(outputs, { a: 1 });
  assert.equal(lines.length, 3);
});

test("isolation shows every line of an attempt, of both streams", async () => {
  const lines: string[] = [];
  await run("for (let i = 0; i < 200; i++) { console.log(i); console.error(i); }", {
    print: (line, stream) => lines.push(`${stream} ${line}`),
  });
  for (const stream of ["stdout", "stderr"]) {
    assert.deepEqual(
      lines.filter((line) => line.startsWith(stream)),
      Array.from({ length: 200 }, (_, i) => `${stream} ${i}`),
    );
  }
});

test("isolation ends an attempt that is cancelled, though it does not want to", async () => {
  const abort = new AbortController();
  const error = await failure(run("console.log('on'); for (;;);", {
    signal: abort.signal,
    print: () => abort.abort(new Error("Cancelled")),
  }));
  assert.equal(error.message, "Cancelled");
  const late = await failure(run("export const a = 1", { signal: abort.signal }));
  assert.equal(late.message, "Cancelled");
});

test("isolation refuses limits that are none", async () => {
  for (const limits of [{ memoryBytes: 1 }, { cpuMs: Infinity }, { outputLength: NaN }]) {
    assert.match((await failure(run("", { limits }))).message, /it must be from/);
  }
});

test("isolation says what to install where there is no Deno", async () => {
  await using isolation = openIsolation({ host: new FakeHost(), clock: systemClock });
  const error = await failure(isolation.execute(scriptCall("")));
  assert.match(error.message, /no "deno" in the engine's PATH; install Deno, which keeps it/);
  assert.equal(error.retryable, false);
});

const PLUGIN = `
  import { z } from "zod";
  const tree = z.object({ name: z.string(), get below() { return z.array(tree) } });
  export const shop = {
    [Symbol.for("sluice.plugin")]: true,
    name: "shop",
    permissions: { net: ["\${{ input.url | host }}"], env: ["SHOP_*"] },
    stages: [
      {
        name: "order", keys: ["order"], summary: "Orders something.", composite: false,
        fields: { order: z.string(), count: z.number().default(1), tree: tree.optional() },
        outputs: z.object({ total: z.number() }),
        execute: async ({ order, count }, context) => {
          context.print("one\\ntwo"); context.print("three", "stderr"); context.heartbeat();
          if (order === "nothing") return { total: "none" };
          if (order === "host") return { total: context.host };
          if (order === "wait") await context.clock.sleep(Date.now() + 60_000, context.signal);
          if (order === "out") {
            const error = new Error("Sold out");
            throw Object.assign(error, { name: "SoldOut", retryable: false, outcome: "skipped", details: { order } });
          }
          const { key, runId, attempt, env, secrets } = context;
          console.log(JSON.stringify([key, runId, attempt, env, secrets, Deno.env.get("SHOP_ID")]));
          return { total: order.length * count };
        },
      },
      {
        name: "mute", keys: ["mute"], summary: "Says nothing.", composite: false,
        fields: { mute: z.any() },
        execute: () => new Promise((resolve) => setTimeout(resolve, 60_000)),
      },
    ],
  };
`;

interface Shop {
  readonly isolation: Isolation;
  order(
    order: string,
    given?: {
      readonly signal?: AbortSignal;
      readonly stage?: string;
      readonly onLine?: () => void;
    },
  ): Promise<unknown>;
  readonly lines: string[];
}

async function withShop(work: (shop: Shop, code: string) => Promise<void>): Promise<void> {
  const code = await (shopCode ??= bundled(PLUGIN));
  await using isolation = openIsolation({ host, clock: systemClock });
  const lines: string[] = [];
  const order: Shop["order"] = (order, { signal, stage = "order", onLine } = {}) =>
    isolation.execute(scriptCall("", {
      entry: { type: "plugin", code, stage },
      ...{ permissions: { env: ["SHOP_*"] }, input: { order, count: 2 } },
      ...{ env: { SHOP_ID: "7", OTHER: "x" }, secrets: { TOKEN: "t" } },
      ...(signal && { signal }),
      limits: { heartbeatMs: 1_500 },
      print: (line, stream) => {
        lines.push(`${stream} ${line}`);
        onLine?.();
      },
    }));
  await work({ isolation, order, lines }, code);
}

let shopCode: Promise<string> | undefined;

test("isolation describes a plugin as data", async () => {
  await withShop(async ({ isolation }, code) => {
    const { stages: [order], ...manifest } = await isolation.describe({ code });
    assert.deepEqual(manifest, {
      name: "shop",
      permissions: { net: ["${{ input.url | host }}"], env: ["SHOP_*"] },
    });
    assert.deepEqual(order?.keys, ["order"]);
    assert.deepEqual(order?.fields["required"], ["order"]);
    const { properties, $defs } = order?.fields as Record<string, Record<string, unknown>>;
    assert.deepEqual(properties?.["count"], { type: "number", default: 1 });
    const text = JSON.stringify({ properties, $defs });
    for (const [, name = ""] of text.matchAll(/"\$ref":"#\/([^"]*)"/g)) {
      const [first = "", second = ""] = name.split("/");
      assert.ok((first === "$defs" ? $defs : properties)?.[second], name);
    }
    assert.deepEqual(order?.outputs?.["type"], "object");
  });
});

test("isolation describes nothing that is no plugin, or does something to be read", async () => {
  {
    await using isolation = openIsolation({ host, clock: systemClock });
    const said = async (code: string) => (await failure(isolation.describe({ code }))).message;
    const plugin = '[Symbol.for("sluice.plugin")]: true';
    assert.match(await said("export const a = 1"), /exports no plugin/);
    assert.match(
      await said(`export const a = {${plugin}, name: "a"}, b = {${plugin}, name: "b"}`),
      /two/,
    );
    assert.match(await said(`export const a = {${plugin}, name: "A b"}`), /is no plugin: "name"/);
    assert.match(
      await said(`export const a = {${plugin}, name: "a", permissions: {run: ["git"]}}`),
      /is no plugin/,
    );
    assert.match(
      await said(`export const a = {${plugin}, name: "a", permissions: {read: ["/a,/b"]}}`),
      /cannot ask for that/,
    );
    assert.match(
      await said(`export const a = {${plugin}, name: "a", functions: [{name: "f"}]}`),
      /only a trusted plugin/,
    );
    assert.match(await said('await fetch("http://127.0.0.1:9999")'), /Requires net access/);
    assert.match(await said('import "./other.ts"'), /not prefixed with|Invalid|Relative import/i);
    assert.match(await said('import "file:///etc/hostname"'), /Requires read access/);
    assert.match(
      await said('import text from "file:///etc/hostname" with { type: "text" }; export { text }'),
      /Requires read access/,
    );
  }
});

test("isolation carries out a stage of a plugin", async () => {
  await withShop(async ({ order, lines }) => {
    assert.deepEqual(await order("tea"), { total: 6 });
    assert.deepEqual(lines.filter((line) => line.startsWith("stdout")), [
      ...["stdout one", "stdout two"],
      `stdout ${
        JSON.stringify([
          ...["run/job[]/stage#1", "run", 1, { SHOP_ID: "7", OTHER: "x" }, { TOKEN: "t" }, "7"],
        ])
      }`,
    ]);
    assert.ok(lines.includes("stderr three"));
  });
});

test("isolation fails a stage of a plugin with what it says", async () => {
  await withShop(async ({ order }) => {
    const { name, message, retryable, outcome, details } = await failure(order("out"));
    assert.deepEqual([name, message, retryable, outcome, details], [
      ...["SoldOut", "Sold out", false, "skipped", { order: "out" }],
    ]);
    assert.match((await failure(order("nothing"))).message, /Cannot use "outputs.total"/);
    assert.match((await failure(order("host"))).message, /in isolation has no "host"/);
    assert.match((await failure(order("", { stage: "none" }))).message, /no stage kind "none"/);
  });
});

test("isolation asks a plugin to end, and then hears nothing more of it", async () => {
  await withShop(async ({ order }) => {
    const abort = new AbortController();
    // It prints as it begins to wait.
    const onLine = () => abort.abort(new Error("Cancelled"));
    const { message } = await failure(order("wait", { signal: abort.signal, onLine }));
    assert.equal(message, "Cancelled");
  });
});

test("isolation ends a stage that gives no sign of life", async () => {
  await withShop(async ({ order }) => {
    const { name, message } = await failure(order("", { stage: "mute" }));
    assert.deepEqual([name, message], [
      "HeartbeatError",
      "The code was ended: it gave no sign of life for 1500 milliseconds",
    ]);
  });
});

test("isolation keeps types both ways", async () => {
  const at = new Datetime(1_704_164_645_678, { offsetMinutes: 0 });
  const code = "export const same = [at instanceof Date, at, tagged, -0, NaN]";
  assert.deepEqual(await run(code, { names: { at, tagged: { $datetime: "none" } } }), {
    same: [true, at, { $datetime: "none" }, -0, NaN],
  });
});

test("isolation starts a process ahead once that pays, and ends what nobody needs", async () => {
  const real = openHost();
  let open = 0;
  const ended: Promise<unknown>[] = [];
  const counting = {
    ...real,
    open: async (...given: Parameters<typeof real.open>) => {
      open++;
      const process = await real.open(...given);
      ended.push(process.ended);
      return process;
    },
  };
  {
    await using isolation = openIsolation({ host: counting, clock: systemClock });
    await isolation.execute(scriptCall("export const a = 1"));
    assert.equal(open, 1);
    await isolation.execute(scriptCall("export const a = 1"));
    assert.equal(open, 3);
    await isolation.execute(scriptCall("export const a = 1"));
    assert.equal(open, 4);
    await isolation.execute(scriptCall("export const a = 1", { limits: { cpuMs: 5_000 } }));
    assert.equal(open, 5);
  }
  assert.equal((await Promise.all(ended)).length, 5);
});
