import fc from "fast-check";
import { embedCode, fillCode } from "../../core/expr/embed_code.ts";
import type { CodeLanguage, EmbeddedCode } from "../../core/expr/embed.ts";
import type { Value } from "../../core/expr/value.ts";

/** Fills the templates of code in a language: `v0`, `v1`, … are the values. */
export function fillerOf(
  language: CodeLanguage,
): (text: string, values: readonly Value[]) => EmbeddedCode {
  return (text, values) => {
    const named = Object.fromEntries(values.map((value, index) => [`v${index}`, value]));
    return fillCode(embedCode(language, text), {
      lookup: (name) => named[name],
      functions: new Map(),
      filters: new Map(),
      nowMs: 0,
      status: "success",
    });
  };
}

/** The codes of what is wrong with a text, with the text that each is about. */
export function problems(language: CodeLanguage, text: string): readonly string[] {
  const embedding = embedCode(language, text);
  if (embedding.ok) return [];
  return embedding.problems.map(({ code, start, end }) => `${code} ${text.slice(start, end)}`);
}

/** The code as it is run, with the variables' common prefix cut short. */
export function run(language: CodeLanguage, text: string): string {
  const embedding = embedCode(language, text);
  if (!embedding.ok) return embedding.problems.map(({ code }) => code).join(", ");
  return embedding.script.pieces.map((piece) => typeof piece === "string" ? piece : "PASTE")
    .join("").replaceAll("SLUICE_VALUE_", "V");
}

const HOSTILE = [
  ..."'\"`$(){}[]\\!#&;|<>*?~=^%@ \t\n\r",
  "$(touch x)",
  "`touch x`",
  "${HOME}",
  "$0",
  "\\'",
  '\\"',
  "EOF",
  "\nEOF\n",
  "\n\n",
  "{{",
  "}}",
  "${{ v0 }}",
  "§",
  "$&",
  "'''",
  '"""',
  "{V}",
  "\\N{DASH}",
  "a[$(touch x)]",
  "*/",
  "é",
  "\u{1f995}",
  "\u2028",
];

/** Text without NUL, full of what has a meaning to some language. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...HOSTILE), { maxLength: 12 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => text.replaceAll("\0", "")),
);

/** Many texts, so that one process checks them all. */
export const hostileTexts: fc.Arbitrary<readonly string[]> = fc.array(hostileText, {
  minLength: 15,
  maxLength: 15,
});
