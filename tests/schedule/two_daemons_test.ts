/**
 * Schedulers as real processes on one store, killed with SIGKILL and started
 * again while slots come: each slot makes one run.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { slotOfRunId } from "../../core/engine/run_id.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { COMMAND, sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = `
tick:
  type: Workflow
  on: [{every: 1s, catch-up: all}]
  jobs:
    j: {stages: [{name: note, bash: 'sleep 0.2; echo "\${{ release.logical_date }}" >> ran.txt'}]}
`;

/** `sluice schedule`, and how many runs it has begun. */
class Daemon {
  readonly #child: ChildProcess;
  readonly closed: Promise<number | null>;
  begun = 0;
  said = "";
  #exited = false;
  #more: () => void = () => {};

  constructor(cwd: string) {
    const [program, ...before] = COMMAND;
    this.#child = spawn(program, [...before, "schedule", "--json"], { cwd });
    this.#child.stdout?.on("data", (chunk) => this.#hear(String(chunk)));
    this.#child.stderr?.on("data", (chunk) => this.said += chunk);
    this.#child.on("exit", () => this.#exited = true);
    this.closed = new Promise((resolve) => this.#child.on("close", resolve));
  }

  /** Waits until it has begun so many runs, and listens to signals. */
  async has(begun: number): Promise<this> {
    while (this.begun < begun || !this.said.includes("loaded")) {
      const heard = new Promise<void>((resolve) => this.#more = resolve);
      const code = await Promise.race([heard, this.closed]);
      if (code !== undefined) throw new Error(`It has ended with ${code}: ${this.said}`);
    }
    return this;
  }

  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number | null> {
    // Deno takes a child that was sent a signal by its own method for one that ended by it.
    if (!this.#exited) process.kill(this.#child.pid ?? 0, signal);
    return await this.closed;
  }

  #hear(chunk: string): void {
    this.said += chunk;
    this.begun = this.said.match(/"type":"(?:started|recovered)"/g)?.length ?? 0;
    this.#more();
  }
}

test("two sluice schedule on one store, killed and started again, make each slot once", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-daemons-"));
  const daemons: Daemon[] = [];
  const start = () => daemons[daemons.push(new Daemon(cwd)) - 1] as Daemon;
  try {
    await mkdir(join(cwd, "conf"));
    await writeFile(join(cwd, "conf", "tick.yml"), WORKFLOW);
    const [one, two] = [start(), start()];
    await Promise.race([one.has(3), two.has(3)]);
    await one.end("SIGKILL");
    await two.has(two.begun + 1);
    const three = start();
    await two.end("SIGKILL");
    // Nobody is there until it has begun.
    await three.has(1);
    await three.end("SIGKILL");
    const [four, five] = [start(), start()];
    await Promise.all([four.has(0), five.has(0)]);
    await Promise.race([four.has(3), five.has(3)]);
    deepEqual(await Promise.all([four.end("SIGTERM"), five.end("SIGTERM")]), [0, 0]);
    equal((await sluice(["schedule", "--once"], { cwd })).code, 0);
    await checkRuns(cwd);
  } finally {
    for (const daemon of daemons) await daemon.end("SIGKILL");
    await rm(cwd, { recursive: true, force: true });
  }
});

async function checkRuns(cwd: string): Promise<void> {
  const store = sqliteJournal({ folder: join(cwd, ".sluice"), host: openHost() });
  const runs = await store.list({ limit: 1_000 });
  await store.close();
  deepEqual(runs.filter(({ status }) => status !== "SUCCESS"), []);
  const slots = runs.map(({ runId }) => slotOfRunId(runId) ?? 0).sort((one, other) => one - other);
  const [first = 0] = slots;
  ok(slots.length > 4, `${slots.length} slots`);
  deepEqual(slots, slots.map((_, at) => first + at * 1_000), "no slot is left out or there twice");
  const ran = (await readFile(join(cwd, "ran.txt"), "utf8")).trim().split("\n");
  const seconds = new Set(
    ran.map((line) => Date.parse(line.replace(" ", "T").replace(/(?:Z|\+.*)?$/, "Z"))),
  );
  deepEqual([...seconds].sort((one, other) => one - other), slots);
}
