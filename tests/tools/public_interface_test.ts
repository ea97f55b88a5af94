import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "../harness.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** These load plugins, so that they are a part of the engine; `http` is a program of its own. */
const MACHINERY = ["plugins/foreign/", "plugins/isolation", "plugins/http"];

interface Taken {
  /** The module of core. */
  readonly module: string;
  /** What it exports. */
  readonly name: string;
}

const STATEMENT =
  /(?:import|export) (?:type )?(\{[^}]*\}|\*(?: as \w+)?) from\s+"((?:\.\.?\/)+core\/[^"]+)"/g;

/** What a module takes from core, types too, or hands on of it. `*` is all. */
function takenFrom(text: string, file: string): readonly Taken[] {
  const code = text.replace(/\/\*\*[^]*?\*\//g, "");
  return Array.from(code.matchAll(STATEMENT), ([, names = "", specifier = ""]) => {
    const module = join(dirname(file), specifier);
    return names.replace(/[{}]/g, "").split(",")
      .map((name) => name.trim().replace(/^type /, "").replace(/ as .*/, ""))
      .filter((name) => name !== "").map((name) => ({ module, name }));
  }).flat();
}

async function exportedBy(...entryPoints: readonly string[]): Promise<(taken: Taken) => boolean> {
  const exported = new Set<string>();
  for (const file of entryPoints) {
    for (const { module, name } of takenFrom(await readFile(join(ROOT, file), "utf8"), file)) {
      exported.add(`${module} ${name}`);
    }
  }
  return ({ module, name }) => exported.has(`${module} *`) || exported.has(`${module} ${name}`);
}

test("stages and plugins that come with Sluice take nothing that a stranger could not, types neither", async () => {
  const isExported = await exportedBy("plugin.ts", "kit.ts");
  const missing: string[] = [];
  let taken = 0;
  for (const folder of ["stages", "plugins"]) {
    for (const name of await readdir(join(ROOT, folder), { recursive: true })) {
      const file = `${folder}/${name}`;
      if (!file.endsWith(".ts") || MACHINERY.some((start) => file.startsWith(start))) continue;
      for (const found of takenFrom(await readFile(join(ROOT, file), "utf8"), file)) {
        taken++;
        if (!isExported(found)) missing.push(`${file} takes ${found.name} of ${found.module}`);
      }
    }
  }
  assert.ok(taken > 200, `Only ${taken} imports were found`);
  assert.deepEqual(missing, []);
});
