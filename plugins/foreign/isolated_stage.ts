/**
 * The stage kinds of an isolated plugin. Here they are made of data alone;
 * what they do happens in a child that may do what was both asked for and
 * granted.
 *
 * @module
 */
import type { z } from "zod";
import { BUILTIN_FILTERS } from "../../core/expr/filters.ts";
import { BUILTIN_FUNCTIONS } from "../../core/expr/functions.ts";
import { hasTemplate, renderDeep } from "../../core/expr/template.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import type { StageNeed } from "../../core/model/need.ts";
import { isWrittenMapping } from "../../core/model/written.ts";
import type { Isolation, StageManifest } from "../../core/plugin/isolation.ts";
import { limitsOf, limitsSchema } from "../../core/plugin/limits_syntax.ts";
import {
  fromRoot,
  intersect,
  isNothing,
  namedVariables,
  PERMISSION_NAMES,
  permissionProblem,
  type Permissions,
} from "../../core/plugin/permissions.ts";
import {
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../../core/plugin/stage_kind.ts";
import { fieldsFrom } from "./manifest.ts";
import { readSchema } from "./safe_schema.ts";

/** What the stages of a plugin are carried out with. */
export interface IsolatedPlugin {
  /** What the plugin asks for. */
  readonly asked: Permissions;
  /** What the user grants. */
  readonly granted: Permissions;
  /** Where it comes from. */
  readonly specifier: string;
  /** What the settings say under its `options`. */
  readonly options?: Value | undefined;
  /** The plugin's code, once it has been seen that it is what was installed. */
  code(): Promise<string>;
  /** The engine's own environment: a variable that was granted is handed over, whatever other stages see. */
  env(): Readonly<Record<string, string>>;
  /** What runs it. */
  isolation(): Promise<Isolation>;
}

/** The stage kind that a manifest describes. */
export function isolatedStage(manifest: StageManifest, plugin: IsolatedPlugin): LeafStageKind {
  const { name, keys, summary, harmless = false, secrets } = manifest;
  const outputs = manifest.outputs && readSchema(manifest.outputs);
  const { specifier, asked, granted, options } = plugin;
  const fields = fieldsFrom(manifest.fields);
  const ownLimits = hasOwnLimits(manifest);
  return {
    ...{ name, keys, summary, harmless, composite: false },
    fields: ownLimits ? fields : { ...fields, limits: LIMITS },
    needs: () => needsOf(plugin),
    reach: () => ({ code: specifier, asks: asked, granted, strict: false }),
    secretNames: intersect(asked, granted).secrets ?? [],
    ...(secrets && { secrets }),
    ...(outputs && { outputs }),
    execute: async (written, context) => {
      if (!isWrittenMapping(written)) throw new Error("Internal error: the input is no mapping");
      const { limits, ...input } = ownLimits ? { ...written, limits: undefined } : written;
      const { isolation, code } = await ready(plugin);
      const found = await isolation.execute({
        entry: { type: "plugin", code, stage: name, ...(options !== undefined && { options }) },
        ...callOf(ownLimits ? written : input, { plugin, context }),
        limits: limitsOf(LIMITS.parse(limits) ?? {}),
      });
      return outputs === undefined ? found : checked(found, { outputs, name });
    },
  };
}

/** The engine starts the child, and looks at what it grants: links that lead out of a folder are denied. */
function needsOf({ asked, granted }: IsolatedPlugin): readonly StageNeed[] {
  const { read = [], write = [], env = [] } = granted;
  const looked = [...read, ...write].map((name) => hasTemplate(name) ? {} : { name });
  return [
    { permission: "run", name: "deno" },
    { permission: "run", name: "sh" },
    ...isNothing(asked) ? [] : looked.map((name) => ({ permission: "read" as const, ...name })),
    ...env.map((name) => ({ permission: "env" as const, name })),
  ];
}

const LIMITS = limitsSchema().optional().describe("What its code may use before it is ended.");

/** Whether the plugin itself has a field of the name that the engine adds to its stages. */
export function hasOwnLimits({ fields: { properties } }: StageManifest): boolean {
  return typeof properties === "object" && properties !== null &&
    Object.hasOwn(properties, "limits");
}

async function ready(plugin: IsolatedPlugin) {
  const code = await plugin.code();
  return { code, isolation: await plugin.isolation() };
}

interface Calling {
  readonly plugin: IsolatedPlugin;
  readonly context: StageContext;
}

function callOf(input: ValueObject, { plugin, context }: Calling) {
  const { key, runId, attempt, signal } = context;
  const permissions = permissionsFor(input, { plugin, context });
  return {
    ...{ key, runId, attempt, signal, input, permissions },
    env: { ...namedVariables(plugin.env(), permissions.env ?? []), ...context.env },
    secrets: context.secrets,
    print: (line: string, stream: "stdout" | "stderr") => context.print(line, stream),
  };
}

/**
 * What one attempt may do: what the plugin asks for with this input, of what
 * it is granted with this input.
 *
 * @throws {StageError} `PermissionError` for an input that makes a name of something else.
 */
export function permissionsFor(
  input: ValueObject,
  { plugin: { asked, granted }, context }: Calling,
): Permissions {
  const fill = (permissions: Permissions) =>
    fromRoot(filled(permissions, { input, context }), context.host.cwd());
  return intersect(fill(asked), fill(granted));
}

/** Templates become names. */
function filled(
  permissions: Permissions,
  { input, context }: { readonly input: ValueObject; readonly context: StageContext },
): Permissions {
  return Object.fromEntries(PERMISSION_NAMES.map((permission) => {
    const names = (permissions[permission] ?? []).map((name) => {
      const text = rendered(name, { input, context });
      const problem = permissionProblem(permission, text);
      if (problem !== undefined) {
        throw refusal(`Cannot grant "${permission}": "${text}" ${problem}`);
      }
      return text;
    });
    return [permission, names];
  }));
}

/** A permission sees the stage's input and nothing else, not even the engine's environment. */
function rendered(
  name: string,
  { input, context }: { readonly input: ValueObject; readonly context: StageContext },
): string {
  const found: Value | undefined = renderDeep(name, {
    lookup: (root) => root === "input" ? input : undefined,
    functions: BUILTIN_FUNCTIONS,
    filters: BUILTIN_FILTERS,
    nowMs: context.clock.now(),
    status: "success",
  });
  if (typeof found !== "string") throw refusal(`Cannot grant "${name}": it gives no text`);
  // What comes from a value is one thing: only whoever writes the name may mean many.
  if (found === name || !found.includes("*")) return found;
  throw refusal(
    `Cannot grant "${name}": with this input it gives "${found}", which stands for many`,
  );
}

/** What comes from a child is not believed. */
function checked(
  found: Outputs,
  { outputs, name }: { readonly outputs: z.ZodType; readonly name: string },
): Outputs {
  const read = outputs.safeParse(found);
  if (read.success && isWrittenMapping(read.data)) return read.data;
  const [issue] = read.error?.issues ?? [];
  throw new StageError(
    `Stage kind "${name}" left outputs that it does not declare: ` +
      `"${issue?.path.join(".") ?? ""}": ${issue?.message ?? "they are no mapping"}`,
    { name: "OutputError", retryable: false },
  );
}

function refusal(message: string): StageError {
  return new StageError(message, { name: "PermissionError", retryable: false });
}
