/**
 * The simulation is honest only while the core knows nothing of the world:
 * facts come in as arguments.
 *
 * @module
 */
import { repoPath } from "./repo_path.ts";

const PURE = /^core\/(source|expr|model|check|language|plan|run|schedule)\//;

/** Globals that nothing pure has a use for. */
const WORLD = new Set(["Deno", "Bun", "process", "crypto", "performance", "console"]);
const CALLS = new Set([
  "fetch",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);
const MEMBERS = new Set(["Date.now", "Math.random", "Temporal.Now"]);
/** Answers that depend on the machine's time zone or language. */
const LOCAL =
  /^(toLocale\w*String|getTimezoneOffset|get(FullYear|Month|Date|Day|Hours|Minutes|Seconds))$/;

/** Refuses clock, chance, I/O and the machine's own settings in the pure layers. */
export const pureCore: Deno.lint.Rule = {
  create(context) {
    if (!PURE.test(repoPath(context.filename))) return {};
    const report = (node: Deno.lint.Node, what: string) =>
      context.report({
        node,
        message: `The pure layers know nothing of ${what}`,
        hint: "Take it as an argument, or do it in core/engine through a port",
      });
    return {
      ImportDeclaration(node) {
        if (/^(node|bun):/.test(node.source.value)) report(node, `"${node.source.value}"`);
      },
      MemberExpression(node) {
        const name = memberName(node);
        const object = node.object.type === "Identifier" ? node.object.name : "";
        if (WORLD.has(object)) report(node, object);
        else if (MEMBERS.has(`${object}.${name}`)) report(node, `${object}.${name}`);
        else if (object === "globalThis" && (WORLD.has(name) || CALLS.has(name))) {
          report(node, name);
        } else if (LOCAL.test(name)) report(node, "the machine's time zone and language");
      },
      CallExpression(node) {
        if (node.callee.type !== "Identifier") return;
        if (CALLS.has(node.callee.name)) report(node, node.callee.name);
        if (node.callee.name === "Date") report(node, "the time of day");
      },
      NewExpression(node) {
        const isDate = node.callee.type === "Identifier" && node.callee.name === "Date";
        if (isDate && node.arguments.length === 0) report(node, "the time of day");
      },
    };
  },
};

function memberName({ property }: Deno.lint.MemberExpression): string {
  return property.type === "Identifier" ? property.name : "";
}
