/**
 * The programs that run scripts.
 *
 * @module
 */
import type { SpawnOptions } from "../../core/plugin/ports.ts";
import { type StageContext, StageError } from "../../core/plugin/stage_kind.ts";
import type { Payload } from "./payload.ts";

/** How a script is started. */
export interface ScriptCall extends Pick<SpawnOptions, "args" | "env" | "stdin"> {
  /** The program. */
  readonly command: string;
}

/** How to start a script that is handed `payload`, as JSON. */
export function scriptCall(
  context: StageContext,
  { lang, payload }: { readonly lang: Payload["lang"]; readonly payload: string },
): Promise<ScriptCall> {
  return lang === "python" ? pythonCall(context, payload) : denoCall(context, payload);
}

/** Nothing is allowed, and nothing is loaded but the script itself. */
const DENO_ARGS = [
  "run",
  "--quiet",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--ext=js",
  "-",
];

/** What Deno itself needs of the environment; the script may not read any of it. */
const DENO_NAMES = ["PATH", "HOME", "TMPDIR", "DENO_DIR", "XDG_CACHE_HOME", "LANG", "TZ"];

async function denoCall({ host }: StageContext, payload: string): Promise<ScriptCall> {
  const command = await host.which("deno");
  if (command === undefined) throw missing("Deno", "deno");
  const { default: runner } = await import("./deno_runner.js", { with: { type: "text" } });
  const env = host.env();
  const needed = DENO_NAMES.filter((name) => Object.hasOwn(env, name));
  return {
    command,
    args: DENO_ARGS,
    env: {
      ...Object.fromEntries(needed.map((name) => [name, env[name] ?? ""])),
      NO_COLOR: "1",
      DENO_NO_UPDATE_CHECK: "1",
      DENO_NO_PACKAGE_JSON: "1",
    },
    stdin: `const PAYLOAD = ${JSON.stringify(payload)};\n${runner}`,
  };
}

async function pythonCall({ host, env }: StageContext, payload: string): Promise<ScriptCall> {
  const command = await host.which("python3") ?? await host.which("python");
  if (command === undefined) throw missing("Python 3", "python3");
  const { default: runner } = await import("./python_runner.py", { with: { type: "text" } });
  return {
    command,
    args: ["-c", runner],
    env: { PYTHONUTF8: "1", ...host.env(), ...env },
    stdin: payload,
  };
}

function missing(name: string, command: string): StageError {
  return new StageError(
    `Cannot run the script: there is no "${command}" in the engine's PATH; install ${name}`,
    { name: "HostError", retryable: false },
  );
}
