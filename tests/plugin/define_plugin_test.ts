import { deepEqual, equal, throws } from "node:assert/strict";
import { z } from "zod";
import { definePlugin, isPlugin, PLUGIN, pluginIn } from "../../core/plugin/define_plugin.ts";
import { defineStage } from "../../core/plugin/stage_kind.ts";
import { test } from "../harness.ts";

function stage(name: string, keys: readonly string[] = [name]) {
  return defineStage({
    ...{ name, keys, summary: "Does nothing." },
    fields: Object.fromEntries(keys.map((key) => [key, z.string()])),
    execute: () => Promise.resolve({}),
  });
}

test("definePlugin() marks plain data so that any copy of the engine knows it", () => {
  const plugin = definePlugin({ name: "greeting", stages: [stage("greet")] });
  equal(isPlugin(plugin), true);
  equal(Object.hasOwn(plugin, Symbol.for("sluice.plugin")), true);
  deepEqual(Object.keys(plugin), ["name", "stages"]);
  equal(isPlugin({ name: "greeting" }), false);
  equal(isPlugin(Object.create(plugin)), false);
});

test("definePlugin() refuses what no workflow could name", () => {
  throws(() => definePlugin({ name: "" }), /"" is no name/);
  throws(() => definePlugin({ name: "__proto__" }), RangeError);
  throws(() => definePlugin({ name: "a", stages: [stage("Greet me")] }), /"Greet me" is no name/);
  throws(() => definePlugin({ name: "a", stages: [stage("b", [])] }), /no key to tell it by/);
  throws(() => definePlugin({ name: "a", stages: [stage("b"), stage("b")] }), /two of stage kind/);
  const keyless = { ...stage("b"), fields: {} };
  throws(() => definePlugin({ name: "a", stages: [keyless] }), /no field for its key "b"/);
});

test("definePlugin() refuses permissions that no flag could spell, templates aside", () => {
  throws(() => definePlugin({ name: "a", permissions: { net: ["https://a.com"] } }), /"net" has/);
  const templated = { net: ["${{ input.url | host }}"] };
  deepEqual(definePlugin({ name: "a", permissions: templated }).permissions, templated);
});

test("pluginIn() finds the one plugin of a module, whatever it is called", () => {
  const plugin = definePlugin({ name: "a" });
  equal(pluginIn({ other: 1, anything: plugin, again: plugin }), plugin);
  throws(() => pluginIn({ a: { name: "a" } }), /exports no plugin/);
  throws(
    () => pluginIn({ plugin, second: definePlugin({ name: "b" }) }),
    /two plugins, "a" and "b"/,
  );
  equal(plugin[PLUGIN], true);
});
