/**
 * A value stands in code where code cannot take it.
 *
 * @module
 */
import { embedCode } from "../../expr/embed_code.ts";
import { hasTemplate } from "../../expr/template.ts";
import type { Rule } from "../rule.ts";
import { writtenTexts } from "../written_texts.ts";

/** Reports templates in scripts that cannot carry a value out of band, and those that ask for it to be pasted. */
export const codeEmbedding: Rule = {
  code: "code-embedding",
  summary: "A script has a template where no value can be carried, or where one is pasted as code",
  check(workflow, { facts, report }) {
    for (const { text, path, reading } of writtenTexts(workflow, facts)) {
      if (reading === "template" || reading === "condition" || !hasTemplate(text)) continue;
      const embedding = embedCode(reading, text);
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
