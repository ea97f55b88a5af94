/**
 * A stage kind under the name of the plugin that it comes from:
 * `uses: ./greet.ts#greet`, with its fields under `with`.
 *
 * @module
 */
import { z } from "zod";
import type { LeafStageKind } from "../../core/plugin/stage_kind.ts";

/** The same kind, told by what `uses` holds. */
export function pluginUseStage(kind: LeafStageKind, uses: string): LeafStageKind {
  const fields = z.strictObject(kind.fields);
  const needsNone = fields.safeParse({}).success;
  return {
    ...{ name: uses, keys: ["uses"], values: { uses }, summary: kind.summary, composite: false },
    ...(kind.harmless !== undefined && { harmless: kind.harmless }),
    ...(kind.outputs && { outputs: kind.outputs }),
    ...(kind.needs && { needs: kind.needs }),
    fields: { uses: z.literal(uses), with: needsNone ? fields.default({}) : fields },
    execute: (input, context) => kind.execute(INPUT.parse(input).with, context),
  };
}

const INPUT = z.object({ with: z.unknown() });
