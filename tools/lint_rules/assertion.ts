/**
 * Parse at the border, trust inside: an assertion tells the compiler what
 * nobody has checked.
 *
 * @module
 */
import { repoPath } from "./repo_path.ts";

// Fakes and fixtures in tests state what the test itself makes true.
const TESTS = /^(tests|bench)\//;

/** Refuses `x as T` and `<T> x`, but not `as const`. */
export const assertion: Deno.lint.Rule = {
  create(context) {
    if (TESTS.test(repoPath(context.filename))) return {};
    const report = (node: Deno.lint.Node) =>
      context.report({
        node,
        message: "Nothing checks this assertion",
        hint: "Narrow the value with a schema, a guard or `satisfies`",
      });
    return {
      TSAsExpression(node) {
        if (!isConst(node.typeAnnotation)) report(node);
      },
      TSTypeAssertion: report,
    };
  },
};

function isConst(type: Deno.lint.TypeNode): boolean {
  return type.type === "TSTypeReference" && type.typeName.type === "Identifier" &&
    type.typeName.name === "const";
}

/** Refuses `x!`. */
export const nonNull: Deno.lint.Rule = {
  create(context) {
    if (TESTS.test(repoPath(context.filename))) return {};
    return {
      TSNonNullExpression(node) {
        context.report({
          node,
          message: "Nothing checks that this value is there",
          hint: 'Say what happens when it is not, or throw "Internal error: …"',
        });
      },
    };
  },
};
