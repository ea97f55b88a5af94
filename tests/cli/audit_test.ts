import { deepEqual, equal, match } from "node:assert/strict";
import { statSync } from "node:fs";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandResult, sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = "says: {type: Workflow, jobs: {a: {stages: [{name: one, echo: hi}]}}}";

type Run = (...args: readonly string[]) => Promise<CommandResult>;

/** A folder with two runs, r1 and r2, in both audits. */
async function withRuns(body: (run: Run, cwd: string) => Promise<void>): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-audit-"));
  const env = { WORKFLOW_LOG_AUDIT_CONF: "file,sqlite" };
  const run: Run = (...args) => sluice(args, { cwd, env });
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    for (const id of ["r1", "r2"]) await run("run", "w.yml", "-q", "--run-id", id);
    await body(run, cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

test("sluice audit works on files and SQLite alike, and knows who wrote a record", () =>
  withRuns(async (run) => {
    const queried = await run("audit", "query", "--from", "sqlite", "--run", "r1");
    const record = JSON.parse(queried.stdout);
    equal(record.run_id, "r1");
    match(record.runs_metadata.recorded_by.runtime, /^(Deno|Bun)\/\d/);
    const verified = await run("audit", "verify", "--json");
    const [files, sqlite] = JSON.parse(verified.stdout);
    deepEqual([files.audit, sqlite.audit, files.links], ["file-audit", "sqlite-audit", 2]);
    equal(files.head, sqlite.head, "both have the same chain");
    const pruned = await run("audit", "prune", "--keep", "1", "--json");
    deepEqual(JSON.parse(pruned.stdout).map(({ run_id }: { run_id: string }) => run_id), [
      "r1",
      "r1",
    ]);
    equal((await run("audit", "verify")).code, 0);
    equal((await run("audit", "list", "--from", "paper")).code, 2);
  }));

test("sluice audit finds by a signed checkpoint that the newest records were removed", () =>
  withRuns(async (run, cwd) => {
    const key = join(cwd, "audit.key");
    equal((await run("audit", "keygen", "--key", key)).code, 0);
    equal(statSync(key).mode & 0o777, 0o600);
    equal((await run("audit", "keygen", "--key", key)).code, 2, "no key is written over");
    equal((await run("audit", "verify", "--key", `${key}.pub`)).code, 1, "nobody has signed yet");
    equal((await run("audit", "sign", "--key", `${key}.pub`)).code, 2, "it only checks");
    const signed = await run("audit", "sign", "--key", key);
    equal(signed.code, 0);
    await writeFile(join(cwd, "elsewhere"), signed.stdout);
    equal((await run("audit", "verify", "--key", `${key}.pub`)).code, 0);

    const audits = join(cwd, ".sluice", "audits");
    const releases = await readdir(join(audits, "workflow=says"));
    for (const it of releases) {
      await rm(join(audits, "workflow=says", it, "r2.log"), { force: true });
    }
    await rm(join(audits, "chain", "000000", "000000002.json"));
    equal((await run("audit", "verify", "--from", "file")).code, 0, "a shorter chain is a chain");
    const found = await run("audit", "verify", "--from", "file", "--key", `${key}.pub`);
    deepEqual([found.code, /was cut off or rewritten/.test(found.stdout)], [1, true]);

    await rm(join(audits, "checkpoints"), { recursive: true });
    const kept = ["--key", `${key}.pub`, "--checkpoint", join(cwd, "elsewhere")];
    equal((await run("audit", "verify", "--from", "file", ...kept)).code, 1);
    match((await run("audit", "verify", "--from", "file", ...kept)).stdout, /cut off or rewritten/);
  }));
