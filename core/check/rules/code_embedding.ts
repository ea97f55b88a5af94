/**
 * A value stands in code where code cannot take it.
 *
 * @module
 */
import type { EmbeddedHole } from "../../expr/embed.ts";
import type { Rule } from "../rule.ts";

/** Reports templates in scripts that cannot carry a value out of band, and those that ask for it to be pasted. */
export const codeEmbedding: Rule = {
  code: "code-embedding",
  summary: "A script has a template where no value can be carried, or where one is pasted as code",
  check(_, { texts, report }) {
    for (const { path, embedding } of texts) {
      if (embedding === undefined) continue;
      if (!embedding.ok) {
        for (const { code, message, start, end } of embedding.problems) {
          report({ code, message, path, within: { start, end } });
        }
        continue;
      }
      for (const hole of embedding.script.holes) {
        const warning = warningAbout(hole);
        if (warning === undefined) continue;
        const within = { start: hole.start, end: hole.end };
        report({ ...warning, severity: "warning", path, within });
      }
    }
  },
};

function warningAbout(
  { unsafe, place, expression }: EmbeddedHole,
): { readonly code: string; readonly message: string } | undefined {
  const value = `The value of "${expression.trim()}"`;
  if (unsafe) {
    const message = `${value} is pasted into the script as code, whatever it holds`;
    return { code: "embed-unsafe", message };
  }
  if (place !== "program") return undefined;
  const message = `${value} becomes part of a program here, so the stage fails unless it holds ` +
    'only letters, digits and _./:,-; hand it over as an argument behind the program, there "$1"';
  return { code: "embed-program", message };
}
