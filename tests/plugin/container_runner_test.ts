/** Jobs in containers, with a program in place of `docker` that runs here what it is told to run there. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { openHost } from "../../platform/mod.ts";
import { containerRunner } from "../../plugins/container_runner.ts";
import type { Host, SpawnOptions } from "../../core/plugin/ports.ts";
import type { RunnerContext } from "../../core/plugin/runner.ts";
import { type CommandResult, sluice } from "../command.ts";
import { test } from "../harness.ts";

const DOCKER = `#!/usr/bin/env bash
here=$(dirname "$0")
printf '%s\\n' "$*" >> "$here/calls"
case "$1" in
  run)
    while [[ $1 != --entrypoint=* ]]; do shift; done
    entry=\${1#--entrypoint=}
    shift 2
    exec "$entry" "$@" ;;
  ps) cat "$here/containers" 2> /dev/null ;;
esac
`;

const WORKFLOW = `
boxed:
  type: Workflow
  params: {text: {type: str, default: "a 'b' \\"c\\"\\nd"}}
  jobs:
    a:
      runs-on:
        type: container
        with: {image: python, tag: "3.12", environment: {MODE: fast}, volumes: ["/data:/data:ro"], user: 1000}
      strategy: {matrix: {n: [1, 2]}}
      stages:
        - {name: say, id: say, bash: 'echo "$MODE \${{ matrix.n }} \${{ params.text }}"'}
        - {name: fail, id: fail, if: "\${{ matrix.n }} == 2", bash: exit 3}
    b: {stages: [{name: here, bash: echo here}]}
`;

type Run = (...args: readonly string[]) => Promise<CommandResult>;

async function withFolder(
  program: string | undefined,
  body: (run: Run, cwd: string) => Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-container-"));
  try {
    await mkdir(join(cwd, "bin"));
    if (program !== undefined) {
      await writeFile(join(cwd, "bin", "docker"), program);
      await chmod(join(cwd, "bin", "docker"), 0o755);
    }
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    const path = [join(cwd, "bin"), process.env.PATH].join(delimiter);
    await body((...args) => sluice(args, { cwd, env: { PATH: path } }), cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

async function calls(cwd: string): Promise<readonly string[]> {
  const text = await readFile(join(cwd, "bin", "calls"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

test("a job that runs on a container has each process started in its image", () =>
  withFolder(DOCKER, async (run, cwd) => {
    const { code, stdout } = await run("run", "w.yml", "--json");
    equal(code, 1);
    const { a } = JSON.parse(stdout).context.jobs;
    equal(a.strategies["n=1"].stages.say.outputs.stdout, `fast 1 a 'b' "c"\nd`);
    equal(a.strategies["n=2"].stages.fail.status, "FAILED");
    equal(a.strategies["n=1"].stages.fail.status, "SKIP");
    const started = (await calls(cwd)).filter((line) => line.startsWith("run "));
    equal(started.length, 3, "the job on local starts none");
    for (const line of started) {
      match(
        line,
        /^run --rm --init --name=sluice-[0-9a-f]{24}-1 --label=sluice\.mark=[0-9a-f]{64} /,
      );
      match(line, / --volume=\/data:\/data:ro --user=1000 /);
      match(line, new RegExp(` --volume=${cwd}:${cwd} .*--workdir=${cwd} `));
      match(line, / --env=MODE .*--entrypoint=bash python:3\.12 /);
      equal(line.includes("fast"), false, "values are not on the command line");
    }
  }));

test("sluice check reads what a job tells its container", () =>
  withFolder(undefined, async (run, cwd) => {
    const wrong = WORKFLOW.replace("image: python", "imag: python, remove: true");
    await writeFile(join(cwd, "w.yml"), wrong);
    const { code, stdout, stderr } = await run("check", "w.yml", "--format", "json");
    equal(code, 2, stderr);
    const found = JSON.parse(stdout).map(({ code, severity }: Record<string, string>) =>
      `${severity} ${code}`
    );
    deepEqual([...new Set(found)].sort(), ["error runner-options", "warning runner-options"]);
    await writeFile(join(cwd, "w.yml"), WORKFLOW.replace("type: container", "type: aws_batch"));
    match(
      (await run("check", "w.yml")).stderr,
      /"aws_batch", which is not installed; add a plugin/,
    );
  }));

/** A host that has `docker` and keeps what it is told to start. */
class FakeHost {
  readonly spawned: { readonly command: string; readonly options: SpawnOptions }[] = [];
  readonly answers: Readonly<Record<string, string>>;
  readonly host: Host;

  constructor(answers: Readonly<Record<string, string>> = {}) {
    this.answers = answers;
    this.host = {
      ...openHost(),
      cwd: () => "/work",
      which: (command) => Promise.resolve(command === "docker" ? "/bin/docker" : undefined),
      makeTempFolder: (prefix) => Promise.resolve(`/tmp/${prefix}1`),
      spawn: (command, options = {}) => {
        this.spawned.push({ command, options });
        const stdout = this.answers[options.args?.[0] ?? ""] ?? "";
        return Promise.resolve({ exitCode: 0, signal: null, stdout, stderr: "", truncated: false });
      },
    };
  }

  context(): RunnerContext {
    return { host: this.host, env: { PATH: "/bin" }, mark: "m".repeat(64) };
  }
}

test("container hands over variables of any text by name, and refuses those of its own program", async () => {
  const fake = new FakeHost();
  const host = await containerRunner("container").open({ image: "app" }, fake.context());
  deepEqual(host.env(), {});
  await host.spawn("sh", { args: ["-c", "x"], env: { TEXT: "a\nb" }, stdin: "in" });
  const [{ command, options }] = fake.spawned as [typeof fake.spawned[0]];
  equal(command, "docker");
  deepEqual(options.env, { PATH: "/bin", TEXT: "a\nb" });
  equal(options.stdin, "in");
  deepEqual(options.args?.slice(-6), [
    "--env=TEXT",
    "--interactive",
    "--entrypoint=sh",
    "app:latest",
    "-c",
    "x",
  ]);
  await rejects(host.spawn("sh", { env: { DOCKER_HOST: "tcp://evil" } }), /"DOCKER_HOST"/);
});

test("container mounts the private folder of the attempt where it is", async () => {
  const fake = new FakeHost();
  const host = await containerRunner("docker").open({ image: "app" }, fake.context());
  await host.makeTempFolder("s-");
  await host.spawn("sh");
  const args = fake.spawned[0]?.options.args ?? [];
  deepEqual(args.filter((arg) => arg.startsWith("--volume=")), [
    "--volume=/work:/work",
    "--volume=/tmp/s-1:/tmp/s-1",
  ]);
});

test("container fails in words where no program runs containers", async () => {
  const { host, ...context } = new FakeHost().context();
  const bare = { ...host, which: () => Promise.resolve(undefined) };
  await rejects(containerRunner("container").open({ image: "app" }, { ...context, host: bare }), {
    message:
      'Cannot run a container of "app:latest": neither "docker" nor "podman" is installed here',
    retryable: false,
  });
});

test("container takes limits, a network and a daemon of its own", async () => {
  const fake = new FakeHost();
  const options = {
    image: "app:1",
    network: { network_mode: "host", ports: { "80": 8080 } },
    resources: { memory: "4g", cpu: 2.5 },
    docker_host: "tcp://box:2375",
    working_dir: "/app",
  };
  const host = await containerRunner("container").open(options, fake.context());
  await host.spawn("sh");
  const { args = [], env } = fake.spawned[0]?.options ?? {};
  for (
    const option of [
      "--network=host",
      "--publish=8080:80",
      "--memory=4g",
      "--cpus=2.5",
      "--workdir=/app",
    ]
  ) {
    equal(args.includes(option), true, option);
  }
  equal(env?.DOCKER_HOST, "tcp://box:2375");
});

test("container removes what an attempt started that was ended, and what an engine that died left", async () => {
  const fake = new FakeHost({ ps: "c1\nc2\n" });
  const runner = containerRunner("container");
  const host = await runner.open({ image: "app" }, fake.context());
  await host.spawn("sh", { signal: AbortSignal.abort() });
  deepEqual(fake.spawned.at(-1)?.options.args, ["rm", "--force", `sluice-${"m".repeat(24)}-1`]);
  await runner.endMarked?.(new Set(["abc"]), fake.context());
  deepEqual(fake.spawned.slice(-2).map(({ options }) => options.args), [
    ["ps", "-aq", "--filter=label=sluice.mark=abc"],
    ["rm", "--force", "c1", "c2"],
  ]);
});

test("container refuses an image or a volume that would be an option", async () => {
  const { context } = { context: new FakeHost().context() };
  const runner = containerRunner("container");
  await rejects(runner.open({ image: "--privileged" }, context), { name: "ValueError" });
  const host = await runner.open({ image: "app" }, context);
  equal(typeof host.spawn, "function");
  await rejects(runner.open({ image: "app", volumes: ["/only"] }, context), { name: "ValueError" });
});
