import assert from "node:assert/strict";
import { docker } from "../../stages/docker.ts";
import { test } from "../harness.ts";
import { problemsIn } from "./expand_stage.ts";
import { type Facts, FakeAttempt } from "./fake_attempt.ts";

function attemptOf(input: Facts["input"], facts: Partial<Facts> = {}): FakeAttempt {
  return new FakeAttempt({ input, programs: ["docker"], hostEnv: { PATH: "/bin" }, ...facts });
}

async function argumentsFor(input: Facts["input"], facts: Partial<Facts> = {}) {
  const attempt = attemptOf(input, facts);
  await attempt.run(docker());
  const [run, ...others] = attempt.spawned;
  assert.deepEqual(others, []);
  return (run?.args ?? []).filter((argument) => !argument.startsWith("--name="));
}

test("docker runs a command in a container and has what it prints", async () => {
  const input = { image: "alpine", command: ["echo", 1, true, "-x $HOME"] };
  const attempt = attemptOf(input, {
    spawn: (_, { onLine }) => {
      onLine?.("stderr", "pulling");
      return { stdout: "\nout\n", stderr: "pulling\n" };
    },
  });
  assert.deepEqual(await attempt.run(docker()), {
    return_code: 0,
    stdout: "out",
    stderr: "pulling",
  });
  assert.deepEqual(attempt.lines, ["stderr: pulling"]);
  const { command, args = [], env } = attempt.spawned[0]!;
  assert.equal(command, "docker");
  assert.deepEqual(env, { PATH: "/bin" });
  assert.deepEqual(args.slice(0, 3), ["run", "--rm", "--init"]);
  assert.match(args[3]!, /^--name=sluice-[0-9a-f]{24}$/);
  assert.deepEqual(args.slice(4), ["alpine:latest", "echo", "1", "true", "-x $HOME"]);
});

test("docker takes the tag of the image, or the one beside it", async () => {
  const images = [
    [{ image: "python:3.12-slim" }, "python:3.12-slim"],
    [{ image: "python", tag: "3.12" }, "python:3.12"],
    [{ image: "python", tag: 3 }, "python:3"],
    [{ image: "localhost:5000/team/app" }, "localhost:5000/team/app:latest"],
    [{ image: "app@sha256:00ff" }, "app@sha256:00ff"],
  ] as const;
  for (const [input, image] of images) assert.equal((await argumentsFor(input)).at(-1), image);
});

test("docker refuses an image that would be an option, and two tags", async () => {
  const wrong = [
    { image: "--privileged" },
    { image: "-v/:/host" },
    { image: "a b" },
    { image: "app", tag: "-x" },
    { image: "app", tag: "1 2" },
    { image: "app:1", tag: "2" },
  ];
  for (const input of wrong) {
    const attempt = attemptOf(input);
    await assert.rejects(attempt.run(docker()), { name: "ValueError", retryable: false });
    assert.deepEqual(attempt.spawned, []);
  }
});

test("docker hands the environment over in a file", async () => {
  const attempt = attemptOf({ image: "app" }, { env: { A: "1", B: "a = 'b' $C" } });
  await attempt.run(docker());
  assert.equal(attempt.files.get("/scratch/env"), "A=1\nB=a = 'b' $C\n");
  assert.ok(attempt.spawned[0]?.args?.includes("--env-file=/scratch/env"));
});

test("docker refuses a variable of several lines", async () => {
  for (const value of ["a\nB=c", "a\rb", "a\0b"]) {
    const attempt = attemptOf({ image: "app" }, { env: { A: value } });
    await assert.rejects(attempt.run(docker()), { name: "ValueError", message: /"A"/ });
  }
});

test("docker mounts volumes, as a list or as a mapping", async () => {
  for (const volume of [["/a:/b", "data:/c:ro"], { "/a": "/b", data: "/c:ro" }]) {
    const options = (await argumentsFor({ image: "app", volume })).filter((argument) =>
      argument.startsWith("--volume=")
    );
    assert.deepEqual(options, ["--volume=/a:/b", "--volume=data:/c:ro"]);
  }
});

test("docker refuses a volume of another form", async () => {
  for (const volume of [["/a"], ["/a:/b:ro:/c"], { "/a:/b": "/c" }, { "": "/b" }, ["/a:/b\n"]]) {
    await assert.rejects(attemptOf({ image: "app", volume }).run(docker()), { name: "ValueError" });
  }
});

test("docker fails with what the program says, and keeps what was printed", async () => {
  const attempt = attemptOf({ image: "app" }, {
    spawn: () => ({ exitCode: 125, stdout: "out", stderr: "Cannot connect to the daemon\n" }),
  });
  await assert.rejects(attempt.run(docker()), {
    name: "StageError",
    message: 'Container of "app:latest" failed: Cannot connect to the daemon',
    details: { return_code: 125, stdout: "out", stderr: "Cannot connect to the daemon" },
    retryable: true,
  });
  const silent = attemptOf({ image: "app" }, { spawn: () => ({ exitCode: 3 }) });
  await assert.rejects(silent.run(docker()), { message: /Exit code 3/ });
});

test("docker uses podman where there is no docker", async () => {
  const attempt = attemptOf({ image: "app" }, { programs: ["podman"] });
  await attempt.run(docker());
  assert.equal(attempt.spawned[0]?.command, "podman");
});

test("docker says that nothing runs containers here", async () => {
  await assert.rejects(attemptOf({ image: "app" }, { programs: [] }).run(docker()), {
    message:
      'Cannot run a container of "app:latest": neither "docker" nor "podman" is installed here',
    retryable: false,
  });
});

test("docker removes the container of an attempt that is cancelled", async () => {
  const attempt = attemptOf({ image: "app" }, {
    spawn: (_, { args }) => {
      if (args?.[0] === "run") attempt.controller.abort(new Error("Enough"));
      return { exitCode: null, signal: "SIGTERM" };
    },
  });
  await assert.rejects(attempt.run(docker()), { message: "Enough" });
  const [run, remove] = attempt.spawned;
  const name = run?.args?.find((argument) => argument.startsWith("--name="))?.slice(7);
  assert.deepEqual(remove?.args, ["rm", "--force", name]);
});

test("docker reports what is written wrongly", () => {
  assert.deepEqual(problemsIn(docker(), "name: d\nimage: alpine\nenv: {A: 1}\ncommand: [ls]"), []);
  for (const field of ["command: ls", "env: {1A: x}", "volumes: [a]", "volume: 1"]) {
    assert.notDeepEqual(problemsIn(docker(), `name: d\nimage: alpine\n${field}`), [], field);
  }
});

test("docker hands credentials of a registry over in a file of the attempt", async () => {
  const auth = { username: "ann", password: "pä:ss" };
  const attempt = attemptOf({ image: "ghcr.io/team/app", auth });
  await attempt.run(docker());
  const { args = [], env } = attempt.spawned[0]!;
  assert.equal(env?.["DOCKER_CONFIG"], "/scratch/registry");
  assert.equal(env?.["REGISTRY_AUTH_FILE"], "/scratch/registry/config.json");
  assert.ok(!args.join(" ").includes("ss"));
  const config = JSON.parse(attempt.files.get("/scratch/registry/config.json") ?? "");
  const [[registry, entry]] = Object.entries<{ auth: string }>(config.auths) as [
    [string, { auth: string }],
  ];
  assert.equal(registry, "ghcr.io");
  const bytes = Uint8Array.from(atob(entry.auth), (letter) => letter.charCodeAt(0));
  assert.equal(new TextDecoder().decode(bytes), "ann:pä:ss");
});
