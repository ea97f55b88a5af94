/** Ctrl-C and its like, on real processes. @module */
import { equal, match, ok } from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const CLI = fileURLToPath(new URL("../../cli.ts", import.meta.url));
const RUNTIME_ARGS = "Bun" in globalThis ? [CLI] : ["run", "-A", "--no-check", CLI];

const USER = execFileSync("id", ["-un"], { encoding: "utf8" }).trim();

const SLOW = `slow:
  type: Workflow
  jobs:
    work:
      stages: [{name: Wait, bash: echo waiting; test -e go || sleep 20}]
    clean:
      needs: [work]
      if: \${{ always() }}
      stages: [{name: Tidy, bash: echo tidying; test "$LONG" = "" || sleep 20; echo tidied}]
`;

/** A run of the slow workflow in a folder of its own. */
class SlowRun implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<{ readonly code: number | null; readonly text: string }>;
  #text = "";
  #news = Promise.withResolvers<void>();

  private constructor(folder: string, env: Readonly<Record<string, string>>) {
    this.folder = folder;
    this.#child = spawn(
      process.execPath,
      [...RUNTIME_ARGS, "run", "slow.yml", "--run-id", "slow-1"],
      { cwd: folder, env: { ...process.env, ...env } },
    );
    this.#child.stderr.on("data", (chunk) => {
      this.#text += chunk;
      this.#news.resolve();
    });
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code) => resolve({ code, text: this.#text }));
    });
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<SlowRun> {
    const folder = await mkdtemp(join(tmpdir(), "sluice-interrupt-"));
    await writeFile(join(folder, "slow.yml"), SLOW);
    return new SlowRun(folder, env);
  }

  /** Waits until it has said something, and sends it a signal then. */
  async onceItSays(said: string, signal: NodeJS.Signals): Promise<void> {
    while (!this.#text.includes(said)) {
      await Promise.race([this.#news.promise, this.#ended]);
      this.#news = Promise.withResolvers();
      if (this.#child.exitCode !== null) break;
    }
    ok(this.#text.includes(said), `It ended without "${said}":\n${this.#text}`);
    // Deno's `child.kill()` takes the signal for the way the process ended.
    process.kill(this.#child.pid ?? 0, signal);
  }

  end(): Promise<{ readonly code: number | null; readonly text: string }> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.#ended;
    await rm(this.folder, { recursive: true });
  }
}

async function statusOf(folder: string): Promise<string> {
  const { stdout } = await sluice(["runs", "--json"], { cwd: folder });
  return JSON.parse(stdout)[0].status;
}

test("Ctrl-C ends a run early and lets it clean up", async () => {
  await using run = await SlowRun.start();
  await run.onceItSays("work/Wait | waiting", "SIGINT");
  const { code, text } = await run.end();
  equal(code, 130, text);
  match(text, /^Ending early\. Ctrl-C again ends clean-up too\.$/m);
  match(text, /^work\/Wait: cancelled .*by user \(interrupted\)$/m);
  match(text, /^clean\/Tidy \| tidied$/m);
  equal(await statusOf(run.folder), "CANCEL");
});

test("a second Ctrl-C ends clean-up too", async () => {
  await using run = await SlowRun.start({ LONG: "yes", SLUICE_PASS_ENV: "LONG" });
  await run.onceItSays("work/Wait | waiting", "SIGINT");
  await run.onceItSays("clean/Tidy | tidying", "SIGINT");
  const { code, text } = await run.end();
  equal(code, 130, text);
  match(text, /^clean\/Tidy: cancelled/m);
  equal(text.includes("tidied"), false);
  equal(await statusOf(run.folder), "CANCEL");
});

test("being told to terminate ends a run as Ctrl-C does", async () => {
  await using run = await SlowRun.start();
  await run.onceItSays("work/Wait | waiting", "SIGTERM");
  const { code, text } = await run.end();
  equal(code, 130, text);
  match(text, /^clean\/Tidy \| tidied$/m);
});

test("sluice cancel ends a run of another process", async () => {
  await using run = await SlowRun.start();
  await run.onceItSays("work/Wait | waiting", "SIGCONT");
  const { code, stderr } = await sluice(["cancel", "slow-1", "--why", "wrong date"], {
    cwd: run.folder,
  });
  equal(code, 0, stderr);
  equal(stderr, "Run slow-1 has ended: CANCEL\n");
  const ended = await run.end();
  equal(ended.code, 130);
  match(ended.text, new RegExp(`^ending early, by ${USER} \\(wrong date\\)$`, "m"));
});

test("a run whose engine was killed is shown as interrupted, and cancel ends it", async () => {
  await using run = await SlowRun.start();
  await run.onceItSays("work/Wait | waiting", "SIGKILL");
  await run.end();
  const command = (...args: readonly string[]) => sluice(args, { cwd: run.folder });
  match((await command("runs")).stdout, /^slow-1 +INTERRUPTED /m);
  match((await command("show", "last")).stdout, /"sluice resume slow-1" takes it up/);
  const { code, stderr } = await command("cancel", "last");
  equal(code, 0, stderr);
  equal(await statusOf(run.folder), "CANCEL");
  match((await command("logs", "last")).stdout, /^clean\/Tidy \| tidied$/m);
});

test("sluice resume takes up what was interrupted, and nothing else", async () => {
  await using run = await SlowRun.start();
  await run.onceItSays("work/Wait | waiting", "SIGKILL");
  await run.end();
  const command = (...args: readonly string[]) => sluice(args, { cwd: run.folder });
  await writeFile(join(run.folder, "go"), ""); // The attempt that was lost runs again, and need not wait.
  const resumed = await command("resume");
  equal(resumed.code, 0, resumed.stderr);
  match(resumed.stderr, /^work\/Wait: attempt 1 was lost, tries again at once/m);
  match(resumed.stderr, /^slow: succeeded/m);
  equal((await command("resume")).stderr, "No run waits to be taken up\n");
  const again = await command("run", "slow.yml", "--run-id", "slow-1");
  equal(again.code, 0);
  equal(again.stderr, "Run slow-1 had ended already: SUCCESS\n");
});
