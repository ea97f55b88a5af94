/**
 * A message says what is so and what next, in one form: sentence case, no
 * contraction, no final period.
 *
 * @module
 */
import { repoPath } from "./repo_path.ts";

const HOLE = "${}";
const CONTRACTION = /\w(?:n['’]t|['’](?:re|ll|ve|m))\b|\b(?:it|that|there|what|here|let)['’]s\b/i;
const GOOD_START = /^(?:["'`“‘]|\$\{\}|\p{Lu}|\d)/u;

/** Checks the text of each `new …Error("…")`. */
export const errorMessage: Deno.lint.Rule = {
  create(context) {
    if (repoPath(context.filename).startsWith("tests/")) return {}; // what they throw is nobody's to read
    return {
      NewExpression(node) {
        if (node.callee.type !== "Identifier" || !node.callee.name.endsWith("Error")) return;
        const message = node.arguments.map(literalText).findLast(isSentence);
        for (const fault of message === undefined ? [] : faults(message)) {
          context.report({ node, message: `An error message ${fault}` });
        }
      },
    };
  },
};

/** What is literally there, with `${}` where a value comes in; `undefined` for anything but text. */
function literalText(node: Deno.lint.Node): string | undefined {
  if (node.type === "Literal") return typeof node.value === "string" ? node.value : undefined;
  if (node.type === "TemplateLiteral") return node.quasis.map(({ cooked }) => cooked).join(HOLE);
  if (node.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  const [left, right] = [literalText(node.left), literalText(node.right)];
  return left === undefined && right === undefined ? undefined : (left ?? HOLE) + (right ?? HOLE);
}

/** A single word is a code, as in `new JournalError("busy", message)`. */
function isSentence(text: string | undefined): text is string {
  return text !== undefined && text.includes(" ");
}

function faults(message: string): string[] {
  const found: string[] = [];
  if (!GOOD_START.test(message)) found.push("starts with a capital or a value");
  if (message.trimEnd().endsWith(".")) found.push("has no final period");
  if (CONTRACTION.test(message)) found.push("has no contraction");
  return found;
}
