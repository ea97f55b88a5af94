/**
 * Two things that matter by position, the rest by name.
 *
 * @module
 */
import { repoPath } from "./repo_path.ts";

const MOST_POSITIONAL = 2;

/** Allows exported functions two parameters and an options object. */
export const twoParameters: Deno.lint.Rule = {
  create(context) {
    if (repoPath(context.filename).startsWith("tests/")) return {};
    const check = (fn: Deno.lint.FunctionDeclaration | Deno.lint.ArrowFunctionExpression) => {
      const beyond = fn.params.slice(MOST_POSITIONAL);
      if (beyond.length === 0 || (beyond.length === 1 && beyond.every(isOptions))) return;
      context.report({
        node: fn,
        message: `An exported function takes two positional parameters, not ${fn.params.length}`,
        hint: "Put the others into one options object",
      });
    };
    return {
      ExportNamedDeclaration({ declaration }) {
        if (declaration?.type === "FunctionDeclaration") check(declaration);
        if (declaration?.type !== "VariableDeclaration") return;
        for (const { init } of declaration.declarations) {
          if (init?.type === "ArrowFunctionExpression") check(init);
        }
      },
    };
  },
};

/** `options`, `{ signal }: …`, or either with a default. */
function isOptions(parameter: Deno.lint.Parameter): boolean {
  const target = parameter.type === "AssignmentPattern" ? parameter.left : parameter;
  if (target.type === "ObjectPattern") return true;
  return target.type === "Identifier" && /options$/i.test(target.name);
}
