/**
 * The stage kind `bash`: runs a shell script (REFERENCE §1.18).
 *
 * @module
 */
import { z } from "zod";
import { dedent } from "../core/expr/dedent.ts";
import { textOf } from "../core/expr/text.ts";
import { envSchema } from "../core/model/environment.ts";
import type { SpawnResult } from "../core/plugin/ports.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import { outputFileOf } from "./bash/output_file.ts";
import { bashCall } from "./bash/bash_call.ts";
import {
  type Sandbox,
  sandboxed,
  sandboxFailure,
  sandboxOf,
  sandboxSchema,
} from "./bash/sandbox.ts";
import { printedOutputs } from "./process_outputs.ts";

/** Characters of standard error, and of the script, that a failure's message quotes. */
export const MAX_QUOTED_LENGTH = 16_000;

const outputs = z.looseObject({
  return_code: z.number().nullable(),
  stdout: z.string().nullable(),
  stderr: z.string().nullable(),
  truncated: z.array(z.string()).optional(),
});

/**
 * A stage that runs a script by bash. Its values are variables of the shell,
 * never part of the script. Like the reference's, a script goes on behind a
 * command that fails, and only its last exit code counts: write `set -e` to
 * have it otherwise.
 */
export function bash(): LeafStageKind {
  return defineStage({
    name: "bash",
    keys: ["bash"],
    summary: "Runs a shell script.",
    fields: {
      bash: z.string().describe("The script. What a template gives arrives as a variable."),
      env: envSchema().optional().describe("Environment variables for this stage."),
      sandbox: sandboxSchema().optional()
        .describe("How far the script is shut off from the rest of the machine."),
    },
    code: () => ({ bash: "bash" }),
    needs: ({ sandbox = "none" }) => [
      { permission: "run", name: sandbox === "none" ? "bash" : "bwrap" },
    ],
    secrets: ["bash"],
    outputs,
    execute: ({ sandbox }, context) => execute(context, { sandbox: sandboxOf(sandbox, context) }),
  });
}

async function execute(
  context: StageContext,
  { sandbox }: { readonly sandbox: Sandbox | undefined },
): Promise<Outputs> {
  const { host, signal, print } = context;
  const outputFile = await outputFileOf(context);
  const bare = { command: "bash", ...await bashCall(context, outputFile.env) };
  const { command, ...call } = sandbox === undefined
    ? bare
    : await sandboxed(bare, { sandbox, context });
  const result = await host.spawn(command, {
    ...call,
    signal,
    onLines: (stream, lines) => print(lines, stream),
  });
  signal.throwIfAborted();
  const unmade = sandbox && sandboxFailure(result);
  if (unmade !== undefined) throw unmade;
  const printed = printedBy(result);
  if (result.exitCode !== 0) throw failureOf(result, { context, details: printed });
  return { ...await outputFile.read(), ...printed };
}

function printedBy(result: SpawnResult): Outputs {
  const { exitCode, signal } = result;
  return { return_code: exitCode ?? codeOfSignal(signal), ...printedOutputs(result) };
}

/** What the reference reports of a script that a signal ended: its number, negated. */
function codeOfSignal(signal: string | null): number | null {
  const number = SIGNALS.indexOf(signal ?? "");
  return number < 0 ? null : -number;
}

/** By number, as POSIX and all systems have them; the others differ between systems. */
const SIGNALS: readonly string[] = [
  "",
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "",
  "SIGFPE",
  "SIGKILL",
  "",
  "SIGSEGV",
  "",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
];

/** The reference's message (REFERENCE C-185), with the script as its author wrote it: no values. */
function failureOf(
  { signal, stderr }: SpawnResult,
  { context, details }: { readonly context: StageContext; readonly details: Outputs },
): StageError {
  const ended = signal === null ? "" : `The script was ended by ${signal}`;
  const reason = [stderr.replace(/\n$/, "").slice(-MAX_QUOTED_LENGTH), ended]
    .filter((part) => part !== "").join("\n");
  const script = dedent(textOf(context.stage.input["bash"] ?? "")).slice(0, MAX_QUOTED_LENGTH);
  const quoted = script.replaceAll("\n", "\n\t");
  return new StageError(`Subprocess: ${reason}\n\t\`\`\`bash\n\t${quoted}\n\t\`\`\``, { details });
}
