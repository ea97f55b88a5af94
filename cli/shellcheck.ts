/**
 * Asks the program `shellcheck` about the scripts of workflows:
 * https://www.shellcheck.net
 *
 * @module
 */
import { z } from "zod";
import { ignoredIn } from "../core/check/ignored.ts";
import { type ShellComment, shellDiagnostics, shellScripts } from "../core/check/shell_scripts.ts";
import type { Workflow } from "../core/model/workflow.ts";
import type { Host } from "../core/plugin/ports.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";

/** The most scripts that it is asked about. */
export const MAX_SHELL_SCRIPTS = 1_000;

/** Milliseconds that it may take. */
export const SHELLCHECK_TIMEOUT_MS = 30_000;

/** Bytes of its answer that are read. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** What {@linkcode shellcheck} works with. */
export interface ShellcheckOptions {
  /** The machine that the program is on. */
  readonly host: Pick<Host, "which" | "spawn" | "makeTempFolder" | "appendTextNow" | "remove">;
  /** Told why there is no answer, where the program is there but does not give one. */
  readonly warn: (message: string) => void;
  /** Ends it before its time. @default {@linkcode SHELLCHECK_TIMEOUT_MS} */
  readonly signal?: AbortSignal;
}

/**
 * What shellcheck says about the scripts of workflows, without what a comment
 * asks not to hear of; nothing where it is not installed. One process for all
 * scripts: it takes longer to begin than to read one.
 */
export async function shellcheck(
  workflows: readonly Workflow[],
  { host, warn, signal = AbortSignal.timeout(SHELLCHECK_TIMEOUT_MS) }: ShellcheckOptions,
): Promise<readonly Diagnostic[]> {
  const scripts = workflows.flatMap((workflow) => shellScripts(workflow));
  if (scripts.length === 0 || await host.which(PROGRAM) === undefined) return [];
  // Scripts that are alike are asked about once.
  const texts = [...new Set(scripts.map(({ text }) => text))];
  if (texts.length > MAX_SHELL_SCRIPTS) {
    warn(`shellcheck is asked about the first ${MAX_SHELL_SCRIPTS} of ${texts.length} scripts`);
  }
  const folder = await host.makeTempFolder("sluice-shellcheck-");
  try {
    const comments = await ask(texts.slice(0, MAX_SHELL_SCRIPTS), { host, warn, signal, folder });
    const ignored = new Map(workflows.map((one) => [one, ignoredIn(one.document.text)]));
    return scripts.flatMap((script) =>
      shellDiagnostics(script, comments.get(script.text) ?? [])
        .filter((diagnostic) => !ignored.get(script.workflow)?.has(diagnostic))
    );
  } finally {
    await host.remove(folder);
  }
}

const PROGRAM = "shellcheck";

// Not found here says nothing of where the script will run (SC1091 and its kin).
const ARGUMENTS = ["--norc", "--shell=bash", "--format=json1", "--exclude=SC1090,SC1091"];

interface Asking extends Required<ShellcheckOptions> {
  readonly folder: string;
}

/** What is said about a script, by its text. */
type Comments = ReadonlyMap<string, readonly ShellComment[]>;

async function ask(
  texts: readonly string[],
  { host, warn, signal, folder }: Asking,
): Promise<Comments> {
  const textOf = new Map(texts.map((text, at) => [`${folder}/${at}.sh`, text]));
  const files = [...textOf.keys()];
  // Nobody needs them after a crash, so they are not flushed to disk one by one.
  for (const [file, text] of textOf) host.appendTextNow(file, text);
  const { stdout, stderr, exitCode, truncated } = await host.spawn(PROGRAM, {
    args: [...ARGUMENTS, "--", ...files],
    signal,
    keepBytes: MAX_ANSWER_BYTES,
  });
  // 1 says that there is something to tell; 2 and more, that a file or an option was not understood.
  const answer = exitCode === 0 || exitCode === 1 ? answerIn(stdout) : undefined;
  if (answer === undefined) {
    const [why = ""] = stderr.split("\n");
    warn(
      `Nothing is known of shellcheck: it ${
        signal.aborted ? "took too long" : truncated ? "says too much" : `failed ${why}`.trimEnd()
      }`,
    );
    return new Map();
  }
  return Map.groupBy(answer.comments, ({ file }) => textOf.get(file) ?? "");
}

const position = z.int().min(1);

const answerSchema = z.object({
  comments: z.array(z.object({
    file: z.string(),
    line: position,
    column: position,
    endLine: position,
    endColumn: position,
    level: z.enum(["error", "warning", "info", "style"]),
    code: z.int().min(0),
    message: z.string(),
  })),
});

function answerIn(text: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // What is no JSON is no answer either; the caller says so.
    return undefined;
  }
}
