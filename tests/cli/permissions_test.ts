import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
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

/** All that ships, whatever is added to it. */
const EXAMPLES = readdirSync(`${ROOT}/conf`, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.ya?ml$/.test(file) && !/^sluice\.ya?ml$/.test(file))
  .map((file) => `conf/${file}`);

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
        // The flag as a whole where the engine could say it, and where Deno did its kind.
        const [kind = ""] = flag.split("=");
        ok(stderr.includes(flag) || stderr.includes(`the ${kind} flag`), `${flag}: ${stderr}`);
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

test("sluice permissions has what each provider of secrets needs", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-permissions-"));
  try {
    const conf = join(folder, "conf");
    await mkdir(conf);
    await mkdir(join(folder, "secrets"));
    await writeFile(join(folder, "secrets/BY_FILE"), "by-file\n", { mode: 0o600 });
    await writeFile(join(folder, ".env"), "BY_DOTENV=by-dotenv\n", { mode: 0o600 });
    const providers = [
      { type: "env", names: ["BY_ENV"] },
      { type: "file", path: join(folder, "secrets") },
      { type: "dotenv", path: join(folder, ".env") },
      { type: "command", command: ["echo", "by-{name}"], names: ["BY_COMMAND"] },
    ];
    await writeFile(join(conf, "sluice.yml"), JSON.stringify({ secrets: providers }));
    const names = ["BY_ENV", "BY_FILE", "BY_DOTENV", "BY_COMMAND"];
    const env = Object.fromEntries(names.map((name) => [name, `\${{ secrets.${name} }}`]));
    const bash = 'test "$BY_ENV $BY_FILE $BY_DOTENV $BY_COMMAND" = ' +
      '"by-env by-file by-dotenv by-BY_COMMAND"';
    const jobs = { j: { stages: [{ name: "A", bash, env }] } };
    await writeFile(join(conf, "w.yml"), JSON.stringify({ w: { type: "Workflow", jobs } }));
    const places = ["--conf", conf, "--state", join(folder, "state")];
    const asked = sluice(["-A"], ["permissions", "w", ...places, "--format", "flags"]);
    const flags = asked.stdout.trim().split(" ");
    match(asked.stdout, /--allow-env=\S*\bBY_ENV\b/);
    match(asked.stdout, /--allow-run=\S*\becho\b/);
    ok(asked.stdout.includes(`,${folder}/secrets`) && asked.stdout.includes(`,${folder}/.env`));
    if ("Bun" in globalThis) return;
    const done = sluice(flags, ["run", "w", ...places], { ...process.env, BY_ENV: "by-env" });
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

test("sluice permissions prints a set that Deno takes from a deno.json", async () => {
  if ("Bun" in globalThis) return; // It would be held to nothing.
  const folder = await mkdtemp(join(tmpdir(), "sluice-permissions-"));
  try {
    const place = ["conf/examples/hello.yml", "--state", join(folder, "state")];
    const asked = sluice(["-A"], ["permissions", ...place, "--format", "deno.json"]);
    const { permissions } = JSON.parse(asked.stdout);
    const { imports } = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8"));
    const config = join(folder, "deno.json");
    const start = async ({ run, ...others }: Record<string, unknown>) => {
      const set = run === undefined ? others : { ...others, run };
      // Where the paths of a set start is where its file is.
      const text = JSON.stringify({ imports, permissions: { default: set } });
      await writeFile(config, text.replaceAll('"./conf"', JSON.stringify(join(ROOT, "conf"))));
      return sluice(["-P", "--config", config], ["run", ...place]);
    };
    const done = await start(permissions.default);
    equal(done.code, 0, done.stderr);
    const { run: _, ...less } = permissions.default;
    match((await start(less)).stderr, /Deno was not granted --allow-run=bash,sh/);
  } finally {
    await rm(folder, { recursive: true });
  }
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
