/**
 * A text is searched where a list was meant.
 *
 * @module
 */
import { type CallNode, walk } from "../../expr/ast.ts";
import type { Rule } from "../rule.ts";

/** Reports `contains("main develop", x)`: it holds for any part of the text, such as "dev" or "n d". */
export const containsText: Rule = {
  code: "contains-text",
  summary: "A list of words is searched as one text, so that parts of words are found too",
  check(_, { texts, report }) {
    for (const { expressions, path } of texts) {
      for (const { root, offset } of expressions) {
        walk(root, (node) => {
          const words = node.kind === "call" ? wordsIn(node) : undefined;
          if (words === undefined) return;
          const list = words.map((word) => `'${word}'`).join(", ");
          report({
            severity: "warning",
            message: `This looks for a part of one text, so it finds parts of words too; ` +
              `write a list: contains([${list}], …)`,
            path,
            within: { start: node.start + offset, end: node.end + offset },
          });
        });
      }
    }
  },
};

function wordsIn({ name, args: [all, item] }: CallNode): readonly string[] | undefined {
  if (name !== "contains" || all?.kind !== "literal" || typeof all.value !== "string") {
    return undefined;
  }
  if (item === undefined || item.kind === "literal") return undefined;
  const words = all.value.split(/[\s,;|]+/).filter((word) => word !== "");
  return words.length > 1 ? words : undefined;
}
