import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { execFileSync } from "node:child_process";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { README_FLAGS, sluice, withFlags } from "../command.ts";
import { test } from "../harness.ts";

const USER = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();

const FORGED = { USER: "forged", LOGNAME: "forged", USERNAME: "forged", HOSTNAME: "elsewhere" };

const WORKFLOW = `
w:
  type: Workflow
  jobs: {a: {stages: [{name: s, id: s, raise: no}]}}
`;

async function inFolder(body: (cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-account-"));
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    await body(cwd);
  } finally {
    await rm(cwd, { recursive: true });
  }
}

async function recorded(cwd: string) {
  const { stdout } = await sluice(["audit", "list", "w", "--json"], { cwd, env: FORGED });
  const [{ runs_metadata: { recorded_by } }] = JSON.parse(stdout);
  return { user: recorded_by.user, host: recorded_by.host };
}

test("a record says who ran it by the system, whatever the environment says", () =>
  inFolder(async (cwd) => {
    await sluice(["run", "w.yml"], { cwd, env: FORGED });
    deepEqual(await recorded(cwd), { user: USER, host: hostname() });
  }));

test("a stage that is settled by hand is settled by the system's user", () =>
  inFolder(async (cwd) => {
    await sluice(["run", "w.yml", "--run-id", "first"], { cwd, env: FORGED });
    const settle = [
      "rerun",
      "first",
      "--settle",
      "a/s=succeeded",
      "--why",
      "seen to",
      "--workflow",
      "w.yml",
    ];
    const { code, stderr } = await sluice(settle, { cwd, env: FORGED });
    equal(code, 0, stderr);
    const { stdout } = await sluice(["show", "last", "--events"], { cwd });
    match(stdout, new RegExp(`set by ${USER} \\(seen to\\)|"by":"${USER}"`));
  }));

if (!("Bun" in globalThis)) {
  test("a record says who ran it by the environment where the system may not be asked", () =>
    inFolder(async (cwd) => {
      const command = withFlags(README_FLAGS.filter((flag) => !flag.startsWith("--allow-sys")));
      await sluice(["run", "w.yml"], { cwd, env: FORGED, command });
      deepEqual(await recorded(cwd), { user: "forged", host: "elsewhere" });
    }));
}
