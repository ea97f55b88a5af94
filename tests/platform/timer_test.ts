import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { startTimer } from "../../platform/timer.ts";
import { test } from "../harness.ts";

/** More than there are at the start of a process, so that both kinds are seen. */
const MANY = 100;

/** Longer than any test. */
const FAR_MS = 1_000_000;

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => startTimer(ms, resolve));
}

test("startTimer() calls back, at the start of a process and later", async () => {
  let calls = 0;
  for (let count = 0; count < MANY; count++) {
    await passed(0);
    calls++;
  }
  equal(calls, MANY);
});

test("startTimer() takes what was due before as due now", async () => {
  await passed(-1);
});

test("startTimer() does not call back what was stopped", async () => {
  let calls = 0;
  for (let count = 0; count < MANY; count++) {
    startTimer(0, () => calls++)[Symbol.dispose]();
    startTimer(FAR_MS, () => calls++)[Symbol.dispose]();
  }
  await passed(2);
  equal(calls, 0);
});

test("startTimer() keeps a process that does nothing else until it is due, and no longer", () => {
  const program = fileURLToPath(new URL("waits_for_timer.ts", import.meta.url));
  const args = "Bun" in globalThis ? [program] : ["run", "--no-check", "--no-config", program];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  deepEqual([status, stdout], [0, "waited\n"]);
});
