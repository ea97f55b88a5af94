import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { eventually } from "../eventually.ts";
import { test } from "../harness.ts";
import { host } from "./isolated.ts";

const ENGINE = fileURLToPath(new URL("./engine_to_kill.ts", import.meta.url));

const canHold = process.platform === "linux" && await host.which("setpriv") !== undefined;

if (canHold) {
  test("code that never ends is gone with the engine that runs it, though it be killed", async () => {
    const args = "Bun" in globalThis ? [ENGINE] : ["run", "-A", "--no-check", ENGINE];
    const engine = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [chunk] = await once(engine.stdout, "data");
    const pid = Number(String(chunk).trim());
    assert.ok(existsSync(`/proc/${pid}/exe`), `There is no process ${chunk}`);
    engine.kill("SIGKILL");
    await eventually(() => !existsSync(`/proc/${pid}/exe`), { what: `process ${pid} is gone` });
  });
}
