/**
 * What a script is handed: its code, the values for it, and the names that it
 * sees.
 *
 * @module
 */
import { encodeValue, type JsonObject } from "../../core/expr/json.ts";
import type { EmbeddedCode } from "../../core/expr/embed.ts";
import type { Value, ValueObject } from "../../core/expr/value.ts";
import { entryOf, isMapping } from "../../core/expr/view.ts";
import { newNonce } from "../../core/plugin/line_channel.ts";
import { MAX_LINE_LENGTH } from "../../core/plugin/ports.ts";
import { type StageContext, StageError } from "../../core/plugin/stage_kind.ts";

/** The longest JSON that a script is handed, in UTF-16 code units. */
export const MAX_PAYLOAD_LENGTH: number = 64 * 1024 * 1024;

/** What the process of a Python script is handed. Its runner reads it. */
export interface Payload {
  /** Begins the lines that are reports. */
  readonly nonce: string;
  /** How much of a report one line takes. */
  readonly chunkLength: number;
  /** The run's id. */
  readonly runId: string;
  /** The code, with variables where its templates stood. */
  readonly code: string;
  /** The values of those variables, encoded. */
  readonly values: JsonObject;
  /** Variables that stand in code, where the reference pastes text. */
  readonly pasted: readonly string[];
  /** What the engine lets a script see, encoded. */
  readonly names: JsonObject;
  /** What the stage hands to the script by name, encoded. */
  readonly vars: JsonObject;
  /** Variables that are functions of earlier stages. */
  readonly functions: Readonly<Record<string, FunctionSource>>;
}

/** Where a function comes from. */
export interface FunctionSource extends Pick<Payload, "code" | "values" | "pasted"> {
  /** What it is called there. */
  readonly name: string;
}

/** Room for the nonce in a line. */
const CHUNK_LENGTH = MAX_LINE_LENGTH - 256;

/** What expressions call `params` and so on, as far as scripts may look at it. */
const CONTEXT_NAMES = [
  "params",
  "matrix",
  "needs",
  "jobs",
  "stages",
  "item",
  "loop",
  "branch",
  "case",
  "retry",
];

/** The script of a stage that has one. */
export function codeOf(context: StageContext): EmbeddedCode {
  const code = context.code["run"];
  if (code === undefined) throw new Error("Internal error: a script stage without its code");
  return code;
}

/** What a script of TypeScript or JavaScript sees as global names, encoded. */
export function globalNames(context: StageContext, vars: ValueObject): JsonObject {
  const { text, values } = codeOf(context);
  return { ...encoded(namesFor(text, context)), ...encoded(vars), ...encoded(values) };
}

/** What the Python script of a stage is handed, as JSON. */
export function payloadOf(
  context: StageContext,
  vars: ValueObject,
): { readonly json: string; readonly nonce: string } {
  const code = codeOf(context);
  const nonce = newNonce();
  const payload: Payload = {
    nonce,
    chunkLength: CHUNK_LENGTH,
    runId: context.runId,
    ...sourceOf(code),
    names: encoded(namesFor(code.text, context)),
    vars: encoded(vars),
    functions: functionsIn(vars, context),
  };
  return { json: bounded(JSON.stringify(payload)), nonce };
}

function sourceOf({ text, values, places }: EmbeddedCode): Omit<FunctionSource, "name"> {
  const pasted = Object.keys(values).filter((name) => places[name] === "code");
  return { code: text, values: encoded(values), pasted };
}

const OUTPUT = /^\s*\$\{\{\s*stages\.([\w-]+)\.outputs\.(\w+)\s*\}\}\s*$/;

/**
 * Outputs are data, so a function is there by its name alone (REFERENCE
 * C-192). A variable that is such an output is the function again: it is made
 * anew from the code that its author wrote, never from a value.
 */
function functionsIn(vars: ValueObject, context: StageContext): Payload["functions"] {
  const { vars: written = null } = context.stage.input;
  const found = Object.entries(vars).flatMap(([name, value]) => {
    const template = isMapping(written) ? entryOf(written, name) : undefined;
    const [, stage = "", output] = OUTPUT.exec(typeof template === "string" ? template : "") ?? [];
    if (output === undefined || output !== value) return [];
    const code = context.earlierCode?.(stage)?.["run"];
    return code === undefined ? [] : [[name, { name: output, ...sourceOf(code) }] as const];
  });
  return Object.fromEntries(found);
}

/** Names that the code does not mention are left out: a context may be large. */
function namesFor(code: string, context: StageContext): ValueObject {
  const mentions = (name: string) => code.includes(name);
  const names: Record<string, Value> = {};
  for (const name of ["params", "matrix"].filter(mentions)) {
    names[name] = context.lookup(name) ?? {};
  }
  if (mentions("env")) names["env"] = context.env;
  if (mentions("attempt")) names["attempt"] = context.attempt;
  if (mentions("context")) names["context"] = wholeContext(context);
  return names;
}

function wholeContext(context: StageContext): ValueObject {
  const known = CONTEXT_NAMES
    .map((name) => [name, context.lookup(name)] as const)
    .filter((entry): entry is readonly [string, Value] => entry[1] !== undefined);
  const { attempt, runId: run_id, key } = context;
  return { ...Object.fromEntries(known), attempt, run_id, key };
}

function encoded(values: ValueObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, encodeValue(value)]),
  );
}

function bounded(json: string): string {
  if (json.length <= MAX_PAYLOAD_LENGTH) return json;
  throw new StageError(
    `Cannot hand its values to the script: they have more than ${MAX_PAYLOAD_LENGTH} characters`,
    { name: "ValueError", retryable: false },
  );
}
