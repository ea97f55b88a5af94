/** The page about settings has a row for each, and says of it what the code does. */
import { deepEqual, equal } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { readSettings, SETTING_VARIABLES } from "../../core/engine/settings.ts";
import { readSettingsFile } from "../../core/engine/settings_file.ts";
import { test } from "../harness.ts";

const PAGE = new URL("../../docs/configuration.md", import.meta.url);

interface Row {
  readonly name: string;
  readonly variables: readonly string[];
  readonly key: string | undefined;
}

async function rows(): Promise<readonly Row[]> {
  const text = await readFile(PAGE, "utf8");
  return [...text.matchAll(/^\| `(\w+)` *\|(.*?)\|(.*?)\|/gm)].map((
    [, name = "", env = "", key = ""],
  ) => ({
    name,
    variables: [...env.matchAll(/`(\w+)`/g)].map(([, variable = ""]) => variable),
    key: /`(\w+)`/.exec(key)?.[1],
  }));
}

test("docs/configuration.md names every setting with its variables, in their order", async () => {
  const written = (await rows()).map(({ name, variables }) => [name, variables]);
  deepEqual(Object.fromEntries(written), SETTING_VARIABLES);
  equal(written.length, Object.keys(SETTING_VARIABLES).length);
});

test("docs/configuration.md names keys that the settings file takes", async () => {
  for (const { name, key } of await rows()) {
    if (key === undefined) continue;
    const unknown = problemsOf(`${key}: {}`).filter((message) => UNKNOWN.test(message));
    deepEqual(unknown, [], `${name}: ${key}`);
  }
  equal(UNKNOWN.test(problemsOf("no_such_key: 1")[0] ?? ""), true);
});

const UNKNOWN = /^Unknown key/;

function problemsOf(text: string): readonly string[] {
  return readSettingsFile(text, "sluice.yml").diagnostics.map(({ message }) => message);
}

test("the defaults of docs/configuration.md are those of the code", () => {
  const { settings } = readSettings({});
  const { confPath, statePath, timeoutMs, maxJobParallel, scriptLang, logTimezone } = settings;
  deepEqual([confPath, statePath, timeoutMs, maxJobParallel, scriptLang, logTimezone], [
    "./conf",
    ".sluice",
    3_600_000,
    2,
    "ts",
    "UTC",
  ]);
  equal(settings.isolation, "children");
  equal(settings.sandbox, "none");
});
