/**
 * The project's own lint rules: what STYLE asks for and Deno's rules do not.
 * A rule is switched off for one line with `// deno-lint-ignore sluice/<rule>`
 * and the reason behind it.
 *
 * @module
 */
import { assertion, nonNull } from "./lint_rules/assertion.ts";
import { consoleInCli } from "./lint_rules/console_in_cli.ts";
import { errorMessage } from "./lint_rules/error_message.ts";
import { pureCore } from "./lint_rules/pure_core.ts";
import { runtimeInPlatform } from "./lint_rules/runtime_in_platform.ts";
import { twoParameters } from "./lint_rules/two_parameters.ts";

const plugin: Deno.lint.Plugin = {
  name: "sluice",
  rules: {
    "assertion": assertion,
    "console-in-cli": consoleInCli,
    "error-message": errorMessage,
    "non-null": nonNull,
    "pure-core": pureCore,
    "runtime-in-platform": runtimeInPlatform,
    "two-parameters": twoParameters,
  },
};

// Deno takes a lint plugin from a default export; nothing else here has one.
export default plugin;
