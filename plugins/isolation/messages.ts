/**
 * What the engine and the process of an attempt say to one another: one line
 * to it, and messages from it, among the lines that the code prints.
 *
 * @module
 */
import { z } from "zod";
import { decodeValue, encodeValue, type Json, type JsonObject } from "../../core/expr/json.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { isMapping, isView } from "../../core/expr/view.ts";
import {
  FUNCTION_CODE,
  type IsolatedCall,
  type PluginCode,
  type PluginManifest,
} from "../../core/plugin/isolation.ts";
import {
  declaredProblems,
  namedVariables,
  PERMISSION_NAMES,
  type Permissions,
} from "../../core/plugin/permissions.ts";
import { MAX_LINE_LENGTH } from "../../core/plugin/ports.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";

/** The longest JSON that an attempt is handed, in UTF-16 code units. */
export const MAX_CALL_LENGTH: number = 64 * 1024 * 1024;

/** The longest text of an error that is taken, in UTF-16 code units. */
export const MAX_ERROR_LENGTH: number = 64 * 1024;

/** How deep a message may nest: a value that is tagged at each level takes two for one. */
export const MAX_MESSAGE_DEPTH = 256;

/** How many stage kinds a plugin may have. */
export const MAX_STAGES = 100;

/** Room for the nonce and its mark in a line. */
const CHUNK_LENGTH = MAX_LINE_LENGTH - 256;

/** What a process is started for. */
export type CallEntry = IsolatedCall["entry"] | (PluginCode & { readonly type: "describe" });

/** One attempt as its process is told of it. */
export interface CallFacts extends Omit<IsolatedCall, "entry" | "signal" | "print"> {
  /** What is loaded. */
  readonly entry: CallEntry;
}

/** How a process is told of its attempt. */
export interface CallLineOptions {
  /** What its messages begin with. */
  readonly nonce: string;
  /** Whether it has the code already. @default false */
  readonly isLoaded?: boolean;
}

/**
 * The line that a process is handed.
 *
 * @throws {StageError} when it is too long.
 */
export function callLine(
  facts: CallFacts,
  { nonce, isLoaded = false }: CallLineOptions,
): string {
  const { entry, key, runId, attempt, env, input, secrets = {}, permissions } = facts;
  return lineOf({
    ...{ nonce, chunkLength: CHUNK_LENGTH, entry: encodedEntry(entry, { isLoaded }) },
    ...{ key, runId, attempt, env, secrets, input: encodeValue(input) },
    processEnv: namedVariables(env, permissions.env ?? []),
  });
}

function encodedEntry(entry: CallEntry, { isLoaded }: { readonly isLoaded: boolean }): unknown {
  if (entry.type === "script") return entry;
  const { code: _, options: __, ...rest } = entry;
  return isLoaded ? rest : { ...rest, ...encodedCode(entry) };
}

/**
 * The line by which a process is handed the code of a plugin before it is told
 * of its attempt.
 *
 * @throws {StageError} when it is too long.
 */
export function loadLine(plugin: PluginCode): string {
  return lineOf({ load: encodedCode(plugin) });
}

function encodedCode({ code, options }: PluginCode): object {
  const isFunction = code.startsWith(FUNCTION_CODE);
  return { code, isFunction, ...(options !== undefined && { options: encodeValue(options) }) };
}

function lineOf(said: unknown): string {
  const json = JSON.stringify(said);
  if (json.length <= MAX_CALL_LENGTH) return `${json}\n`;
  throw new StageError(
    `Cannot hand its values to the code: they have more than ${MAX_CALL_LENGTH} characters`,
    { name: "ValueError", retryable: false },
  );
}

/** What a process says. */
export type ChildMessage =
  | { readonly type: "heartbeat" }
  | { readonly type: "report"; readonly ok: true; readonly value: Json }
  | FailureReport;

/** What a process says when the code failed. */
export interface FailureReport {
  /** Tells it. */
  readonly type: "report";
  /** It did not end well. */
  readonly ok: false;
  /** The error's class. */
  readonly name: string;
  /** Its message. */
  readonly message: string;
  /** What it means for the stage. */
  readonly outcome?: "failed" | "cancelled" | "skipped" | undefined;
  /** Whether trying again may help. */
  readonly retryable?: boolean | undefined;
  /** Outputs to keep all the same, encoded. */
  readonly outputs?: Json | undefined;
  /** What else is known, encoded. */
  readonly details?: Json | undefined;
}

const json = z.custom<Json>((value) => value !== undefined);
const text = z.string().max(MAX_ERROR_LENGTH);

const messageSchema: z.ZodType<ChildMessage> = z.union([
  z.strictObject({ type: z.literal("heartbeat") }),
  z.strictObject({ type: z.literal("report"), ok: z.literal(true), value: json }),
  z.strictObject({
    type: z.literal("report"),
    ok: z.literal(false),
    name: z.string().max(200),
    message: z.string().transform((message) => message.slice(0, MAX_ERROR_LENGTH)),
    // What the code says beyond that is its own; what cannot be, is not taken.
    outcome: z.enum(["failed", "cancelled", "skipped"]).optional().catch(undefined),
    retryable: z.boolean().optional().catch(undefined),
    outputs: json.optional(),
    details: json.optional(),
  }),
]);

/** The message that a text stands for, or `undefined` when it stands for none. */
export function parseMessage(text: string): ChildMessage | undefined {
  let value: Json;
  try {
    value = JSON.parse(text);
    if (!isSound(value, 0)) return undefined;
  } catch {
    return undefined; // It is no JSON, or nested deeper than anything that is taken.
  }
  const message = messageSchema.safeParse(value);
  return message.success ? message.data : undefined;
}

/** Whether it is flat enough and has no key that could pollute. */
function isSound(json: Json, depth: number): boolean {
  if (json === null || typeof json !== "object") return true;
  if (depth === MAX_MESSAGE_DEPTH) return false;
  return Object.entries(json).every(([key, value]) =>
    !isForbiddenKey(key) && isSound(value, depth + 1)
  );
}

/** The mapping that was reported, or `undefined` when it was none. */
export function reportedMapping(json: Json): ValueObject | undefined {
  try {
    const value = decodeValue(json);
    return isMapping(value) && !isView(value) ? value : undefined;
  } catch {
    return undefined; // The process encoded it otherwise than the engine's own code does.
  }
}

const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);
const names = z.array(z.string()).optional();

const manifestSchema = z.strictObject({
  name: text.regex(/^[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*$/),
  permissions: z.strictObject({
    ...{ net: names, read: names, write: names, env: names, secrets: names },
  }),
  stages: z.array(z.strictObject({
    name: text.regex(/^[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*$/),
    keys: z.array(z.string().regex(/^[A-Za-z][\w-]*$/)).min(1),
    summary: text,
    harmless: z.boolean(),
    fields: jsonObject,
    outputs: jsonObject.optional(),
    secrets: z.array(z.string()).optional(),
  })).max(MAX_STAGES),
  options: jsonObject.optional(),
});

/**
 * The manifest that was reported.
 *
 * @throws {StageError} when it is none.
 */
export function parseManifest(json: Json): PluginManifest {
  const parsed = manifestSchema.safeParse(json);
  if (!parsed.success) throw noManifest(parsed.error.issues[0]);
  const { name, permissions, stages, options } = parsed.data;
  const asked = listsOf(permissions);
  const problem = declaredProblems(asked);
  if (problem !== undefined) throw notAPlugin(`plugin "${name}" cannot ask for that: ${problem}`);
  return {
    name,
    permissions: asked,
    stages: stages.map(({ outputs, secrets, ...stage }) => ({
      ...stage,
      ...(outputs === undefined ? {} : { outputs }),
      ...(secrets === undefined ? {} : { secrets }),
    })),
    ...(options === undefined ? {} : { options }),
  };
}

/** The lists that hold anything. */
function listsOf(
  permissions: { readonly [Name in keyof Permissions]: Permissions[Name] | undefined },
): Permissions {
  const lists = PERMISSION_NAMES.map((name) => [name, permissions[name] ?? []] as const);
  return Object.fromEntries(lists.filter(([, names]) => names.length > 0));
}

function noManifest(issue: z.core.$ZodIssue | undefined): StageError {
  const place = issue?.path.join(".") ?? "";
  return notAPlugin(`what it defines is no plugin: "${place}": ${issue?.message ?? ""}`);
}

function notAPlugin(why: string): StageError {
  return new StageError(`Cannot use the module: ${why}`, { name: "PluginError", retryable: false });
}
