/**
 * How bash is started: the script as an argument, its values in variables.
 *
 * @module
 */
import { textOf } from "../../core/expr/text.ts";
import type { SpawnOptions } from "../../core/plugin/ports.ts";
import { type StageContext, StageError } from "../../core/plugin/stage_kind.ts";

/** UTF-16 code units of a value, or a script, that go to a process directly: at most 96 KiB of the 128 that Linux takes. */
export const LONGEST_ARGUMENT: number = 32 * 1024;

/** UTF-16 code units of all values that go to a process directly. */
export const MAX_ARGUMENTS_LENGTH: number = 256 * 1024;

/** How to start bash for the script of a stage. */
export async function bashCall(
  context: StageContext,
  further: Readonly<Record<string, string>>,
): Promise<Pick<SpawnOptions, "args" | "env">> {
  const code = context.code["bash"];
  if (code === undefined) throw new Error("Internal error: a bash stage without its script");
  const values = Object.entries(code.values).map(([name, value]) => [name, textOf(value)] as const);
  const carried = carry(values);
  const env = environmentOf(context, { ...further, ...carried.env });
  const files = carried.inFiles.length === 0 ? "" : await writeFiles(carried.inFiles, context);
  const script = prologue(Object.keys(carried.env), carried.inFiles) + code.text;
  const args = script.length > LONGEST_ARGUMENT
    ? [await writeScript(script, context)]
    : ["-c", script];
  return { args, env: files === "" ? env : { ...env, [FOLDER]: files } };
}

type NamedText = readonly [name: string, text: string];

/** Where values are that are too long for the environment. */
const FOLDER = "SLUICE_VALUES";

function carry(
  values: readonly NamedText[],
): { readonly env: Readonly<Record<string, string>>; readonly inFiles: readonly NamedText[] } {
  const env: Record<string, string> = {};
  const inFiles: NamedText[] = [];
  let room = MAX_ARGUMENTS_LENGTH;
  for (const [name, text] of values) {
    refuseNul(name, text);
    if (text.length > LONGEST_ARGUMENT || text.length > room) inFiles.push([name, text]);
    else {
      env[name] = text;
      room -= text.length;
    }
  }
  return { env, inFiles };
}

/**
 * Takes the values out of the environment of what the script starts. It stands
 * in the script's first line, so that bash counts lines as the author does.
 */
function prologue(inEnv: readonly string[], inFiles: readonly NamedText[]): string {
  const unexported = inEnv.length === 0 ? "" : `export -n ${inEnv.join(" ")};`;
  if (inFiles.length === 0) return unexported;
  const reads = inFiles.map(([name]) => `IFS= read -r -d '' ${name} <"$${FOLDER}/${name}";`);
  return `${unexported}${reads.join("")}unset ${FOLDER};`;
}

async function writeFiles(values: readonly NamedText[], context: StageContext): Promise<string> {
  const folder = await context.scratch();
  for (const [name, text] of values) {
    await context.host.writeText(`${folder}/${name}`, text, { mode: 0o600 });
  }
  return folder;
}

async function writeScript(script: string, context: StageContext): Promise<string> {
  const path = `${await context.scratch()}/script.sh`;
  await context.host.writeText(path, script, { mode: 0o600 });
  return path;
}

/** The engine's environment (REFERENCE C-183) under what the workflow declares and what only the engine knows. */
function environmentOf(
  { host, env, runId, attempt, key }: StageContext,
  further: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  for (const [name, text] of Object.entries(env)) refuseNul(name, text);
  return {
    ...host.env(),
    ...env,
    SLUICE_RUN_ID: runId,
    SLUICE_ATTEMPT: String(attempt),
    SLUICE_KEY: key,
    ...further,
  };
}

function refuseNul(name: string, text: string): void {
  if (!text.includes("\0")) return;
  throw new StageError(
    `Cannot hand "${name}" to the script: it holds a NUL character, which no process can be given`,
    { name: "ValueError", retryable: false },
  );
}
