import assert from "node:assert/strict";
import { z } from "zod";
import { CALLER, type Caller, defineCaller, isCaller } from "../../core/plugin/caller.ts";
import { test } from "../harness.ts";

const run = () => ({});

test("defineCaller() names a function as uses spells it", () => {
  const named = (definition: { name: string; alias?: string; tag?: string }) => {
    const { name, tag } = defineCaller({ ...definition, run });
    return `${name}@${tag}`;
  };
  assert.equal(named({ name: "copy_rows" }), "copy-rows@latest");
  assert.equal(named({ name: "copy_rows", tag: "v1.2" }), "copy-rows@v1.2");
  assert.equal(named({ name: "copy_rows", alias: "db/copy_all" }), "db/copy_all@latest");
});

test("defineCaller() refuses a name that uses could not spell", () => {
  for (const name of ["", "a b", "a@b", "/a", "a/", "ä"]) {
    assert.throws(() => defineCaller({ name, run }), { name: "RangeError" }, name);
  }
  assert.throws(() => defineCaller({ name: "a", tag: "", run }), { name: "RangeError" });
});

test("defineCaller() keeps what tells of its input, and runs the function", () => {
  const input = z.object({ n: z.int(), token: z.string() });
  const caller: Caller<z.infer<typeof input>> = defineCaller({
    name: "twice",
    input,
    secrets: ["token"],
    run: ({ n }) => ({ n: n * 2 }),
  });
  assert.equal(caller.input, input);
  assert.deepEqual(caller.secrets, ["token"]);
  const context = {
    result: { runId: "r", key: "k", attempt: 1 },
    extras: {},
    signal: new AbortController().signal,
    log: () => {},
  };
  assert.deepEqual(caller.run({ n: 2, token: "t" }, context), { n: 4 });
});

test("isCaller() knows a function that another copy of the module made", () => {
  assert.ok(isCaller(defineCaller({ name: "a", run })));
  assert.ok(isCaller({ [Symbol.for("sluice.caller")]: true }));
  assert.equal(CALLER, Symbol.for("sluice.caller"));
});

test("isCaller() knows nothing else", () => {
  for (
    const value of [run, null, undefined, "a", {}, Object.create(defineCaller({ name: "a", run }))]
  ) {
    assert.ok(!isCaller(value));
  }
});
