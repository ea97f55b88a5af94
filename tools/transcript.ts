/**
 * Shell sessions in the documentation: a line that begins with `$ ` is a
 * command, the lines below it are what it prints. `…` stands for what differs
 * each time: within a line for some text, alone on a line for some lines.
 *
 * @module
 */

/** A command and what the page says that it prints. */
export interface Exchange {
  /** The command, without the prompt; a line that ends in a backslash goes on in the next. */
  readonly command: string;
  /** What it prints, by line. */
  readonly expected: readonly string[];
}

const PROMPT = "$ ";
const ANYTHING = "…";

/** Takes a session apart. */
export function readTranscript(text: string): Exchange[] {
  const exchanges: { command: string; expected: string[] }[] = [];
  for (const line of text.split("\n")) {
    const current = exchanges.at(-1);
    if (line.startsWith(PROMPT)) {
      exchanges.push({ command: line.slice(PROMPT.length), expected: [] });
    } else if (current?.command.endsWith("\\") && current.expected.length === 0) {
      current.command += `\n${line}`;
    } else {
      current?.expected.push(line);
    }
  }
  return exchanges;
}

/** Whether a command printed what the page says. */
export function printed(expected: readonly string[], output: string): boolean {
  const pattern = expected.map((line) => line === ANYTHING ? LINES : `${linePattern(line)}\n`);
  return new RegExp(`^${pattern.join("")}$`).test(output === "" ? "" : `${output.trimEnd()}\n`);
}

const LINES = "(?:.*\n)*?";

function linePattern(line: string): string {
  return line.trimEnd().split(ANYTHING).map((part) => RegExp.escape(part)).join(".*?") + "[ \t]*";
}
