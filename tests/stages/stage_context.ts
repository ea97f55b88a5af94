import { embedCode, fillCode } from "../../core/expr/embed_code.ts";
import { textOf } from "../../core/expr/text.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import type { Clock, Host } from "../../core/plugin/ports.ts";
import { textOfLines } from "../../core/plugin/printed_lines.ts";
import type {
  LeafStageKind,
  Outputs,
  Runs,
  StageContext,
  StageError,
} from "../../core/plugin/stage_kind.ts";
import type { StagePolicy } from "../../core/plugin/stage_policy.ts";
import { openHost, systemClock } from "../../platform/mod.ts";
import { openIsolation } from "../../plugins/isolation.ts";

/** What a test gives a stage; everything else is as in a run of its own. */
export interface Surroundings {
  readonly names?: Readonly<Record<string, Value>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly host?: Host;
  readonly clock?: Clock;
  readonly runs?: Runs;
  readonly attempt?: number;
  readonly scriptLang?: "ts" | "js" | "python";
  readonly policy?: StagePolicy;
  readonly onPrint?: (line: string) => void;
}

/** What came of an attempt. */
export interface Carried {
  readonly outputs: Outputs;
  readonly lines: readonly string[];
}

const realHost = openHost();

/** Carries out one attempt, on the real machine unless told otherwise. */
export async function carryOut(
  kind: LeafStageKind,
  input: ValueObject,
  surroundings: Surroundings = {},
): Promise<Carried> {
  const lines: string[] = [];
  const host = surroundings.host ?? realHost;
  let folder: string | undefined;
  await using isolation = openIsolation({ host, clock: systemClock });
  const context = contextOf(kind, input, {
    ...surroundings,
    host,
    isolation: () => Promise.resolve(isolation),
    scratch: async () => folder ??= await host.makeTempFolder("sluice-test-"),
    print: (block, stream = "stdout") => {
      for (const line of textOfLines(block).split("\n")) {
        lines.push(stream === "stdout" ? line : `! ${line}`);
        surroundings.onPrint?.(line);
      }
    },
  });
  try {
    return { outputs: await kind.execute(input, context), lines };
  } finally {
    if (folder !== undefined) await host.remove(folder);
  }
}

/** What an attempt failed of. */
export async function failure(attempt: Promise<Carried>): Promise<StageError> {
  const ended = await attempt.catch((error: StageError) => error);
  if (ended instanceof Error) return ended;
  throw new Error(`The stage succeeded with ${JSON.stringify(ended.outputs)}`);
}

function contextOf(
  kind: LeafStageKind,
  input: ValueObject,
  { names = {}, env = {}, attempt = 1, scriptLang = "ts", ...given }:
    & Surroundings
    & Pick<StageContext, "host" | "scratch" | "print" | "isolation">,
): StageContext {
  const lookup = (name: string) => Object.hasOwn(names, name) ? names[name] : undefined;
  const languages = Object.entries(kind.code?.(input, scriptLang) ?? {});
  const code = languages.map(([field, language]) => [
    field,
    fillCode(embedCode(language, textOf(input[field] ?? "")), {
      lookup,
      functions: new Map(),
      filters: new Map(),
      nowMs: 0,
      status: "success",
    }),
  ]);
  return {
    key: `run/job[]/stage#${attempt}`,
    runId: "run",
    attempt,
    stage: { key: "stage", name: "stage", kind: kind.name, input },
    signal: given.signal ?? new AbortController().signal,
    host: given.host,
    clock: given.clock ?? systemClock,
    runs: given.runs ?? { start: () => Promise.reject(new Error("Nothing to start")) },
    scratch: given.scratch,
    isolation: given.isolation,
    env,
    secrets: {},
    heartbeat: () => {},
    code: Object.fromEntries(code),
    lookup,
    scriptLang,
    ...(given.policy && { policy: given.policy }),
    print: given.print,
  };
}
