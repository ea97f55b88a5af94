import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as kit from "../../kit.ts";
import * as plugin from "../../plugin.ts";
import { test } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** These load plugins, so that they are a part of the engine; `http` is a program of its own. */
const MACHINERY = ["plugins/foreign/", "plugins/isolation", "plugins/http"];

/** What a module takes from core that is there at run time. */
function takenFrom(text: string): readonly string[] {
  const code = text.replace(/\/\*\*[^]*?\*\//g, "");
  const imports = code.matchAll(/import \{([^}]*)\} from "(?:\.\.\/)+core\/[^"]+"/g);
  return Array.from(imports, ([, names = ""]) => names).join(",").split(",")
    .map((name) => name.trim().replace(/ as .*/, ""))
    .filter((name) => name !== "" && !name.startsWith("type "));
}

test("stages and plugins that come with Sluice take nothing that a stranger could not", async () => {
  const exported = new Set([...Object.keys(plugin), ...Object.keys(kit)]);
  const missing: string[] = [];
  for (const folder of ["stages", "plugins"]) {
    for (const name of await readdir(join(ROOT, folder), { recursive: true })) {
      const file = `${folder}/${name}`;
      if (!file.endsWith(".ts") || MACHINERY.some((start) => file.startsWith(start))) continue;
      for (const taken of takenFrom(await readFile(join(ROOT, file), "utf8"))) {
        if (!exported.has(taken)) missing.push(`${file} takes ${taken}`);
      }
    }
  }
  assert.deepEqual(missing, []);
});
