import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { openSluice } from "../../preset.ts";
import { test } from "../harness.ts";
import { runJobs, type Site, type SiteOptions } from "./foreign_plugin.ts";
import { failure, host, inFolder, run } from "./isolated.ts";

interface ScriptSite extends Pick<Site, "folder" | "conf"> {
  readonly open: Site["open"];
  readonly settings: (text: string) => Promise<void>;
}

async function atSite(work: (site: ScriptSite) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const conf = `${folder}/conf`;
    await host.writeText(`${folder}/data/a`, "data");
    await host.writeText(`${folder}/other/b`, "other");
    const settings = (text: string) => host.writeText(`${conf}/sluice.yml`, text);
    const open = (options: SiteOptions = {}) =>
      openSluice({ conf, state: `${folder}/.sluice`, warn: () => {}, ...options });
    await work({ folder, conf, open, settings });
  });
}

test("a script gets what it asks for of what the settings grant scripts", () =>
  atSite(async ({ folder, open, settings }) => {
    await settings(`scripts: {grant: {read: ["${folder}/data"], env: [ONE]}}\n`);
    await using sluice = await open();
    const code = `const look = (path) => { try { return Deno.readTextFileSync(path) }
      catch (error) { return error.name } };
      export const a = look("${folder}/data/a"), b = look("${folder}/other/b");
      export const one = Deno.env.get("ONE");
      export const two = (() => { try { return Deno.env.get("TWO") } catch (error) { return error.name } })();`;
    const { outputs, errors } = await runJobs(sluice, {
      j: [
        {
          ...{ name: "Granted", id: "granted", run: code, env: { ONE: "1", TWO: "2" } },
          permissions: { read: [folder], env: ["ONE"] },
        },
        { name: "Asks nothing", id: "nothing", run: code.replace(/export const one[^]*/, "") },
      ],
    });
    assert.deepEqual(outputs("granted"), {
      ...{ a: "data", b: "NotCapable", one: "1", two: "NotCapable" },
    }, errors);
    assert.deepEqual(outputs("nothing"), { a: "NotCapable", b: "NotCapable" });
  }));

test("a script that reaches for what it did not ask for is told how to ask, and what to grant", () =>
  atSite(async ({ open }) => {
    await using sluice = await open();
    const codes = {
      net: 'await fetch("http://a.example/")',
      read: 'Deno.readTextFileSync("/etc/hosts")',
      write: 'Deno.writeTextFileSync("/etc/new", "")',
      env: 'Deno.env.get("ONE")',
    };
    for (const [permission, run] of Object.entries(codes)) {
      const { errors } = await runJobs(sluice, { j: [{ name: "S", id: "s", run }] });
      assert.match(
        errors,
        new RegExp(
          `permissions: {${permission}: \\[.*\\]}\\\\?" on the stage, and grant it by .*scripts: {grant: {${permission}: `,
        ),
      );
      assert.doesNotMatch(errors, /--allow-/);
    }
  }));

test("a script that asks for what nothing is granted of stops the run before it begins", () =>
  atSite(async ({ open, settings }) => {
    await settings("scripts: {grant: {net: [a.org]}}\n");
    await using sluice = await open();
    const stage = { name: "S", run: "1", permissions: { net: ["b.org"] } };
    await assert.rejects(runJobs(sluice, { j: [stage] }), {
      message: 'Cannot run "w": stage "S" asks for net "b.org", and the settings grant scripts ' +
        'nothing of that; add it to "net" under "scripts.grant" in the settings file',
    });
    const value = { ...stage, permissions: { net: ["${{ 'c' + '.org' }}"] } };
    assert.match((await runJobs(sluice, { j: [{ ...value, id: "s" }] })).errors, /net ."c.org/);
    const wild = { ...stage, id: "s", permissions: { net: ["${{ '*.a.org' }}"] } };
    assert.match((await runJobs(sluice, { j: [wild] })).errors, /may not stand for many/);
  }));

test("Python is not held to permissions, and says so", () =>
  atSite(async ({ open }) => {
    await using sluice = await open();
    const stage = { name: "S", id: "s", run: "x = 1", lang: "py" };
    const { errors } = await runJobs(sluice, {
      j: [{ ...stage, permissions: { net: ["a.org"] } }],
    });
    assert.match(errors, /Cannot hold Python to/);
  }));

test("a stage's limits hold, within those of the settings", () =>
  atSite(async ({ open, settings }) => {
    await settings("limits: {default: {output: 100B}, max: {cpu: 2s}}\n");
    await using sluice = await open();
    const flood = 'for (let i = 0; i < 20; i++) console.log("0123456789")';
    const beats = "for (let i = 0; i < 4; i++) { heartbeat(); " +
      "await new Promise((resolve) => setTimeout(resolve, 300)) } export const a = 1";
    const { errors, outputs } = await runJobs(sluice, {
      endless: [{ name: "S", id: "s", run: "for (;;);", limits: { cpu: "1s" } }],
      floods: [{ name: "S", id: "s", run: flood }],
      prints: [{
        name: "S",
        id: "s",
        run: `${flood}; export const a = 1`,
        limits: { output: 1e4 },
      }],
      greedy: [{ name: "S", id: "s", run: "1", limits: { cpu: "3s" } }],
      beats: [{ name: "S", id: "s", run: beats, limits: { heartbeat: "1s" } }],
      mute: [{
        ...{ name: "S", id: "s", limits: { heartbeat: "400ms" } },
        run: "await new Promise((resolve) => setTimeout(resolve, 60_000))",
      }],
    });
    assert.match(errors, /more than 1 s of processor time/);
    assert.match(errors, /more than 100 characters/);
    assert.match(errors, /cpuMs.{1,4}of 3000: it must be from 1000 to 2000, which the settings/);
    assert.match(errors, /no sign of life for 400 milliseconds/);
    assert.deepEqual(outputs("s", "prints"), { a: 1 });
    assert.deepEqual(outputs("s", "beats"), { a: 1 });
  }));

test("limits out of bounds are mistakes of whoever wrote them", () =>
  atSite(async ({ open, settings }) => {
    await settings("limits: {default: {memory: 1GB, cpu: soon}}\n");
    await assert.rejects(open(), /sluice\.yml has an error/);
    await settings("");
    await using sluice = await open();
    const { diagnostics } = await sluice.loadText(
      "w: {type: Workflow, jobs: {j: {stages: [{name: S, run: '1', limits: {memory: 1KiB}}]}}}",
      "w.yml",
    );
    assert.match(JSON.stringify(diagnostics), /This must be from 32MiB to 64GiB/);
  }));

test("a script runs without Deno where nothing is isolated, in what runs the engine", async () => {
  const without = (program: string) => ({
    ...host,
    which: (name: string) => name === program ? Promise.resolve(undefined) : host.which(name),
  });
  const code = "export const a: number = b + 1; await new Promise((done) => setTimeout(done, 5))";
  const refused = await failure(run(code, { host: without("deno"), names: { b: 1 } }));
  assert.match(refused.message, /no "deno" in the engine's PATH; install Deno.*isolation: none/);
  const engine = { host: host.runtime === "bun" ? without("deno") : host, enforced: false };
  assert.deepEqual(await run(code, { ...engine, names: { b: 1 } }), { a: 2 });
  const thrown = await failure(run("throw new TypeError('no')", engine));
  assert.deepEqual([thrown.name, thrown.message], ["TypeError", "no"]);
  const left = await failure(run('import process from "node:process"; process.exit(3)', engine));
  assert.match(left.message, /ended itself/);
});

test("a run of scripts that nobody isolates says so each time", () =>
  atSite(async ({ folder, open, settings }) => {
    await settings("isolation: none\n");
    const warnings: string[] = [];
    await using sluice = await open({ warn: (message) => void warnings.push(message) });
    const reading = 'import { readFileSync } from "node:fs"; ' +
      `export const text = readFileSync("${folder}/data/a", "utf8")`;
    for (const _ of [1, 2]) {
      const { outputs, errors } = await runJobs(sluice, {
        j: [{ name: "S", id: "s", run: reading }],
      });
      assert.deepEqual(outputs("s"), { text: "data" }, errors);
    }
    const said = 'Nothing is isolated: the settings say "isolation: none", so plugins and ' +
      "scripts may do all that the engine may";
    assert.deepEqual(warnings, [said, said]);
    const args = ["-rl", '"isolation": *"none"', `${folder}/.sluice/audits`];
    const { stdout } = await host.spawn("grep", { args });
    assert.equal(stdout.trim().split("\n").length, 2);
  }));

test("settings choose where runs are kept, of what plugins bring too", () =>
  atSite(async ({ folder, open, settings, conf }) => {
    const stage = { name: "S", id: "s", run: "export const a = 1" };
    await settings("journal: memory\n");
    {
      await using sluice = await open();
      assert.equal((await runJobs(sluice, { j: [stage] })).status, "SUCCESS");
      assert.equal(await host.fileFacts(`${folder}/.sluice/sluice.db`), undefined);
    }
    await settings(`journal: {type: sqlite, path: "${folder}/runs"}\n`);
    {
      await using sluice = await open();
      assert.equal((await runJobs(sluice, { j: [stage] })).status, "SUCCESS");
      assert.ok(await host.fileFacts(`${folder}/runs/sluice.db`));
    }
    await settings("journal: {type: elsewhere, at: here}\n");
    {
      await using sluice = await open();
      await assert.rejects(
        runJobs(sluice, { j: [stage] }),
        /Cannot open the journal "elsewhere": installed are "memory", "sqlite"/,
      );
    }
    await writeFile(`${conf}/sluice.yml`, "journal: {type: sqlite, paht: x}\n");
    await using sluice = await open();
    await assert.rejects(runJobs(sluice, { j: [stage] }), /there is no option "paht"/);
  }));
