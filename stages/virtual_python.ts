/**
 * The stage kind `virtual_python`: Python with packages of its own (REFERENCE
 * C-197, C-198).
 *
 * @module
 */
import { z } from "zod";
import type { Value, ValueObject } from "../core/expr/value.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import { processComplaint, processOutputs } from "./process_outputs.ts";
import { launcherFiles } from "./virtual_python/launcher.ts";

/** The most packages of one stage. */
export const MAX_DEPS = 200;

/** The longest name of a package, with its version and extras. */
export const MAX_DEP_CHARS = 1_000;

/** Characters of the script that a failure's message quotes. */
export const MAX_QUOTED_SCRIPT_CHARS = 16_000;

/**
 * Runs Python in an environment that has the packages of `deps`. `uv` makes the
 * environment, and finds a Python of the `version` that is asked for. `vars`
 * are names that the script sees.
 */
export function virtualPython(): LeafStageKind {
  return defineStage({
    name: "virtual_python",
    keys: ["deps", "run"],
    summary: "Runs Python with packages of its own.",
    fields: {
      deps: z.array(depSchema()).max(MAX_DEPS).describe("The packages that the code imports."),
      run: z.string().describe("The code, in Python."),
      vars: z.record(nameSchema(), z.custom<Value>()).nullable().optional()
        .describe("Further names that the code sees, with their values."),
      version: versionSchema().optional().describe("The version of Python."),
    },
    code: () => ({ run: "python" }),
    needs: () => [{ permission: "run", name: "uv" }],
    secrets: ["run", "vars"],
    outputs: z.looseObject({
      return_code: z.number().nullable(),
      stdout: z.string().nullable(),
      stderr: z.string().nullable(),
      truncated: z.array(z.string()).optional(),
    }),
    execute,
  });
}

function depSchema(): z.ZodType<string> {
  return z.string().max(MAX_DEP_CHARS).regex(/^[^\s\p{C}-][^\p{C}]*$/u, {
    error: 'A package is written as for pip, on one line: "requests>=2"',
  });
}

function nameSchema(): z.ZodType<string, string> {
  return z.string().regex(/^[A-Za-z_]\w*$/, {
    error: "A variable's name has letters, digits and underscores, and begins with no digit",
  });
}

/** Not a number: there is no telling 3.1 from 3.10 there. */
function versionSchema(): z.ZodType<string> {
  return z.string({ error: 'Write the version as a text, in quotes: "3.12"' })
    .regex(/^[\w.<>=!~*,+@ -]+$/, { error: 'A version of Python reads like "3.12" or ">=3.10"' });
}

interface Input {
  readonly deps: readonly string[];
  readonly vars?: ValueObject | null | undefined;
  readonly version?: string | undefined;
}

async function execute(input: Input, context: StageContext): Promise<Outputs> {
  const { host, signal, print } = context;
  if (await host.which("uv") === undefined) throw uvMissing();
  const launcher = await writeFiles(input, context);
  const version = input.version === undefined ? [] : [`--python=${input.version}`];
  const result = await host.spawn("uv", {
    args: ["run", "--quiet", "--no-project", ...version, launcher],
    // Lines are shown as they are printed, and not when Python's buffer is full.
    env: { ...host.env(), PYTHONUNBUFFERED: "1", ...context.env },
    signal,
    onLine: (stream, line) => print(line, stream),
  });
  signal.throwIfAborted();
  const outputs = processOutputs(result);
  if (result.exitCode === 0) return outputs;
  throw new StageError(complaint(processComplaint(result), context), { details: outputs });
}

function uvMissing(): StageError {
  return new StageError(
    'Cannot run Python with packages of its own: "uv" is not installed; install it, or leave out "deps"',
    { retryable: false },
  );
}

async function writeFiles({ deps, vars }: Input, context: StageContext): Promise<string> {
  const { text, values } = codeOf(context);
  const folder = await context.scratch();
  const { launcher, texts } = launcherFiles(text, { deps, names: { ...vars, ...values } });
  for (const [name, content] of Object.entries(texts)) {
    await context.host.writeText(`${folder}/${name}`, content, { mode: 0o600 });
  }
  return `${folder}/${launcher}`;
}

/** The reference's form (C-198), with the script's holes in place of values. */
function complaint(why: string, context: StageContext): string {
  const script = codeOf(context).text.slice(0, MAX_QUOTED_SCRIPT_CHARS);
  return `Subprocess: ${why}\nRunning Statement:\n---\n\`\`\`python\n${script}\n\`\`\``;
}

function codeOf({ code }: StageContext): StageContext["code"][string] {
  const { run } = code;
  if (run === undefined) throw new Error("Internal error: a Python stage without its script");
  return run;
}
