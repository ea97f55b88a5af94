/**
 * Foreign code, carried out as the engine does it.
 *
 * @module
 */
import { encodeValue, type JsonObject } from "../../core/expr/json.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import type { IsolatedCall } from "../../core/plugin/isolation.ts";
import type { Host } from "../../core/plugin/ports.ts";
import type { Outputs, StageError } from "../../core/plugin/stage_kind.ts";
import { openHost, systemClock } from "../../platform/mod.ts";
import { type IsolationOptions, openIsolation } from "../../plugins/isolation.ts";

/** The machine. */
export const host: Host = openHost();

/** What an attempt is given beyond the usual. */
export interface Given extends Partial<Omit<IsolatedCall, "print">>, Partial<IsolationOptions> {
  readonly names?: ValueObject;
  readonly print?: IsolatedCall["print"];
}

/** A call that carries out a script. */
export function scriptCall(code: string, { names = {}, ...given }: Given = {}): IsolatedCall {
  const encoded: JsonObject = Object.fromEntries(
    Object.entries(names).map(([name, value]) => [name, encodeValue(value)]),
  );
  return {
    entry: { type: "script", lang: "ts", code, names: encoded },
    ...{ permissions: {}, input: null, env: {}, key: "run/job[]/stage#1", runId: "run" },
    ...{ attempt: 1, signal: new AbortController().signal, print: () => {} },
    ...given,
  };
}

/** Carries out a script in isolation of its own. */
export async function run(code: string, given: Given = {}): Promise<Outputs> {
  const { denied = [], host: machine = host, enforced = true } = given;
  await using isolation = openIsolation({ host: machine, clock: systemClock, denied, enforced });
  return await isolation.execute(scriptCall(code, given));
}

/** A module of TypeScript as one file of JavaScript, as `sluice plugin add` makes it. */
export async function bundled(text: string): Promise<string> {
  return await inFolder(async (folder) => {
    await host.writeText(`${folder}/plugin.ts`, text);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const args = ["bundle", "--quiet", "--config", config, "-o", `${folder}/plugin.js`];
    const { exitCode, stderr } = await host.spawn("deno", {
      ...{ args: [...args, `${folder}/plugin.ts`], env: host.env() },
    });
    if (exitCode !== 0) throw new Error(stderr);
    return await host.readText(`${folder}/plugin.js`);
  });
}

/** What an attempt fails of. */
export async function failure(attempt: Promise<unknown>): Promise<StageError> {
  const ended = await attempt.catch((error: StageError) => error);
  if (ended instanceof Error) return ended as StageError;
  throw new Error(`The code succeeded with ${JSON.stringify(ended)}`);
}

/** Lends a folder, by its real path. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await host.makeTempFolder("sluice-isolation-");
  try {
    return await work(await host.realPath(folder) ?? folder);
  } finally {
    await host.remove(folder);
  }
}
