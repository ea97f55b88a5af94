/**
 * What Deno and Bun do differently stands in one folder.
 *
 * @module
 */
import { repoPath } from "./repo_path.ts";

const MAY_KNOW = /^(platform|tests|tools|bench)\//;
const RUNTIMES = new Set(["Deno", "Bun"]);

/** Refuses `Deno.…` and `Bun.…` outside `platform/`. */
export const runtimeInPlatform: Deno.lint.Rule = {
  create(context) {
    if (MAY_KNOW.test(repoPath(context.filename))) return {};
    return {
      MemberExpression(node) {
        const { object, property } = node;
        const direct = object.type === "Identifier" && RUNTIMES.has(object.name);
        const viaGlobal = object.type === "Identifier" && object.name === "globalThis" &&
          property.type === "Identifier" && RUNTIMES.has(property.name);
        if (!direct && !viaGlobal) return;
        context.report({
          node,
          message: "Only platform/ knows which runtime this is",
          hint: "Use what both have (node:*), or add it to a port in core/plugin/ports.ts",
        });
      },
    };
  },
};
