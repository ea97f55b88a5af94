/**
 * A stage kind under the name of the plugin that it comes from:
 * `uses: ./greet.ts#greet`, with its fields under `with`.
 *
 * @module
 */
import { z } from "zod";
import type { LeafStageKind } from "../../core/plugin/stage_kind.ts";

/** How a kind is named. */
export interface PluginUseOptions {
  /** What `uses` holds. */
  readonly uses: string;
  /** Fields that stand beside `with`, since they are the engine's and not the plugin's. @default none */
  readonly beside?: readonly string[];
}

/** The same kind, told by what `uses` holds. */
export function pluginUseStage(
  kind: LeafStageKind,
  { uses, beside = [] }: PluginUseOptions,
): LeafStageKind {
  const entries = Object.entries(kind.fields);
  const own = z.strictObject(
    Object.fromEntries(entries.filter(([name]) => !beside.includes(name))),
  );
  const needsNone = own.safeParse({}).success;
  const { summary, harmless, outputs, needs, reach, secretNames, secrets = [] } = kind;
  return {
    ...{ name: uses, keys: ["uses"], values: { uses }, summary, composite: false },
    ...(harmless !== undefined && { harmless }),
    ...(outputs && { outputs }),
    ...(needs && { needs }),
    ...(reach && { reach }),
    ...(secretNames && { secretNames }),
    ...(secrets.length > 0 && { secrets: ["with"] }),
    fields: {
      ...{ uses: z.literal(uses), with: needsNone ? own.default({}) : own },
      ...Object.fromEntries(entries.filter(([name]) => beside.includes(name))),
    },
    execute: (input, context) => {
      const { uses: _, with: fields, ...others } = INPUT.parse(input);
      return kind.execute({ ...fields, ...others }, context);
    },
  };
}

const INPUT = z.looseObject({ with: z.record(z.string(), z.unknown()) });
