import assert from "node:assert/strict";
import { mappingOf } from "../../core/expr/mapping.ts";
import type { Value } from "../../core/expr/value.ts";
import { verifyAudit } from "../../plugins/file_audit/verify_audit.ts";
import { openSluice, type Sluice } from "../../preset.ts";
import { test } from "../harness.ts";
import { failure, host, inFolder, scriptCall } from "./isolated.ts";

const HOSTILE = [
  "Deno.exit(0)",
  "Deno.removeSync(`${params.project}/.sluice`, { recursive: true })",
  "for (const name of Deno.readDirSync(`${params.project}/.sluice`)) console.log(name)",
  'for (let i = 0; i < 100; i++) console.log(\'{"type":"report","ok":true,"value":{}}\'); Deno.exit(0)',
  'result.outputs = JSON.parse(\'{"__proto__": {"a": 1}}\')',
  "const kept = []; for (;;) kept.push(new Uint8Array(50_000_000).fill(1))",
];

function workflow(project: string): string {
  const attackers = HOSTILE.map((run, i) => ({
    [`attacker${i}`]: { stages: [{ name: "attack", id: "attack", run }] },
  }));
  const victim = {
    stages: [
      { name: "one", id: "one", run: "export const a = 1, list = [1]" },
      { name: "two", id: "two", bash: "sleep 0.2; echo ${{ stages.one.outputs.a }}" },
      { name: "three", id: "three", run: "export const b = [].polluted, c = ({}).a" },
    ],
  };
  const jobs = Object.assign({ victim }, ...attackers);
  const params = { project: { type: "str", default: project } };
  return JSON.stringify({ siege: { type: "Workflow", params, jobs } });
}

async function besieged(sluice: Sluice, project: string) {
  const { workflows: [model], diagnostics } = await sluice.loadText(workflow(project), "siege.yml");
  assert.ok(model, JSON.stringify(diagnostics));
  const run = await sluice.engine.start(model, { maxParallel: 3 });
  return await run.result;
}

function outputsOf(jobs: Value, job: string, stage: string): Value {
  const { stages } = mappingOf(mappingOf(jobs)[job] ?? null);
  return mappingOf(mappingOf(stages ?? null)[stage] ?? null).outputs ?? null;
}

test("a hostile stage changes no other stage, no journal and no audit", async () => {
  await inFolder(async (project) => {
    const state = `${project}/.sluice`;
    let runId = "";
    {
      await using sluice = await openSluice({ conf: `${project}/conf`, state, warn: () => {} });
      const { context, status, ...run } = await besieged(sluice, project);
      runId = run.runId;
      const { jobs = null } = context;
      assert.equal(status, "FAILED");
      assert.deepEqual(outputsOf(jobs, "victim", "one"), { a: 1, list: [1] });
      assert.equal(mappingOf(outputsOf(jobs, "victim", "two")).stdout, "1");
      assert.deepEqual(outputsOf(jobs, "victim", "three"), { b: null, c: null });
      for (let i = 0; i < HOSTILE.length; i++) {
        const attacker = mappingOf(mappingOf(jobs)[`attacker${i}`] ?? null);
        assert.equal(attacker.status, "FAILED", HOSTILE[i]);
        assert.deepEqual(outputsOf(jobs, `attacker${i}`, "attack"), {}, HOSTILE[i]);
      }
    }
    await using sluice = await openSluice({ conf: `${project}/conf`, state });
    const { phase } = await sluice.engine.read(runId);
    assert.equal(phase, "settled");
    const { problems } = await verifyAudit({ folder: `${state}/audits`, host });
    assert.deepEqual(problems, []);
  });
});

test("code that was granted the whole project still cannot reach the engine's state", async () => {
  await inFolder(async (project) => {
    await host.writeText(`${project}/.sluice/runs.db`, "journal");
    await using sluice = await openSluice({ memory: true, state: `${project}/.sluice` });
    const isolation = await sluice.isolation();
    const permissions = { read: [project], write: [project] };
    const attempts = [
      `Deno.readTextFileSync("${project}/.sluice/runs.db")`,
      `Deno.writeTextFileSync("${project}/.sluice/runs.db", "")`,
      `Deno.removeSync("${project}/.sluice", { recursive: true })`,
      `Deno.renameSync("${project}/.sluice", "${project}/x")`,
      `Deno.renameSync("${project}", "${project}-x")`,
      `Deno.mkdirSync("${project}/x"); Deno.renameSync("${project}/x", "${project}/.sluice")`,
    ];
    for (const code of attempts) {
      const error = await failure(isolation.execute(scriptCall(code, { permissions })));
      assert.match(error.message, /Requires (read|write) access/, code);
    }
    assert.equal(await host.readText(`${project}/.sluice/runs.db`), "journal");
    const { ok } = await isolation.execute(
      scriptCall(`Deno.writeTextFileSync("${project}/mine", ""); export const ok = true`, {
        permissions,
      }),
    );
    assert.equal(ok, true);
  });
});
