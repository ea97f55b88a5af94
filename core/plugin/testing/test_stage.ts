/**
 * One attempt of a stage kind, as the engine makes it, with a fake world.
 *
 * @module
 */
import { z } from "zod";
import type { Value, ValueObject } from "../../expr/value.ts";
import type { Host } from "../ports.ts";
import { textOfLines } from "../printed_lines.ts";
import { type LeafStageKind, type Outputs, type StageContext, StageError } from "../stage_kind.ts";
import { FakeHost } from "./fake_host.ts";
import { ManualClock } from "./manual_clock.ts";

/** What the attempt finds around it. */
export interface TestStageOptions {
  /** The machine. @default a {@linkcode FakeHost} with nothing on it */
  readonly host?: Host;
  /** Time. @default a {@linkcode ManualClock} */
  readonly clock?: StageContext["clock"];
  /** Environment that the stage declares. @default none */
  readonly env?: Readonly<Record<string, string>>;
  /** Secrets that the stage was granted by name. @default none */
  readonly secrets?: Readonly<Record<string, string>>;
  /** What names in expressions stand for: `params`, `matrix`, … @default nothing */
  readonly names?: ValueObject;
  /** Aborted to cancel the attempt. @default never */
  readonly signal?: AbortSignal;
  /** Which attempt this is. @default 1 */
  readonly attempt?: number;
}

/** How the attempt went. */
export interface TestedStage {
  /** What it left behind; of a failure what it kept. */
  readonly outputs: Outputs;
  /** The lines that it printed, to either stream. */
  readonly printed: readonly string[];
  /** Why it failed; absent when it succeeded. */
  readonly failure?: {
    readonly name: string;
    readonly message: string;
    readonly retryable: boolean;
  };
}

/**
 * Carries out one attempt of a stage kind. Input that the kind's fields refuse
 * and outputs that it does not declare are failures, as they are in a run.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { z } from "zod";
 * import { defineStage } from "../stage_kind.ts";
 * import { testStage } from "./test_stage.ts";
 *
 * const greet = defineStage({
 *   name: "greet",
 *   keys: ["greet"],
 *   summary: "Greets somebody.",
 *   fields: { greet: z.string() },
 *   execute: ({ greet }, { print }) => {
 *     print(`Hello ${greet}`);
 *     return Promise.resolve({ letters: greet.length });
 *   },
 * });
 * const { outputs, printed } = await testStage(greet, { greet: "world" });
 * deepEqual([outputs, printed], [{ letters: 5 }, ["Hello world"]]);
 * ```
 */
export async function testStage<Input>(
  kind: LeafStageKind<Input>,
  input: ValueObject,
  options: TestStageOptions = {},
): Promise<TestedStage> {
  const printed: string[] = [];
  try {
    const fields: Input = parsed<Input>(z.strictObject(kind.fields), input);
    const found = await kind.execute(fields, contextOf(kind, { input, printed, options }));
    const outputs = kind.outputs === undefined ? found : parsed<Outputs>(kind.outputs, found);
    return { outputs, printed };
  } catch (error) {
    return { ...failureOf(error), printed };
  }
}

/** Looks up the sense of a value that a schema has accepted. */
function parsed<T>(schema: z.ZodType, value: unknown): T {
  const read = z.custom<T>(() => true).safeParse(schema.parse(value));
  if (read.success) return read.data;
  throw read.error;
}

interface Making {
  readonly input: ValueObject;
  readonly printed: string[];
  readonly options: TestStageOptions;
}

function contextOf<Input>(
  kind: LeafStageKind<Input>,
  { input, printed, options }: Making,
): StageContext {
  const { host = new FakeHost(), clock = new ManualClock(), names = {} } = options;
  const { attempt = 1, env = {}, secrets = {} } = options;
  const { signal = new AbortController().signal } = options;
  return {
    ...{ host, clock, env, secrets, signal, attempt, runId: "test", code: {}, scriptLang: "ts" },
    key: `test/job/stage#${attempt}`,
    stage: { key: "stage", name: "Stage", kind: kind.name, input },
    runs: { start: () => Promise.reject(new StageError("There are no other workflows in a test")) },
    scratch: () => host.makeTempFolder("test-"),
    isolation: () => Promise.reject(new StageError("There is no isolation in a test")),
    lookup: (name): Value | undefined => Object.hasOwn(names, name) ? names[name] : undefined,
    print: (lines) => printed.push(...textOfLines(lines).split("\n")),
    heartbeat: () => {},
  };
}

function failureOf(error: unknown): Omit<TestedStage, "printed"> {
  if (error instanceof z.ZodError) {
    const [issue] = error.issues;
    const message = `Cannot use "${issue?.path.join(".") ?? ""}": ${issue?.message ?? ""}`;
    return { outputs: {}, failure: { name: "ValueError", message, retryable: false } };
  }
  if (!(error instanceof Error)) {
    return { outputs: {}, failure: { name: "Error", message: String(error), retryable: true } };
  }
  const { name, message } = error;
  const isOwn = error instanceof StageError;
  return {
    outputs: isOwn ? error.outputs : {},
    failure: { name, message, retryable: isOwn ? error.retryable : true },
  };
}
