/**
 * What a person or a program reads is decided in one place: the command.
 *
 * @module
 */
import { repoPath } from "./repo_path.ts";

const MAY_PRINT = /^(cli(\/|\.ts$)|tools\/|bench\/|tests\/)/;

/** Refuses `console` outside the command and the tools. */
export const consoleInCli: Deno.lint.Rule = {
  create(context) {
    if (MAY_PRINT.test(repoPath(context.filename))) return {};
    return {
      MemberExpression(node) {
        if (node.object.type !== "Identifier" || node.object.name !== "console") return;
        context.report({
          node,
          message: "Only the command and the tools print",
          hint: "Return it, make it an event, or print it through the stage's context",
        });
      },
    };
  },
};
