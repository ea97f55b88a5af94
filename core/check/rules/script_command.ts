/**
 * A script is TypeScript, and holds a command of the shell.
 *
 * @module
 */
import type { Rule } from "../rule.ts";

/** Reports scripts that begin as a command of the shell does: who comes from elsewhere writes `run: npm test`. */
export const scriptCommand: Rule = {
  code: "script-command",
  summary: "A script holds what looks like a command of the shell",
  check(_, { texts, report }) {
    for (const { text, path, reading } of texts) {
      if (reading !== "ts" && reading !== "js") continue;
      const command = commandIn(text);
      if (command === undefined) continue;
      const message = `This script will fail: "${command}" is a command of the shell, ` +
        'and a script is TypeScript; write "bash:" instead';
      report({ severity: "warning", message, path });
    }
  },
};

/** A word and then another word, a text, a path or an option: no statement of TypeScript begins so. */
const COMMAND = /^(?<program>[\w./-]*[a-z][\w.-]*)[ \t]+(?:-{1,2}[a-zA-Z]|[\w"'$@]|\.{0,2}\/\w)/;

/** What begins a statement, or stands between two words of one. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...["abstract", "async", "await", "case", "class", "const", "debugger", "declare", "default"],
  ...["delete", "do", "else", "enum", "export", "for", "function", "if", "import", "interface"],
  ...["let", "module", "namespace", "new", "return", "static", "switch", "throw", "try", "type"],
  ...["typeof", "using", "var", "void", "while", "with", "yield"],
  // Python is no command either, and one who wrote it does not mean "bash:".
  ...["assert", "def", "del", "from", "global", "lambda", "nonlocal", "not", "print", "raise"],
]);
const BETWEEN = /^\S+[ \t]+(?:as|in|instanceof|is|of|satisfies)\b/;

function commandIn(script: string): string | undefined {
  const first = script.split("\n").map((line) => line.trim()).find(isCode) ?? "";
  const program = COMMAND.exec(first)?.groups?.program;
  if (program === undefined || KEYWORDS.has(program) || BETWEEN.test(first)) return undefined;
  return first.length <= SHOWN ? first : `${first.slice(0, SHOWN)}…`;
}

/** So much of a command tells which one it is. */
const SHOWN = 40;

function isCode(line: string): boolean {
  return line !== "" && !/^(?:\/\/|\/\*|\*|#)/.test(line);
}
