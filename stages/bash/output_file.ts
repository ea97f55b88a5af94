/**
 * Outputs that a script writes to the file `$SLUICE_OUTPUT`, in the form that
 * GitHub Actions has for it: `name=value`, or `name<<END`, lines, `END`.
 *
 * @module
 */
import { HostError } from "../../core/plugin/ports.ts";
import { type Outputs, type StageContext, StageError } from "../../core/plugin/stage_kind.ts";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";

/** Bytes that a script may write to its output file: 1 MiB. */
export const MAX_OUTPUT_FILE_BYTES: number = 1024 * 1024;

/** The output file of one attempt. */
export interface OutputFile {
  /** The variable that names it. */
  readonly env: Readonly<Record<string, string>>;
  /** What the script wrote. */
  read(): Promise<Outputs>;
}

const VARIABLE = "SLUICE_OUTPUT";
const NAME = /^[A-Za-z_][\w-]*$/;
const RESERVED: ReadonlySet<string> = new Set(["return_code", "stdout", "stderr", "truncated"]);

/**
 * The output file of a script. Only a script that names `SLUICE_OUTPUT` gets
 * one, if only to pass it on: making and removing a folder would cost all the
 * others a third of what starting them costs.
 */
export async function outputFileOf(context: StageContext): Promise<OutputFile> {
  if (!context.code["bash"]?.text.includes(VARIABLE)) {
    return { env: {}, read: () => Promise.resolve({}) };
  }
  const path = `${await context.scratch()}/outputs`;
  return { env: { [VARIABLE]: path }, read: () => readOutputs(path, context) };
}

async function readOutputs(path: string, { host }: StageContext): Promise<Outputs> {
  try {
    return parseOutputs(await host.readText(path, { maxBytes: MAX_OUTPUT_FILE_BYTES }));
  } catch (error) {
    if (error instanceof HostError && error.code === "ENOENT") return {};
    if (error instanceof HostError && error.code === "EFBIG") {
      throw wrong(`it has more than ${MAX_OUTPUT_FILE_BYTES} bytes`);
    }
    throw error;
  }
}

/**
 * Reads the lines of an output file; a later value for a name wins.
 *
 * @throws {StageError} for a line that is none of the two forms.
 */
export function parseOutputs(text: string): Outputs {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n").entries();
  for (const [index, line] of lines) {
    if (line.trim() === "") continue;
    const [, name = "", sign, rest = ""] = /^(.*?)(=|<<)(.*)$/.exec(line) ?? [];
    if (sign === undefined) {
      throw wrong(`line ${index + 1} is neither "name=value" nor "name<<END"`);
    }
    if (!NAME.test(name) || isForbiddenKey(name) || RESERVED.has(name)) {
      throw wrong(`line ${index + 1} has "${name}", which no output can be called`);
    }
    outputs[name] = sign === "=" ? rest : block(rest, { lines, first: index + 1 });
  }
  return outputs;
}

function block(
  end: string,
  { lines, first }: { readonly lines: Iterator<[number, string]>; readonly first: number },
): string {
  const content: string[] = [];
  for (let next = lines.next(); !next.done; next = lines.next()) {
    const [, line] = next.value;
    if (line === end) return content.join("\n");
    content.push(line);
  }
  throw wrong(`the text that begins in line ${first} is not ended by "${end}"`);
}

function wrong(why: string): StageError {
  return new StageError(`Cannot read what the script wrote to $${VARIABLE}: ${why}`, {
    name: "ValueError",
    retryable: false,
  });
}
