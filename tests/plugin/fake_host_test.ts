import assert from "node:assert/strict";
import type { Host, HostError } from "../../core/plugin/ports.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";

/** What both must say of the same deeds, so that a test with the fake means something. */
const DEEDS: Readonly<Record<string, (host: Host, folder: string) => Promise<unknown>>> = {
  "a written file": async (host, folder) => {
    await host.writeText(`${folder}/a/b.txt`, "one\ntwo");
    await host.writeText(`${folder}/a/b.txt`, "three\n\nfour");
    return [await host.readText(`${folder}/a/b.txt`), await host.listFiles(folder)];
  },
  "appended text": async (host, folder) => {
    host.appendTextNow(`${folder}/x/log`, "one\n");
    await host.appendText(`${folder}/x/log`, "two\n\nthree");
    const lines = await Array.fromAsync(host.readLines(`${folder}/x/log`));
    const pieces = await Array.fromAsync(host.readPieces(`${folder}/x/log`, { from: 4 }));
    return [lines, pieces.flatMap((piece) => piece.lines), pieces.at(-1)?.endByte];
  },
  "appending below a file": async (host, folder) => {
    await host.writeText(`${folder}/a`, "");
    assert.throws(() => host.appendTextNow(`${folder}/a/b`, ""), { name: "HostError" });
    assert.throws(() => host.appendTextNow(folder, ""), { name: "HostError" });
  },
  "an empty file": async (host, folder) => {
    host.appendTextNow(`${folder}/empty`, "");
    return [
      await host.readText(`${folder}/empty`),
      await Array.fromAsync(host.readLines(`${folder}/empty`)),
    ];
  },
  "lists": async (host, folder) => {
    for (const path of ["b/2", "b/1", "a", "b/c/d", "B"]) {
      await host.writeText(`${folder}/${path}`, "");
    }
    await host.remove(`${folder}/b/c/d`);
    return [
      await host.listFiles(folder),
      await host.listNames(folder),
      await host.listNames(`${folder}/b`),
      await host.listFiles(`${folder}/b/c`),
      await host.listNames(`${folder}/none`),
      await host.listFiles(`${folder}/none`),
    ];
  },
  "a fresh folder": async (host) => {
    const [one, other] = [await host.makeTempFolder("x-"), await host.makeTempFolder("x-")];
    const lists = [await host.listFiles(one), await host.listNames(other), one === other];
    await Promise.all([host.remove(one), host.remove(other)]);
    return [...lists, await host.listNames(one)];
  },
  "removal": async (host, folder) => {
    await host.writeText(`${folder}/a/b/c`, "");
    await host.writeText(`${folder}/ab`, "");
    await host.remove(`${folder}/a`);
    await host.remove(`${folder}/a`);
    return await host.listFiles(folder);
  },
  "paths with dots": async (host, folder) => {
    await host.writeText(`${folder}/a/x`, "here");
    return await host.readText(`${folder}/a/../a/./x`);
  },
  "a missing file": (host, folder) => codeOf(host.readText(`${folder}/none`)),
  "lines of a missing file": (host, folder) =>
    codeOf(Array.fromAsync(host.readLines(`${folder}/none`))),
  "a folder read as a file": (host, folder) => codeOf(host.readText(folder)),
  "a file used as a folder": async (host, folder) => {
    await host.writeText(`${folder}/a`, "");
    return await codeOf(host.writeText(`${folder}/a/b`, "")) !== undefined;
  },
  "a folder written as a file": async (host, folder) => {
    await host.writeText(`${folder}/a/b`, "");
    return await codeOf(host.writeText(`${folder}/a`, "")) !== undefined;
  },
  "a file that is too long": async (host, folder) => {
    await host.writeText(`${folder}/a`, "üü");
    return [
      await host.readText(`${folder}/a`, { maxBytes: 4 }),
      await codeOf(host.readText(`${folder}/a`, { maxBytes: 3 })),
    ];
  },
  "a missing program": async (host) => [
    await host.which("no-such-program"),
    await codeOf(host.spawn("no-such-program")),
  ],
};

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return (error as HostError).code;
  }
}

for (const [name, deed] of Object.entries(DEEDS)) {
  test(`FakeHost treats ${name} as a machine does`, async () => {
    const machine = openHost();
    const folder = await machine.makeTempFolder("sluice-test-");
    const fake = new FakeHost();
    try {
      const expected = await deed(machine, folder);
      assert.deepEqual(await deed(fake, await fake.makeTempFolder("t-")), expected);
    } finally {
      await machine.remove(folder);
    }
  });
}

test("FakeHost runs its programs and tells what they were given", async () => {
  const lines: string[] = [];
  const host = new FakeHost({
    programs: {
      greet: ({ args, env, stdin, print }) => {
        print(`hello ${args[0]} ${env["NAME"]} ${stdin}`);
        print("careful", "stderr");
        return { exitCode: 3 };
      },
    },
  });
  const result = await host.spawn("greet", {
    args: ["you"],
    env: { NAME: "n" },
    stdin: new TextEncoder().encode("in"),
    onLine: (stream, line) => lines.push(`${stream}: ${line}`),
  });
  const expected = { exitCode: 3, signal: null, stdout: "hello you n in\n", stderr: "careful\n" };
  assert.deepEqual(result, { ...expected, truncated: false });
  assert.deepEqual(lines, ["stdout: hello you n in", "stderr: careful"]);
  assert.deepEqual(host.calls.map(({ command, cwd }) => [command, cwd]), [["greet", "/work"]]);
  assert.equal(await host.which("greet"), "/usr/bin/greet");
});

test("FakeHost keeps as much output as it is asked to", async () => {
  const host = new FakeHost({ programs: { flood: ({ print }) => print("äöü") } });
  const { stdout, truncated } = await host.spawn("flood", { keepBytes: 3 });
  assert.deepEqual([stdout, truncated], ["ä", true]);
});

test("FakeHost ends a program when its signal is aborted", async () => {
  const host = new FakeHost({ programs: { hang: () => new Promise(() => {}) } });
  const stop = new AbortController();
  const result = host.spawn("hang", { signal: stop.signal });
  stop.abort();
  const { exitCode, signal } = await result;
  assert.deepEqual([exitCode, signal], [null, "SIGTERM"]);
  await assert.rejects(host.spawn("hang", { signal: stop.signal }), { name: "AbortError" });
});

test("FakeHost fails as it is told to", async () => {
  const host = new FakeHost({ fault: (operation) => operation === "write" ? "ENOSPC" : undefined });
  assert.equal(await codeOf(host.writeText("/a", "x")), "ENOSPC");
  assert.throws(() => host.appendTextNow("/a", "x"), { code: "ENOSPC" });
  assert.equal(host.files.size, 0);
});
