/**
 * Scripts of TypeScript and JavaScript: modules that run in isolation, without
 * any permission, and whose exports are the outputs.
 *
 * @module
 */
import type { ValueObject } from "../../core/expr/value.ts";
import type { Outputs, StageContext } from "../../core/plugin/stage_kind.ts";
import { codeOf, globalNames } from "./payload.ts";

/** Carries out the script of a stage. */
export async function runIsolated(
  context: StageContext,
  { lang, vars }: { readonly lang: "ts" | "js"; readonly vars: ValueObject },
): Promise<Outputs> {
  const { key, runId, attempt, env, signal } = context;
  const isolation = await context.isolation();
  return await isolation.execute({
    ...{ key, runId, attempt, env, signal },
    entry: {
      type: "script",
      lang,
      code: codeOf(context).text,
      names: globalNames(context, vars),
    },
    permissions: {},
    input: null,
    print: (line, stream) => context.print(line, stream),
  });
}
