import { deepEqual, equal, throws } from "node:assert/strict";
import { parsePluginUse, specifierProblem } from "../../core/model/plugin_use.ts";
import { formatLock, type LockedPlugin, parseLock } from "../../plugins/foreign/lock_file.ts";
import { test } from "../harness.ts";

const DIGEST = `sha256-${"0".repeat(64)}`;
const PLUGIN: LockedPlugin = {
  specifier: "./greet.ts",
  resolved: "./greet.ts",
  modules: { "./greet.ts": DIGEST },
  packages: ["zod@4.6.7"],
  code: DIGEST,
  manifest: {
    name: "greeting",
    permissions: { net: ["${{ input.url | host }}"] },
    stages: [{
      ...{ name: "greet", keys: ["greet"], summary: "Greets." },
      fields: { type: "object", properties: { greet: { type: "string" } }, required: ["greet"] },
    }],
  },
  granted: {},
};

test("parseLock() gives back what formatLock() wrote", () => {
  deepEqual(parseLock(formatLock([PLUGIN])), [PLUGIN]);
});

test("parseLock() refuses what nobody could have installed", () => {
  const { manifest } = PLUGIN;
  const [stage] = manifest.stages;
  const wrong: readonly Partial<LockedPlugin>[] = [
    { code: "../../etc/passwd" },
    { granted: { net: ["*"] } },
    { manifest: { ...manifest, name: "__proto__" } },
    { manifest: { ...manifest, stages: [{ ...stage!, keys: ["other"] }] } },
    { manifest: { ...manifest, stages: [{ ...stage!, fields: { type: "string" } }] } },
    { specifier: "greet.ts" },
  ];
  for (const change of wrong) {
    throws(() => parseLock(formatLock([{ ...PLUGIN, ...change }])), /Cannot read sluice\.lock: it/);
  }
  throws(() => parseLock("{"), /it is no JSON/);
  throws(() => parseLock('{"version": 2, "plugins": {}}'), /does not fit at "version"/);
});

test("parsePluginUse() tells a plugin from a function of a registry folder", () => {
  deepEqual(parsePluginUse("../a/b.ts#c"), { specifier: "../a/b.ts", stage: "c" });
  deepEqual(parsePluginUse("jsr:@a/b@1.2.3#c"), { specifier: "jsr:@a/b@1.2.3", stage: "c" });
  equal(parsePluginUse("tasks/run@latest"), undefined);
  equal(parsePluginUse("a.b/c#d@v1"), undefined);
});

test("specifierProblem() asks for an exact version of a package", () => {
  for (const name of ["npm:a@1.2.3", "npm:@a/b@1.2.3-rc.1/sub", "jsr:@a/b@0.1.0", "./a.ts"]) {
    equal(specifierProblem(name), undefined, name);
  }
  for (const name of ["npm:a", "npm:a@^1.2.3", "npm:@a/b", "jsr:@a/b@1", "http://a", "a.ts"]) {
    equal(typeof specifierProblem(name), "string", name);
  }
});
