/**
 * Scripts of Python: they run in a process with the permissions of the engine,
 * and their names at the end are the outputs.
 *
 * @module
 */
import { decodeValue, type Json } from "../../core/expr/json.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import { isMapping, isView } from "../../core/expr/view.ts";
import { LineChannel, MAX_MESSAGE_LENGTH } from "../../core/plugin/line_channel.ts";
import type { SpawnOptions, SpawnResult } from "../../core/plugin/ports.ts";
import { type Outputs, type StageContext, StageError } from "../../core/plugin/stage_kind.ts";
import { payloadOf } from "./payload.ts";

/** Bytes that are kept of what a script prints, for the message when it dies. */
const KEPT_BYTES = 16 * 1024;

/** Carries out the script of a stage. */
export async function runPython(context: StageContext, vars: ValueObject): Promise<Outputs> {
  const { json, nonce } = payloadOf(context, vars);
  const { command, ...call } = await pythonCall(context, json);
  let report: Report | undefined;
  let isTooLong = false;
  const channel = new LineChannel(nonce, {
    print: (line) => context.print(line),
    receive: (message) => report ??= JSON.parse(message),
    refuse: () => isTooLong = true,
  });
  const result = await context.host.spawn(command, {
    ...call,
    signal: context.signal,
    keepBytes: KEPT_BYTES,
    onLine: (stream, line) =>
      stream === "stdout" ? channel.take(line) : context.print(line, "stderr"),
  });
  channel.end();
  if (isTooLong) throw tooLong();
  context.signal.throwIfAborted();
  return outputsOf(report, result);
}

/** What a script reports. */
type Report =
  | { readonly ok: true; readonly outputs: Json }
  | {
    readonly ok: false;
    readonly name: string;
    readonly message: string;
    readonly outcome: "failed" | "cancelled" | "skipped";
  };

interface PythonCall extends Pick<SpawnOptions, "args" | "env" | "stdin"> {
  readonly command: string;
}

async function pythonCall({ host, env }: StageContext, payload: string): Promise<PythonCall> {
  const command = await host.which("python3") ?? await host.which("python");
  if (command === undefined) throw noPython();
  const { default: runner } = await import("./python_runner.py", { with: { type: "text" } });
  return {
    command,
    args: ["-c", runner],
    env: { PYTHONUTF8: "1", ...host.env(), ...env },
    stdin: payload,
  };
}

function outputsOf(report: Report | undefined, result: SpawnResult): Outputs {
  if (report === undefined) throw died(result);
  if (report.ok) return mappingOf(report.outputs);
  const { name, message, outcome } = report;
  throw new StageError(message, { name, outcome });
}

function mappingOf(json: Json): Outputs {
  const outputs = decodeValue(json);
  if (isMapping(outputs) && !isView(outputs)) return outputs;
  throw new Error("Internal error: a script's runner reported outputs that are no mapping");
}

/** It left, or was made to leave, before it could say what came of it. */
function died({ exitCode, signal, stderr }: SpawnResult): StageError {
  const how = signal === null
    ? `ended itself with exit code ${exitCode}`
    : `was ended by ${signal}`;
  const said = stderr.trim();
  return new StageError(`The script ${how} before it was done${said && `:\n${said}`}`);
}

function noPython(): StageError {
  return new StageError(
    'Cannot run the script: there is no "python3" in the engine\'s PATH; install Python 3',
    { name: "HostError", retryable: false },
  );
}

function tooLong(): StageError {
  return new StageError(`The script's outputs have more than ${MAX_MESSAGE_LENGTH} characters`, {
    name: "ValueError",
    retryable: false,
  });
}
