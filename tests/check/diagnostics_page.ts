/**
 * The page about diagnostics, made of the corpus: the file that is called as a
 * code explains it in its first comment, and shows it.
 *
 * @module
 */
import { checkText, type CorpusFile, lineOf } from "./corpus.ts";

/** Where the page stands. */
export const PAGE: URL = new URL("../../docs/diagnostics.md", import.meta.url);

/** The text of the page. */
export function diagnosticsPage(files: readonly CorpusFile[]): string {
  const sections = files.filter(isMain).map(sectionOf);
  return `${INTRODUCTION}\n${sections.join("\n")}`;
}

const INTRODUCTION = `<!-- deno-fmt-ignore-file -->
<!-- Made by \`deno task diagnostics\` from tests/corpus/check/err; change it there. -->

# Diagnostics

What \`sluice check\` says, by code. An **error** stops a run before it begins, a **warning** and an
**info** do not. All of them come at once, each at its place; what only follows from another one is
not told.

A comment silences a code: \`# sluice: ignore CODE\` on the line that is told or on the one before it,
\`# sluice: ignore-file CODE\` for the whole file; several codes have commas between them. What no run
can be planned with is told all the same. \`sluice check --fix\` writes the names that were
meant where a message asks "did you mean".

Where the program [shellcheck](https://www.shellcheck.net) is installed, it is asked about the scripts
of \`bash:\` stages, unless \`--no-shellcheck\` is given. What it says comes under the code **shellcheck**
with its own number, such as \`SC2086\`, and never is an error; a comment \`# shellcheck disable=SC2086\`
in the script silences it too.

\`--format json\` prints a list for programs, \`--format sarif\` a SARIF 2.1.0 log for code scanners, and
\`--format github\` the commands by which GitHub Actions shows findings beside the lines of a change.
`;

/** A file without a comment shows a further form of what another one explains. */
function isMain({ text }: CorpusFile): boolean {
  return text.startsWith("# ") && !text.startsWith("# sluice:");
}

function sectionOf(file: CorpusFile): string {
  const { why, example } = partsOf(file.text);
  const found = checkText({ name: "etl", text: example });
  const [severity = "error"] = found.map(({ severity }) => severity);
  const said = found.map(lineOf).join("\n");
  return `## ${file.name}

${capitalized(severity)}. ${why}

\`\`\`yaml fragment
${example.trimEnd()}
\`\`\`

\`\`\`text
${said}
\`\`\`
`;
}

function partsOf(text: string): { readonly why: string; readonly example: string } {
  const lines = text.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("#"));
  const why = lines.slice(0, end).map((line) => line.replace(/^# ?/, "")).join("\n");
  return { why, example: lines.slice(end).join("\n").trimStart() };
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
