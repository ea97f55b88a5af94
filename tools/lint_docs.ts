/**
 * Fails when something public is not documented, or speaks of a type that is
 * not public. Types of third parties are left out: we cannot export them.
 *
 * @module
 */
import process from "node:process";
import { spawnSync } from "node:child_process";

const ENTRY_POINTS = ["mod.ts", "plugin.ts", "kit.ts", "testing.ts", "plugins/http/mod.ts"];

/** Types that zod and Hono export and that our signatures name. */
const OF_OTHERS = /references private type '(?:\$?Zod\w*|output|input|infer|Hono|Context|Next)'/;

const { stderr, stdout } = spawnSync(process.execPath, ["doc", "--lint", ...ENTRY_POINTS], {
  encoding: "utf8",
  env: { ...process.env, NO_COLOR: "1" },
});
const findings = `${stdout}${stderr}`.split(/\n(?=error\[)/).filter((text) =>
  text.startsWith("error[")
);
const ours = findings.filter((text) => !OF_OTHERS.test(text) && !text.includes("node_modules"));
for (const finding of ours) console.error(`${finding.trim()}\n`);
console.log(`${ours.length} things are not documented`);
process.exitCode = ours.length === 0 ? 0 : 1;
