/**
 * The corpus of attacks: what foreign code tries, and what stops it. It grows
 * and never shrinks.
 *
 * @module
 */
import assert from "node:assert/strict";
import type { IsolationLimits } from "../../core/plugin/isolation.ts";
import type { Permissions } from "../../core/plugin/permissions.ts";
import { test } from "../harness.ts";
import { failure, host, inFolder, run } from "./isolated.ts";

interface Attack {
  /** What the code tries. */
  readonly tries: string;
  /** The code; `FOLDER` is a folder with a secret and what `prepare` made. */
  readonly code: string;
  /** What it was granted; `FOLDER` stands in names, too. */
  readonly granted?: Permissions;
  readonly limits?: IsolationLimits;
  /** What must be in the failure: who stopped it. */
  readonly stoppedBy: RegExp;
}

const NO_READ = /Requires read access/;
const NO_WRITE = /Requires write access/;
const NO_NET = /Requires net access|EPERM/;
const NO_RUN = /Requires run access|NotCapable/;
const NO_SYS = /Requires sys access/;
const NO_FFI = /Requires ffi access/;
const NO_ENV = /Requires env access/;
const NO_REMOTE = /--no-remote|Requires import access/;
const ALL_ONLY = /Requires all access/;
const NO_STORE = /Not a directory|cache storage|NotADirectory/i;

const ATTACKS: readonly Attack[] = [
  // Code from elsewhere.
  {
    tries: "a literal import from the network",
    code: 'await import("https://example.com/x.ts")',
    stoppedBy: NO_REMOTE,
  },
  {
    tries: "a static import from the network",
    code: 'import "https://example.com/x.ts"',
    stoppedBy: NO_REMOTE,
  },
  {
    tries: "a computed import from the network",
    code: 'await import(["https:", "", "deno.land", "x.ts"].join("/"))',
    stoppedBy: NO_REMOTE,
  },
  {
    tries: "a static import of a file as text",
    code: 'import text from "file:///etc/hostname" with { type: "text" }; export { text }',
    stoppedBy: NO_READ,
  },
  {
    tries: "a literal import of a file",
    code: 'await import("file:///etc/hostname", { with: { type: "text" } })',
    stoppedBy: NO_READ,
  },
  {
    tries: "a computed import of a file",
    code:
      'const url = ["file://", "etc", "hostname"].join("/"); await import(url, { with: { type: "text" } })',
    stoppedBy: NO_READ,
  },
  {
    tries: "a static import of a file by way of a data: module",
    code: `await import("data:text/javascript," + encodeURIComponent(
      'import text from "file:///etc/hostname" with { type: "text" }; export { text }'))`,
    stoppedBy: NO_READ,
  },
  {
    tries: "a static import of a file by way of a blob: module",
    code: `await import(URL.createObjectURL(new Blob(
      ['import text from "file:///etc/hostname" with { type: "text" }; export { text }'],
      { type: "text/javascript" })))`,
    stoppedBy: NO_READ,
  },
  { tries: "a package from npm", code: 'import "npm:left-pad"', stoppedBy: /no-npm/ },
  { tries: "a package from JSR", code: 'import "jsr:@std/fs"', stoppedBy: NO_REMOTE },

  // Files.
  {
    tries: "reading a file",
    code: 'Deno.readTextFileSync("FOLDER/secret")',
    stoppedBy: NO_READ,
  },
  {
    tries: "reading a file by node:fs",
    code: '(await import("node:fs")).readFileSync("FOLDER/secret")',
    stoppedBy: NO_READ,
  },
  {
    tries: "reading a file by fetch",
    code: 'await fetch("file://FOLDER/secret")',
    stoppedBy: NO_READ,
  },
  {
    tries: "reading a file by process.binding",
    code: `const { default: process } = await import("node:process");
      const fs = process.binding("fs");
      if (typeof fs.open !== "function") throw new Error("There is nothing in the binding");`,
    stoppedBy: /There is nothing in the binding|No such module|not a function/,
  },
  {
    tries: "reading a file by the runtime's own operations",
    code: "Deno[Deno.internal].core.ops.op_fs_read_file_text_sync('FOLDER/secret', 0)",
    stoppedBy: /Requires read access|not a function/,
  },
  {
    tries: "reading a file by a database",
    code: 'new (await import("node:sqlite")).DatabaseSync("FOLDER/secret")',
    stoppedBy: NO_READ,
  },
  {
    tries: "writing a file by a database that is attached",
    code: `const db = new (await import("node:sqlite")).DatabaseSync(":memory:");
      db.exec("ATTACH 'FOLDER/new.db' AS other")`,
    stoppedBy: /too many attached|Requires/,
  },
  {
    tries: "writing a file",
    code: 'Deno.writeTextFileSync("FOLDER/new", "")',
    stoppedBy: NO_WRITE,
  },
  {
    tries: "writing a heap snapshot",
    code: '(await import("node:v8")).writeHeapSnapshot("FOLDER/new")',
    stoppedBy: NO_WRITE,
  },
  {
    tries: "a worker with permissions of its own",
    code:
      `new Worker("data:text/javascript,1", { type: "module", deno: { permissions: { read: true } } });
      await new Promise((resolve) => setTimeout(resolve, 60_000))`,
    stoppedBy: /Unstable API/,
  },
  {
    tries: "writing a file by a worker",
    code: `const worker = new Worker("data:text/javascript," + encodeURIComponent(
        'Deno.writeTextFileSync("FOLDER/new", "")'), { type: "module" });
      await new Promise((_, reject) => worker.onerror = (event) => { event.preventDefault(); reject(new Error(event.message)) })`,
    stoppedBy: NO_WRITE,
  },
  {
    tries: "reading a file by a worker of node:worker_threads",
    code: `const { Worker } = await import("node:worker_threads");
      const worker = new Worker('require("node:fs").readFileSync("FOLDER/secret")', { eval: true });
      await new Promise((_, reject) => worker.on("error", reject))`,
    stoppedBy: /Requires read access|require is not defined/,
  },
  {
    tries: "climbing out of a granted folder",
    code: 'Deno.readTextFileSync("FOLDER/granted/../secret")',
    granted: { read: ["FOLDER/granted"] },
    stoppedBy: NO_READ,
  },
  {
    tries: "following a link out of a granted folder",
    code: 'Deno.readTextFileSync("FOLDER/granted/link/secret")',
    granted: { read: ["FOLDER/granted"] },
    stoppedBy: NO_READ,
  },
  {
    tries: "following a link to a file out of a granted folder",
    code: '(await import("node:fs")).readFileSync("FOLDER/granted/file")',
    granted: { read: ["FOLDER/granted"] },
    stoppedBy: NO_READ,
  },
  {
    tries: "writing through a link to where there is nothing yet",
    code: 'Deno.writeTextFileSync("FOLDER/granted/dangling", "")',
    granted: { write: ["FOLDER/granted"] },
    stoppedBy: NO_WRITE,
  },
  {
    tries: "making a link out of a granted folder",
    code: 'Deno.symlinkSync("FOLDER/secret", "FOLDER/granted/new")',
    granted: { read: ["FOLDER/granted"], write: ["FOLDER/granted"] },
    stoppedBy: /requires unscoped/,
  },
  {
    tries: "giving a file a second name in a granted folder",
    code: 'Deno.linkSync("FOLDER/secret", "FOLDER/granted/new")',
    granted: { read: ["FOLDER/granted"], write: ["FOLDER/granted"] },
    stoppedBy: NO_READ,
  },
  {
    tries: "writing where it may only read",
    code: 'Deno.writeTextFileSync("FOLDER/granted/new", "")',
    granted: { read: ["FOLDER/granted"] },
    stoppedBy: NO_WRITE,
  },
  {
    tries: "reading the engine's state in a granted folder",
    code: 'Deno.readTextFileSync("FOLDER/state/journal")',
    granted: { read: ["FOLDER"] },
    stoppedBy: NO_READ,
  },
  {
    tries: "reading the engine's state by a link in a granted folder",
    code: 'Deno.readTextFileSync("FOLDER/to-state/journal")',
    granted: { read: ["FOLDER"] },
    stoppedBy: NO_READ,
  },
  {
    tries: "moving the engine's state away",
    code: 'Deno.renameSync("FOLDER/state", "FOLDER/gone")',
    granted: { read: ["FOLDER"], write: ["FOLDER"] },
    stoppedBy: /Requires (read|write) access/,
  },
  {
    tries: "to be granted a name that grants two",
    code: "",
    granted: { read: ["FOLDER/granted,/etc"] },
    stoppedBy: /Cannot grant/,
  },

  // The machine.
  {
    tries: "reading its own environment from /proc",
    code: 'Deno.readTextFileSync("/proc/self/environ")',
    granted: { read: ["/proc/self/environ"] },
    stoppedBy: ALL_ONLY,
  },
  {
    tries: "reading another process's environment from /proc",
    code: 'Deno.readTextFileSync("/proc/1/environ")',
    granted: { read: ["/proc/1/environ"] },
    stoppedBy: ALL_ONLY,
  },
  {
    tries: "reading the environment",
    code: "Deno.env.toObject()",
    granted: { env: ["ONE"] },
    stoppedBy: NO_ENV,
  },
  {
    tries: "starting a program",
    code: 'new Deno.Command("/bin/sh").outputSync()',
    stoppedBy: NO_RUN,
  },
  {
    tries: "starting a program by node:child_process",
    code: `(await import("node:child_process")).execFileSync("/bin/sh", ["-c", "id"])`,
    stoppedBy: NO_RUN,
  },
  { tries: "ending another process", code: 'Deno.kill(Deno.ppid, "SIGTERM")', stoppedBy: NO_RUN },
  {
    tries: "loading a native library",
    code: 'Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } })',
    stoppedBy: NO_FFI,
  },
  {
    tries: "loading a native add-on",
    code: `const { default: process } = await import("node:process");
      process.dlopen({ exports: {} }, "FOLDER/secret")`,
    stoppedBy: NO_FFI,
  },
  { tries: "asking for the machine's name", code: "Deno.hostname()", stoppedBy: NO_SYS },
  {
    tries: "becoming another user",
    code: '(await import("node:process")).default.setuid(0)',
    stoppedBy: NO_SYS,
  },
  {
    tries: "opening a debugger for others",
    code: '(await import("node:inspector")).open(0)',
    stoppedBy: /Requires (sys|net) access/,
  },
  {
    tries: "asking for more permissions",
    code: `const { state } = await Deno.permissions.request({ name: "read" });
      if (state !== "granted") throw new Error(state)`,
    stoppedBy: /^denied$/,
  },

  // The network.
  { tries: "a request", code: 'await fetch("http://127.0.0.1:9999/")', stoppedBy: NO_NET },
  {
    tries: "a request to another host than was granted",
    code: 'await fetch("http://127.0.0.2:9999/")',
    granted: { net: ["127.0.0.1:9999"] },
    stoppedBy: NO_NET,
  },
  {
    tries: "a socket",
    code: 'await Deno.connect({ hostname: "127.0.0.1", port: 9 })',
    stoppedBy: NO_NET,
  },
  {
    tries: "a socket by node:net",
    code: `const socket = (await import("node:net")).connect(9, "127.0.0.1");
      await new Promise((_, reject) => socket.on("error", reject))`,
    stoppedBy: NO_NET,
  },
  { tries: "listening", code: "Deno.listen({ port: 0 })", stoppedBy: NO_NET },
  {
    tries: "asking for a name, which tells a name server",
    code: 'await Deno.resolveDns("example.com", "A")',
    stoppedBy: NO_NET,
  },
  {
    tries: "asking for a name by node:dns",
    code: '(await import("node:dns/promises")).lookup("example.com")',
    stoppedBy: NO_NET,
  },
  {
    tries: "a datagram",
    code: `const socket = (await import("node:dgram")).createSocket("udp4");
      await new Promise((_, reject) => { socket.on("error", reject); socket.send("x", 9, "127.0.0.1", (error) => error && reject(error)) })`,
    stoppedBy: NO_NET,
  },
  {
    tries: "a web socket",
    code: `const socket = new WebSocket("ws://127.0.0.1:9");
      await new Promise((_, reject) => socket.onerror = (event) => reject(new Error(event.message)))`,
    stoppedBy: NO_NET,
  },

  // What outlives the attempt.
  { tries: "leaving something in localStorage", code: 'localStorage.a = "b"', stoppedBy: NO_STORE },
  { tries: "leaving something in caches", code: 'await caches.open("a")', stoppedBy: NO_STORE },

  // More than its share.
  {
    tries: "more memory than it may use",
    code: "const kept = []; for (;;) kept.push(new Array(100_000).fill({}))",
    limits: { memoryBytes: 64 * 1024 * 1024, cpuMs: 60_000 },
    stoppedBy: /MemoryLimitError.*more than 64 MiB/,
  },
  {
    tries: "more memory than it may use, outside of the heap",
    code: "const kept = []; for (;;) kept.push(new Uint8Array(10_000_000).fill(1))",
    limits: { memoryBytes: 64 * 1024 * 1024 },
    stoppedBy: /RangeError.*allocation failed|MemoryLimitError/,
  },
  {
    tries: "more memory than it may use, as that of WebAssembly",
    code: `const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
      for (;;) { memory.grow(160); new Uint8Array(memory.buffer).fill(1) }`,
    limits: { memoryBytes: 64 * 1024 * 1024 },
    stoppedBy: /RangeError.*grow|MemoryLimitError/,
  },
  {
    tries: "a string too long to be",
    code: 'let text = "x"; for (;;) text += text',
    stoppedBy: /Invalid string length/,
  },
  {
    tries: "never ending",
    code: "for (;;);",
    limits: { cpuMs: 1_000 },
    stoppedBy: /CpuLimitError.*more than 1 s/,
  },
  {
    tries: "never ending in a worker",
    code: `new Worker("data:text/javascript,for(;;);", { type: "module" });
      await new Promise((resolve) => setTimeout(resolve, 60_000))`,
    limits: { cpuMs: 1_000 },
    stoppedBy: /CpuLimitError.*more than 1 s/,
  },
  {
    tries: "a pattern that backtracks for ever",
    code: '/^(a+)+$/.test("a".repeat(60) + "b")',
    limits: { cpuMs: 1_000 },
    stoppedBy: /CpuLimitError.*more than 1 s/,
  },
  {
    tries: "recursion without end",
    code: "const f = () => f() + 1; f()",
    stoppedBy: /Maximum call stack/,
  },
  {
    tries: "a flood of output",
    code: 'for (;;) console.log("x".repeat(1_000))',
    limits: { outputLength: 100_000 },
    stoppedBy: /OutputLimitError.*more than 100000 characters/,
  },
  {
    tries: "a flood on the other stream, without an end of line",
    code: "const bytes = new Uint8Array(65_536).fill(120); for (;;) Deno.stderr.writeSync(bytes)",
    limits: { outputLength: 1_000_000 },
    stoppedBy: /OutputLimitError/,
  },
  {
    tries: "outputs that are too large",
    code: 'export const text = "x".repeat(20_000_000)',
    stoppedBy: /more than 16777216 characters/,
  },

  // Leaving.
  { tries: "leaving as if all were well", code: "Deno.exit(0)", stoppedBy: /ended itself/ },
  {
    tries: "leaving by node:process",
    code: '(await import("node:process")).default.exit(0)',
    stoppedBy: /ended itself/,
  },
  {
    tries: "ending itself by a signal",
    code: 'Deno.kill(Deno.pid, "SIGKILL")',
    stoppedBy: /was ended by SIGKILL/,
  },
  {
    tries: "a rejection that nobody takes",
    code:
      'Promise.reject(new Error("lost")); await new Promise((resolve) => setTimeout(resolve, 60_000))',
    stoppedBy: /^lost$/,
  },
  {
    tries: "an error that nobody takes",
    code:
      'setTimeout(() => { throw new Error("lost") }); await new Promise((resolve) => setTimeout(resolve, 60_000))',
    stoppedBy: /^lost$/,
  },
  {
    tries: "waiting for what never comes",
    code: "await new Promise(() => {})",
    stoppedBy: /ended itself.*never resolved/s,
  },
  { tries: "closing the pipe", code: "Deno.stdout.close()", stoppedBy: /ended itself/ },

  // Lies.
  {
    tries: "names in its outputs that change what every object is",
    code: 'result.outputs = JSON.parse(\'{"a": {"__proto__": {"polluted": true}}}\')',
    stoppedBy: /forbidden name "__proto__"/,
  },
  {
    tries: "a prototype of its outputs that does the same",
    code: "export const a = { constructor: { prototype: { polluted: true } } }",
    stoppedBy: /forbidden name "constructor"/,
  },
  {
    tries: "outputs without an end",
    code: "export const a = {}; a.a = a",
    stoppedBy: /deeper than 64/,
  },
];

for (const attack of ATTACKS) {
  test(`isolation stops ${attack.tries}`, async () => {
    await inFolder(async (folder) => {
      await prepare(folder);
      const error = await failure(run(attack.code.replaceAll("FOLDER", folder), {
        permissions: inPlace(attack.granted ?? {}, folder),
        limits: { cpuMs: 20_000, ...attack.limits },
        denied: [`${folder}/state`],
        signal: AbortSignal.timeout(30_000),
        env: { ONE: "1", TWO: "2" },
      }));
      const told = [error.message, `${error.name}: ${error.message}`];
      assert.ok(told.some((text) => attack.stoppedBy.test(text)), told[1]);
      assert.equal(await host.readText(`${folder}/secret`), "secret");
      assert.equal(await host.readText(`${folder}/state/journal`), "journal");
      assert.deepEqual(await host.listNames(folder), [
        ...["granted", "secret", "state", "to-state"],
      ]);
      assert.deepEqual(await host.listNames(`${folder}/granted`), [
        ...["allowed", "dangling", "file", "inside", "link"],
      ]);
    });
  });
}

async function prepare(folder: string): Promise<void> {
  await host.writeText(`${folder}/secret`, "secret");
  await host.writeText(`${folder}/state/journal`, "journal");
  await host.writeText(`${folder}/granted/allowed`, "allowed");
  const links = [
    [folder, "granted/link"],
    [`${folder}/secret`, "granted/file"],
    [`${folder}/nothing`, "granted/dangling"],
    [`${folder}/granted/allowed`, "granted/inside"],
    [`${folder}/state`, "to-state"],
  ];
  for (const [target = "", path] of links) {
    await host.spawn("ln", { args: ["-s", target, `${folder}/${path}`] });
  }
}

function inPlace(granted: Permissions, folder: string): Permissions {
  const entries = Object.entries(granted).map(([name, list]: [string, readonly string[]]) => [
    name,
    list.map((text) => text.replaceAll("FOLDER", folder)),
  ]);
  return Object.fromEntries(entries);
}

test("isolation lets code do what it was granted", async () => {
  await inFolder(async (folder) => {
    await prepare(folder);
    const outputs = await run(
      `export const read = ["allowed", "inside"].map((name) => Deno.readTextFileSync("${folder}/granted/" + name));
       Deno.writeTextFileSync("${folder}/granted/new", "written");
       export const one = Deno.env.get("ONE"), two = env.TWO;`,
      {
        permissions: {
          read: [`${folder}/granted`],
          write: [`${folder}/granted`],
          env: ["ONE"],
        },
        env: { ONE: "1", TWO: "2" },
        names: { env: { TWO: "2" } },
      },
    );
    assert.deepEqual(outputs, { read: ["allowed", "allowed"], one: "1", two: "2" });
    assert.equal(await host.readText(`${folder}/granted/new`), "written");
  });
});
