/**
 * The stage kind `call`: a function of a registry folder (REFERENCE §1.20).
 *
 * @module
 */
import { z } from "zod";
import type { Value, ValueObject } from "../core/expr/value.ts";
import { templated } from "../core/model/templated.ts";
import { DEFAULT_GRACE_MS } from "../core/plugin/ports.ts";
import { redactorOf } from "../core/plugin/redaction/redactor.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import { findCaller, parseUses } from "./call/find_caller.ts";
import { namedArguments, readArguments } from "./call/read_arguments.ts";
import { registryFolders } from "./call/registry_folders.ts";
import { runCaller } from "./call/run_caller.ts";

/** Options for {@linkcode call}. */
export interface CallOptions {
  /** Milliseconds that a function has to end once its signal is aborted; then it is left behind. @default {@linkcode DEFAULT_GRACE_MS} */
  readonly graceMs?: number;
}

/**
 * Calls a function that is marked by `defineCaller`: `uses: <module>/<name>@<tag>`,
 * with its input under `with`. Functions run in the engine's own process, so a
 * registry folder is trusted as the engine is.
 */
export function call(options: CallOptions = {}): LeafStageKind {
  return defineStage({
    name: "call",
    keys: ["uses"],
    summary: "Calls a function of a registry folder.",
    fields: {
      uses: z.string().min(1).describe("The function: `module/name@tag`."),
      with: templated(argumentsSchema()).nullable().optional().describe("Its arguments."),
    },
    secrets: ["with"],
    needs: (_, { registryCaller }) =>
      registryCaller.map((name) => ({ permission: "read", name, reason: "functions of `uses:`" })),
    execute: (input, context) => execute(input, { ...options, context }),
    rehearse,
  });
}

/** What functions are handed in any case, and so no argument may be called. */
const RESERVED = ["result", "extras"];

function argumentsSchema(): z.ZodType<ValueObject> {
  return z.record(z.string(), z.custom<Value>()).superRefine((given, issues) => {
    for (const name of RESERVED.filter((name) => Object.hasOwn(given, name))) {
      const message = `"${name}" cannot be an argument: every function is handed it anyway`;
      issues.addIssue({ code: "custom", path: [name], message });
    }
  });
}

interface CallInput {
  readonly uses: string;
  readonly with?: ValueObject | string | null | undefined;
}

async function execute(
  { uses, with: given }: CallInput,
  { context, graceMs = DEFAULT_GRACE_MS }: CallOptions & { readonly context: StageContext },
): Promise<Outputs> {
  const caller = await findCaller(parseUses(uses), registryFolders(context));
  const args = namedArguments(caller, argumentsIn(given));
  return await runCaller(caller, {
    input: await readArguments(caller, args),
    redactor: redactorOf(secretTexts(args, caller.secrets)),
    context,
    graceMs,
  });
}

/** In a dry run the function is found and its arguments are read, and it is not called (REFERENCE C-165). */
async function rehearse(
  { uses, with: given }: CallInput,
  context: StageContext,
): Promise<Outputs> {
  const caller = await findCaller(parseUses(uses), registryFolders(context));
  await readArguments(caller, namedArguments(caller, argumentsIn(given)));
  const names = Object.keys(caller.input?.shape ?? {}).join(", ");
  context.print(`Dry run: "${caller.name}@${caller.tag}" (${names}) is not called`);
  return {};
}

function argumentsIn(given: CallInput["with"]): ValueObject {
  if (typeof given !== "string") return given ?? {};
  const message = `The arguments of a call must be a mapping, and "with" gave a text`;
  throw new StageError(message, { name: "TypeError", retryable: false });
}

/** The arguments that the function calls secrets (REFERENCE C-214). */
function secretTexts(args: ValueObject, names: readonly string[]): readonly string[] {
  return names.map((name) => Object.hasOwn(args, name) ? args[name] : undefined)
    .filter((value) => typeof value === "string")
    .filter((text) => text !== ABSENT);
}

// What `${NAME}` reads as where there is no such variable.
const ABSENT = "null";
