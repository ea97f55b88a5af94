/**
 * The machine on which an attempt's processes run: this one, or what the job's
 * `runs-on` says.
 *
 * @module
 */
import { z } from "zod";
import type { EvaluationContext } from "../expr/evaluation_context.ts";
import { renderDeep } from "../expr/template.ts";
import type { Value } from "../expr/value.ts";
import type { RunsOn } from "../plan/plan.ts";
import type { Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import type { RunnerKind } from "../plugin/runner.ts";
import { StageError } from "../plugin/stage_kind.ts";

/** The type of `runs-on` that is always there: this machine. */
export const LOCAL = "local";

/** Where an attempt is placed. */
export interface Placing {
  /** What is installed. */
  readonly registry: Registry;
  /** What the templates under `with` see. */
  readonly context: EvaluationContext;
  /** Reads the engine's environment. */
  readonly env: () => Readonly<Record<string, string>>;
}

/** Whose attempt it is, for who places it. */
export interface Placed {
  /** The machine as the attempt sees it. */
  readonly host: Host;
  /** Makes what everything it starts is marked with. */
  readonly mark: () => string;
}

/**
 * What makes a host for the attempt, once it is needed; absent where that is this machine. What
 * `with` says is evaluated at once, before the state moves on.
 */
export function placeAttempt(
  { type, with: written }: RunsOn,
  { registry, context, env: readEnv }: Placing,
): ((placed: Placed) => Promise<Host>) | undefined {
  if (type === LOCAL) return undefined;
  const env = readEnv();
  const rendered = renderDeep(written, context, { env: (name) => env[name] });
  return async ({ host, mark }) => {
    const kind = await registry.runner(type);
    return await kind.open(optionsOf(kind, rendered), { host, mark: mark(), env });
  };
}

function optionsOf({ name, fields, inert = [] }: RunnerKind, written: Value): unknown {
  const ignored = Object.fromEntries(inert.map((key) => [key, z.unknown().optional()]));
  const read = z.strictObject({ ...ignored, ...fields }).safeParse(written);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new StageError(
    `Cannot run on "${name}": ${[issue?.path.join("."), issue?.message].join(" ").trim()}`,
    { name: "ValueError", retryable: false },
  );
}
