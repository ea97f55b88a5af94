/**
 * A secret stands where it would be kept or shown, or something is computed
 * with it.
 *
 * @module
 */
import { type Node, type PathNode, walk } from "../../expr/ast.ts";
import type { ReadExpression, ReadText } from "../read_texts.ts";
import type { Rule, RuleFinding } from "../rule.ts";

/**
 * Reports secrets outside of the fields that hand them to a stage, and
 * expressions that do more with one than to name it: what they give could not
 * be told from other texts, and so not be hidden.
 */
export const secretUse: Rule = {
  code: "secret-misplaced",
  summary: "A secret stands where it would be kept or shown, or something is computed with it",
  vital: true,
  check(_, { texts, report }) {
    for (const text of texts) {
      for (const expression of text.expressions) {
        for (const path of secretsIn(expression.root)) {
          const finding = findingOf(path, { text, expression });
          if (finding !== undefined) report(finding);
        }
      }
    }
  },
};

function secretsIn(root: Node): readonly PathNode[] {
  const found: PathNode[] = [];
  walk(root, (node) => {
    if (node.kind === "path" && node.root === "secrets") found.push(node);
  });
  return found;
}

interface Reading {
  readonly text: ReadText;
  readonly expression: ReadExpression;
}

function findingOf(path: PathNode, reading: Reading): RuleFinding | undefined {
  const { text: { site, path: place }, expression: { root, offset } } = reading;
  const within = { start: path.start + offset, end: path.end + offset };
  if (!site.takesSecrets) return { message: misplaced(path), path: place, within };
  const named = path.steps.length === 1 && path.steps[0]?.kind === "name";
  if (named && path === root) return undefined;
  return { code: "secret-computed", message: computed(path, named), path: place, within };
}

function misplaced({ text }: PathNode): string {
  return `Cannot use "${text}" here, where what stands is kept or shown; ` +
    'hand it to a stage, by "env" or a field of the stage that takes secrets';
}

function computed({ text }: PathNode, named: boolean): string {
  if (!named) return `"${text}" names no secret; write secrets.NAME, with one name behind the dot`;
  return `"${text}" can only be handed over as it is, so that it can be hidden; ` +
    `write "\${{ ${text} }}" alone, and compute with it within the stage`;
}
