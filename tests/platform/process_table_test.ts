import { deepEqual, equal, match } from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { processTable } from "../../platform/process_table.ts";
import { README_FLAGS } from "../command.ts";
import { test } from "../harness.ts";

const PROGRAM = `
  import { processTable } from ${
  JSON.stringify(import.meta.resolve("../../platform/process_table.ts"))
};
  const { own, groups, groupsOf } = await processTable();
  console.log(own, groups.has(own), [...groupsOf(new Set(["here"]))].join());
`;

/** What a process of Deno with these flags, in a group of its own, sees of a process that is marked. */
async function seen(flags: readonly string[], env = process.env) {
  const marked = spawn("sleep", ["60"], {
    env: { ...process.env, SLUICE_MARK: "here" },
    detached: true,
  });
  await new Promise((resolve) => marked.once("spawn", resolve));
  try {
    const { stdout, stderr, pid } = spawnSync(
      "setsid",
      [
        "deno",
        "run",
        "--no-prompt",
        "--no-check",
        ...flags,
        `data:text/javascript,${encodeURIComponent(PROGRAM)}`,
      ],
      { encoding: "utf8", env, cwd: fileURLToPath(new URL("../..", import.meta.url)) },
    );
    return { stdout, stderr, wanted: `${pid} true ${marked.pid}\n` };
  } finally {
    marked.kill("SIGKILL");
  }
}

test("processTable() has this process, and no zombie", async () => {
  const { own, groups } = await processTable();
  equal(own !== undefined && groups.has(own), true);
});

// What is allowed is Deno's business; Bun looks for itself.
if (!("Bun" in globalThis)) {
  for (
    const [name, flags] of Object.entries({
      "everything": ["-A"],
      "what the README says": README_FLAGS,
      "to start bash and sh": ["--allow-env=PATH", "--allow-run=bash,sh"],
      "to start bash alone": ["--allow-env=PATH", "--allow-run=bash"],
    })
  ) {
    test(`processTable() finds marked processes where Deno allows ${name}`, async () => {
      const { stdout, stderr, wanted } = await seen(flags);
      equal(stdout, wanted, stderr);
    });
  }

  test("processTable() needs no bash", async () => {
    const folder = await mkdtemp(join(tmpdir(), "sluice-programs-"));
    try {
      for (const program of ["sh", "cat", "tr", "grep", "setsid"]) {
        const { stdout } = spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" });
        await symlink(stdout.trim(), join(folder, program));
      }
      await symlink(process.execPath, join(folder, "deno"));
      const env = { ...process.env, PATH: folder };
      const { stdout, stderr, wanted } = await seen(["--allow-env=PATH", "--allow-run=sh"], env);
      equal(stdout, wanted, stderr);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("processTable() says so where nobody may look", async () => {
    const { stdout, stderr } = await seen(["--allow-env=PATH"]);
    deepEqual(stdout, "");
    match(stderr, /Cannot look at processes: Deno was not granted "--allow-run=sh"/);
  });

  test("what ends processes does so under the flags of the README, too", () => {
    const { status, stdout, stderr } = spawnSync("deno", [
      ...["test", "--no-prompt", "--no-check", ...README_FLAGS],
      ...["tests/platform/end_marked_test.ts", "tests/platform/spawn_test.ts"],
    ], { encoding: "utf8", cwd: fileURLToPath(new URL("../..", import.meta.url)) });
    equal(status, 0, stdout + stderr);
  });
}
