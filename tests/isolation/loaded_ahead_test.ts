/**
 * What the code of a plugin may do while it is loaded for an attempt that is
 * not there yet. The third attempt in a row meets a process that was started,
 * and loaded the code, while the second was under way.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { FUNCTION_CODE } from "../../core/plugin/isolation.ts";
import type { Outputs } from "../../core/plugin/stage_kind.ts";
import { systemClock } from "../../platform/mod.ts";
import { openIsolation } from "../../plugins/isolation.ts";
import { eventually } from "../eventually.ts";
import { test } from "../harness.ts";
import { failure, type Given, host, inFolder, run, scriptCall } from "./isolated.ts";

const MARK = FUNCTION_CODE;

/** A plugin of one stage: what it does as it is loaded, and what its stage does. */
function pluginOf(top: string, body: string, start = MARK): string {
  const own = start === MARK ? "module.exports.plugin" : "export const plugin";
  return `${start}${top}
${own} = { [Symbol.for("sluice.plugin")]: true, name: "foe", stages: [
  { name: "foe", keys: ["foe"], fields: { foe: undefined }, execute: async (input, context) => { ${body} } },
] };`;
}

interface Attempts {
  /** Carries out the next one. */
  (given?: Given): Promise<Outputs>;
  readonly lines: string[];
}

async function withAttempts(
  code: string,
  work: (attempt: Attempts) => Promise<void>,
): Promise<void> {
  await using isolation = openIsolation({ host, clock: systemClock });
  const lines: string[] = [];
  const attempt = (given: Given = {}) =>
    isolation.execute(scriptCall("", {
      entry: { type: "plugin", stage: "foe", code },
      input: {},
      print: (line) => lines.push(line),
      ...given,
    }));
  await work(Object.assign(attempt, { lines }));
}

test("a plugin that is loaded ahead meets nothing of other attempts, nor of its own", async () => {
  const code = pluginOf(
    `const found = [Deno.args, Object.keys(globalThis), Error().stack, String(globalThis.call)];
     const seen = [];`,
    `seen.push(input.foe); globalThis.left = input.foe;
     return { seen, found: JSON.stringify(found), pid: Deno.pid };`,
  );
  await withAttempts(code, async (attempt) => {
    const pids = new Set();
    for (const foe of ["first-value", "second-value", "third-value", "fourth-value"]) {
      const { seen, found, pid } = await attempt({ input: { foe }, secrets: { TOKEN: "s3cr3t" } });
      assert.deepEqual(seen, [foe]);
      assert.doesNotMatch(String(found), /-value|s3cr3t|"left"/);
      pids.add(pid);
    }
    assert.equal(pids.size, 4);
  });
});

test("a plugin that is loaded ahead may do no more than its attempt", async () => {
  const code = pluginOf(
    `const tried = [
       () => Deno.readTextFileSync("/etc/hostname"), () => Deno.writeTextFileSync("/tmp/x", ""),
       () => Deno.env.get("HOME"), () => new Deno.Command("/bin/sh").spawn(), () => Deno.hostname(),
     ].map((act) => { try { return String(act()); } catch (error) { return error.name; } });
     const net = fetch("http://127.0.0.1:8999").then(String, (error) => error.name);`,
    "return { tried, net: await net };",
  );
  await withAttempts(code, async (attempt) => {
    for (let at = 0; at < 3; at++) {
      const { tried, net } = await attempt();
      assert.deepEqual(tried, Array(5).fill("NotCapable"));
      assert.equal(net, "NotCapable");
    }
  });
});

test("what a plugin prints as it is loaded is its attempt's, once, and no report", async () => {
  const code = pluginOf(
    `console.log("loaded"); console.log('\\n.{"type":"report","ok":true,"value":{"forged":1}}');`,
    `console.log("done"); return { honest: true };`,
  );
  await withAttempts(code, async (attempt) => {
    for (let at = 0; at < 3; at++) {
      attempt.lines.length = 0;
      assert.deepEqual(await attempt(), { honest: true });
      const shown = attempt.lines.filter((line) => line !== "" && !line.startsWith("."));
      assert.deepEqual(shown, ["loaded", "done"]);
    }
  });
});

test("what a plugin begins as it is loaded stands still until its attempt", async () => {
  await inFolder(async (folder) => {
    const loaded = `${folder}/loaded`;
    const code = pluginOf(
      `let ticks = 0; setInterval(() => ticks++, 1);
       Deno.writeTextFileSync(${JSON.stringify(loaded)}, Deno.pid + "\\n", { append: true });`,
      "return { ticks, pid: Deno.pid };",
    );
    const given: Given = { permissions: { write: [folder] } };
    await withAttempts(code, async (attempt) => {
      await attempt(given);
      await attempt(given);
      const pids = () => existsSync(loaded) ? readFileSync(loaded, "utf8").trim().split("\n") : [];
      await eventually(() => pids().length >= 3, { what: "the plugin is loaded ahead" });
      // Another process starts and ticks as often as the plugin would like to.
      await run(
        `await new Promise((resolve) => {
           let left = 50;
           const timer = setInterval(() => --left || resolve(clearInterval(timer)), 1);
         });`,
      );
      const ahead = pids();
      const { ticks, pid } = await attempt(given);
      assert.equal(ticks, 0);
      assert.ok(ahead.includes(String(pid)), `process ${pid} is not one of ${ahead}`);
    });
  });
});

test("a plugin to which variables are granted is loaded when they are known", async () => {
  const code = pluginOf('const mine = Deno.env.get("MINE");', "return { mine };");
  await withAttempts(code, async (attempt) => {
    for (const MINE of ["1", "2", "3"]) {
      assert.deepEqual(await attempt({ permissions: { env: ["MINE"] }, env: { MINE } }), {
        mine: MINE,
      });
    }
  });
});

test("a plugin that is a module is loaded with its attempt, whatever it waits for", async () => {
  const code = pluginOf("const two = await Promise.resolve(2);", "return { two };", "");
  await withAttempts(code, async (attempt) => {
    for (let at = 0; at < 3; at++) assert.deepEqual(await attempt(), { two: 2 });
  });
});

/** What a plugin does as it is loaded, once a file is there, and what its attempt fails of. */
const MISDEEDS: readonly {
  readonly tries: string;
  readonly top: string;
  readonly fails: RegExp;
}[] = [
  {
    tries: "leaves",
    top: "Deno.exit(3)",
    fails: /ended itself with exit code 3 before it was done/,
  },
  { tries: "never ends", top: "for (;;);", fails: /more than 1 s of processor time/ },
  {
    tries: "prints more than is kept",
    top: 'for (let at = 0; at < 3000; at++) console.log("x".repeat(100))',
    fails: /printed more than 100000 characters/,
  },
  { tries: "throws", top: 'throw new Error("not today")', fails: /not today/ },
  {
    tries: "breaks what it is told by",
    top: "TextDecoder.prototype.decode = () => 'x'",
    fails: /ended itself with exit code 1 before it was done/,
  },
  {
    tries: "leaves no plugin",
    top: "return",
    fails: /exports no plugin/,
  },
];

for (const { tries, top, fails } of MISDEEDS) {
  test(`a plugin that ${tries} as it is loaded fails its own attempt alone`, async () => {
    await inFolder(async (folder) => {
      const file = `${folder}/now`;
      const code = pluginOf(
        `let isThere = true; try { Deno.statSync(${
          JSON.stringify(file)
        }); } catch { isThere = false; }
         if (isThere) { ${top} }`,
        "return { well: true };",
      );
      const given: Given = {
        permissions: { read: [folder] },
        limits: { cpuMs: 1_000, outputLength: 100_000 },
      };
      await withAttempts(code, async (attempt) => {
        await attempt(given);
        await writeFile(file, "");
        assert.deepEqual(await attempt(given).catch(() => "failed"), "failed");
        assert.match((await failure(attempt(given))).message, fails); // Its process did it by itself.
        await rm(file);
        for (let at = 0; at < 3; at++) {
          // A process that did it before the file was gone may wait for its attempt yet.
          const ended = await attempt(given).catch(() => "failed");
          if (at > 0) assert.deepEqual(ended, { well: true });
        }
      });
    });
  });
}
