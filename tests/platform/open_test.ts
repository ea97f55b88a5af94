import assert from "node:assert/strict";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";

const host = openHost();
const PATH = host.env()["PATH"] ?? "";

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await host.makeTempFolder("sluice-open-");
  try {
    await work(await host.realPath(folder) ?? folder);
  } finally {
    await host.remove(folder);
  }
}

test("open() starts a process that is written to while it runs", async () => {
  const lines: string[] = [];
  const answered = Promise.withResolvers<void>();
  const process = await host.open("bash", {
    args: ["--norc", "-c", 'while read -r line; do echo "got $line"; done'],
    env: { PATH },
    onLine: (_, line) => {
      lines.push(line);
      answered.resolve();
    },
  });
  await process.write("one\n");
  await answered.promise;
  assert.deepEqual(lines, ["got one"]);
  await process.write("two\nthree\n");
  process.end({ graceMs: 0 });
  assert.equal((await process.ended).signal, "SIGKILL");
});

test("open() is quiet when it writes to a process that is gone", async () => {
  const process = await host.open("true");
  await process.ended;
  await process.write("x".repeat(1_000_000));
  process.end();
  assert.equal((await process.ended).exitCode, 0);
});

test("open() ends a process that is asked, and one that does not want to", async () => {
  const ready = async (script: string) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const args = ["--norc", "-c", `${script}; echo ready; while :; do sleep 0.1; done`];
    const process = await host.open("bash", { args, env: { PATH }, onLine: () => resolve() });
    await promise;
    return process;
  };
  const willing = await ready("trap 'exit 3' TERM");
  willing.end();
  assert.equal((await willing.ended).exitCode, 3);
  const unwilling = await ready("trap '' TERM");
  unwilling.end({ graceMs: 100 });
  assert.equal((await unwilling.ended).signal, "SIGKILL");
});

test("open() says when there is no such program", async () => {
  await assert.rejects(host.open("no-such-program"), { code: "ENOENT" });
  await assert.rejects(new FakeHost().open("no-such-program"), { code: "ENOENT" });
});

test("a fake host hands a program what is written to it", async () => {
  const fake = new FakeHost({
    programs: {
      echo: async ({ input, print }) => {
        for await (const piece of input) {
          print(`got ${piece}`);
          if (piece === "end") return;
        }
      },
    },
  });
  const process = await fake.open("echo");
  await process.write("a");
  await process.write("end");
  assert.deepEqual((await process.ended).stdout, "got a\ngot end\n");
  const endless = await fake.open("echo");
  endless.end();
  assert.equal((await endless.ended).exitCode, null);
});

test("listLinks() finds every link below a folder and follows none", async () => {
  await inFolder(async (folder) => {
    await host.writeText(`${folder}/in/deep/file`, "");
    const link = (target: string, path: string) =>
      host.spawn("ln", { args: ["-s", target, `${folder}/in/${path}`] });
    await link("..", "up");
    await link("deep/file", "near");
    await link("nowhere", "deep/dangling");
    await link("circle", "circle");
    const links = await host.listLinks(`${folder}/in`, { maxEntries: 6 });
    assert.deepEqual(links.toSorted((a, b) => a.path < b.path ? -1 : 1), [
      { path: `${folder}/in/circle`, target: undefined },
      { path: `${folder}/in/deep/dangling`, target: undefined },
      { path: `${folder}/in/near`, target: `${folder}/in/deep/file` },
      { path: `${folder}/in/up`, target: folder },
    ]);
    await assert.rejects(host.listLinks(folder, { maxEntries: 6 }), { code: "E2BIG" });
    assert.deepEqual(await host.listLinks(`${folder}/none`, { maxEntries: 1 }), []);
    assert.equal(await host.realPath(`${folder}/in/up/in/near`), `${folder}/in/deep/file`);
    assert.equal(await host.realPath(`${folder}/none`), undefined);
  });
});
