import { deepEqual, equal } from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const TOKEN = "hunter2-token";

async function config(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ["--json"],
): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-config-"));
  try {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "sluice.yml"), "max_job_parallel: 5\ntimeout: 10m\n");
    const { code, stdout, stderr } = await sluice(["config", ...args], { cwd, env });
    equal(code, 0, stderr);
    return stdout;
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

test("sluice config shows each setting and where its value came from", async () => {
  const all: { name: string; value: unknown; origin: string }[] = JSON.parse(
    await config({ WORKFLOW_CORE_TIMEOUT: "90s" }, ["--json", "--state", "here"]),
  );
  const of = (name: string) => {
    const found = all.find((setting) => setting.name === name);
    return [found?.value, found?.origin];
  };
  deepEqual(of("timeoutMs"), [90_000, "WORKFLOW_CORE_TIMEOUT"]);
  equal(of("maxJobParallel")[0], 5);
  equal(/sluice\.yml:1:\d+$/.test(String(of("maxJobParallel")[1])), true);
  deepEqual(of("statePath"), ["here", "override"]);
  deepEqual(of("scriptLang"), ["ts", "default"]);
});

test("sluice config prints nothing that may be a secret", async () => {
  const env = {
    WORKFLOW_LOG_AUDIT_CONF: JSON.stringify({
      ...{ type: "file", path: `https://me:${TOKEN}@host/x`, headers: { Authorization: TOKEN } },
    }),
  };
  for (const args of [["--json"], []]) {
    const printed = await config(env, args);
    equal(printed.includes(TOKEN), false);
    equal(printed.includes("WORKFLOW_LOG_AUDIT_CONF"), true);
  }
});
