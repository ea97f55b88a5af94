import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { flagsOfNeeds } from "../../core/model/need.ts";
import { SETTING_VARIABLES } from "../../core/engine/settings.ts";
import { STAGE_VARIABLES } from "../../core/engine/stage_environment.ts";
import { KNOWN_VARIABLES } from "../../platform/known_variables.ts";
import { test } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const LONGEST_MS = 30_000;

/** Runs the command under Deno with these flags, whichever runtime runs this test. */
function sluice(flags: readonly string[], args: readonly string[], env = process.env) {
  const all = ["run", "--no-prompt", "--no-check", ...flags, "cli.ts", ...args];
  const { status, stdout, stderr } = spawnSync("deno", all, {
    ...{ cwd: ROOT, encoding: "utf8", timeout: LONGEST_MS, env },
  });
  return { code: status, stdout, stderr };
}

const EXAMPLES = [
  "conf/city_weather.yml",
  ...readdirSync(`${ROOT}/conf/examples`).map((file) => `conf/examples/${file}`),
];

// What is allowed is Deno's business; on Bun nobody would ask.
for (const file of "Bun" in globalThis ? [] : EXAMPLES) {
  test(`sluice permissions: ${file} runs with exactly its flags, and without any one of them it does not begin`, async () => {
    const state = await mkdtemp(join(tmpdir(), "sluice-permissions-"));
    try {
      const asked = sluice(["-A"], ["permissions", file, "--state", state, "--format", "flags"]);
      equal(asked.code, 0, asked.stderr);
      const flags = asked.stdout.trim().split(" ");
      const done = sluice(flags, ["run", file, "--state", state]);
      const allowed = sluice(["-A"], ["run", file, "--state", state]);
      equal(done.code, allowed.code, done.stderr);
      for (const flag of flags) {
        const rest = flags.filter((other) => other !== flag);
        const { code, stdout, stderr } = sluice(rest, ["run", file, "--state", state]);
        ok(code !== 0, `It ran without ${flag}`);
        ok(!/: succeeded| \| /.test(stdout + stderr), `A stage began without ${flag}: ${stderr}`);
        match(stderr, /--allow-(?:read|write|run|env|net)/);
      }
    } finally {
      await rm(state, { recursive: true });
    }
  });
}

test("sluice permissions has what secrets, granted variables and granted folders need", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-permissions-"));
  try {
    const conf = join(folder, "conf");
    await mkdir(conf);
    await writeFile(join(conf, "sluice.yml"), `scripts: {grant: {read: ["${folder}"]}}\n`);
    await writeFile(
      join(conf, "w.yml"),
      JSON.stringify({
        w: {
          type: "Workflow",
          jobs: {
            j: {
              stages: [
                { name: "A", bash: 'test "$T" = tell-nobody', env: { T: "${{ secrets.TOKEN }}" } },
                {
                  name: "B",
                  run: `console.log(Deno.readTextFileSync("${conf}/w.yml").length)`,
                  permissions: { read: [conf] },
                },
              ],
            },
          },
        },
      }),
    );
    const places = ["--conf", conf, "--state", join(folder, "state")];
    const asked = sluice(["-A"], ["permissions", "w", ...places, "--format", "flags"]);
    match(asked.stdout, /--allow-env=\S*SLUICE_SECRET_TOKEN/);
    const table = sluice(["-A"], ["permissions", "w", ...places]);
    match(table.stdout, /B +script +read \S+conf +read \S+conf/);
    if ("Bun" in globalThis) return;
    const flags = asked.stdout.trim().split(" ");
    const env = { ...process.env, SLUICE_SECRET_TOKEN: "tell-nobody" };
    const done = sluice(flags, ["run", "w", ...places], env);
    equal(done.code, 0, done.stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("sluice permissions gives the reason for each, and a set for deno.json", () => {
  const { stdout } = sluice(["-A"], ["permissions", "conf/examples/hello.yml"]);
  match(stdout, /run +bash +stage "Say hello" is of kind "bash"/);
  const config = sluice(["-A"], [
    ...["permissions", "conf/examples/hello.yml", "--format", "deno.json"],
  ]);
  const { permissions } = JSON.parse(config.stdout);
  deepEqual(permissions.default.run, ["bash", "sh"]);
  deepEqual(permissions.default.net, undefined);
});

test("sluice permissions refuses flags that a command line would take apart", () => {
  const { code, stderr } = sluice(["-A"], [
    ...["permissions", "conf/examples/hello.yml", "--format", "flags", "--state", "my state"],
  ]);
  equal(code, 2);
  match(stderr, /use --format deno\.json/);
});

test("flagsOfNeeds() allows all of a kind where one name is not known yet", () => {
  const flags = flagsOfNeeds([
    { permission: "net", name: "a.com", reason: "" },
    { permission: "net", reason: "" },
    { permission: "run", name: "bash", reason: "" },
    { permission: "run", name: "bash", reason: "" },
  ]);
  deepEqual(flags, ["--allow-net", "--allow-run=bash"]);
});

test("KNOWN_VARIABLES has every variable that settings and stages name", () => {
  const named = [...Object.values(SETTING_VARIABLES).flat(), ...STAGE_VARIABLES]
    .filter((name) => !name.endsWith("*"));
  deepEqual(named.filter((name) => !KNOWN_VARIABLES.includes(name)), []);
});
