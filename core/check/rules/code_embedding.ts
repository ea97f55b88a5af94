/**
 * A value stands in code where code cannot take it.
 *
 * @module
 */
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
      for (const { unsafe, expression, start, end } of embedding.script.holes) {
        if (!unsafe) continue;
        report({
          code: "embed-unsafe",
          severity: "warning",
          message:
            `The value of "${expression.trim()}" is pasted into the script as code, whatever it holds`,
          path,
          within: { start, end },
        });
      }
    }
  },
};
