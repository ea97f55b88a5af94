import assert from "node:assert/strict";
import { Datetime } from "../../core/expr/datetime.ts";
import { foreach, MAX_ITEMS } from "../../stages/foreach.ts";
import { test } from "../harness.ts";
import { expandStage, opened, planned, problemsIn } from "./expand_stage.ts";

const EACH = "name: f\nforeach: ${{ params.x }}\nstages: [{name: n, echo: x}]";

function over(x: unknown, further = "") {
  const names = { params: { x } as never };
  return { yaml: `${EACH}\n${further}`, names };
}

async function keysOver(x: unknown, further = ""): Promise<readonly string[]> {
  const { yaml, names } = over(x, further);
  return (await opened(foreach(), yaml, { names })).branches.map(({ key }) => key);
}

test("foreach opens a branch for each item, one at a time and fail-fast", async () => {
  assert.deepEqual(
    await opened(foreach(), "name: f\nforeach: [a, 2]\nstages: [{echo: x, id: n}]"),
    {
      branches: [
        { key: "a", body: "stages", bindings: { item: "a", loop: 0 } },
        { key: "2", body: "stages", bindings: { item: 2, loop: 1 } },
      ],
      limit: 1,
      failFast: true,
      again: false,
      header: { items: ["a", 2] },
      noun: "item",
      under: "foreach",
      shown: ["item"],
    },
  );
});

test("foreach keeps its stages", () => {
  const { bodies, input } = planned(foreach(), EACH);
  assert.equal(bodies?.stages?.[0]?.name, "n");
  assert.deepEqual(input.stages, []);
});

test("foreach without stages has none", async () => {
  assert.equal((await opened(foreach(), "name: f\nforeach: [1]")).branches.length, 1);
  assert.deepEqual(planned(foreach(), "name: f\nforeach: [1]").bodies, { stages: [] });
});

test("foreach over an empty list opens nothing", async () => {
  const { branches, header } = await opened(foreach(), "name: f\nforeach: []");
  assert.deepEqual([branches, header], [[], { items: [] }]);
});

test("foreach reads a list out of a text, as JSON or as Python writes it", async () => {
  assert.deepEqual(await keysOver('[1, "b"]'), ["1", "b"]);
  assert.deepEqual(await keysOver("['a', None, True]"), ["a", "None", "True"]);
});

test("foreach refuses what is no list", async () => {
  const refused = [
    ["test", "Does not support string foreach: 'test' that can not convert to list."],
    ["1, 2, 3", "Does not support string foreach: '1, 2, 3' that can not convert to list."],
    ["", "Does not support string foreach: '' that can not convert to list."],
    ['{"a": 1}', `Does not support string foreach: '{"a": 1}' that can not convert to list.`],
    [{ a: 1 }, "Does not support dict foreach: {'a': 1} (<class 'dict'>) yet."],
    [5, "Does not support int foreach: 5 (<class 'int'>) yet."],
    [null, "Does not support NoneType foreach: None (<class 'NoneType'>) yet."],
  ] as const;
  for (const [x, message] of refused) {
    const { yaml, names } = over(x);
    await assert.rejects(expandStage(foreach(), yaml, { names }), { name: "TypeError", message });
  }
});

test("foreach refuses items that would share a key", async () => {
  for (const x of [[1, 1, 2], [1, "1"], [true, "True"]]) {
    const { yaml, names } = over(x);
    await assert.rejects(expandStage(foreach(), yaml, { names }), {
      name: "ValueError",
      message: /^Foreach item should not duplicate/,
    });
  }
});

test("foreach takes twins, lists and mappings by their index", async () => {
  for (const key of ["use_index_as_key", "use-index-as-key"]) {
    assert.deepEqual(await keysOver([1, 1, { a: 1 }, [2]], `${key}: true`), ["0", "1", "2", "3"]);
  }
});

test("foreach says that a mapping has no key of its own", async () => {
  const { yaml, names } = over([{ a: 1 }]);
  await assert.rejects(expandStage(foreach(), yaml, { names }), {
    name: "TypeError",
    message: /set "use_index_as_key: true"$/,
  });
});

test("foreach hands on items with their types", async () => {
  const day = new Datetime(0, { kind: "date" });
  const { yaml, names } = over([day, 1.5, null, "x"]);
  const { branches } = await opened(foreach(), yaml, { names });
  assert.deepEqual(branches.map(({ key }) => key), ["1970-01-01", "1.5", "None", "x"]);
  assert.deepEqual(branches.map(({ bindings }) => bindings.item), [day, 1.5, null, "x"]);
});

test("foreach refuses keys that would change what a mapping is, and long ones", async () => {
  for (const item of ["__proto__", "constructor", "x".repeat(201)]) {
    const { yaml, names } = over([item]);
    await assert.rejects(expandStage(foreach(), yaml, { names }), { name: "ValueError" });
    assert.deepEqual(await keysOver([item], "use_index_as_key: true"), ["0"]);
  }
});

test("foreach refuses more items than its bound", async () => {
  const { yaml, names } = over(Array.from({ length: MAX_ITEMS + 1 }, (_, index) => index));
  await assert.rejects(expandStage(foreach(), yaml, { names }), {
    name: "ValueError",
    message: /at most 100000 items; this list has 100001$/,
  });
});

test("foreach runs up to nine items at once, in either spelling", async () => {
  for (const key of ["concurrent", "concurrency"]) {
    const { yaml, names } = over([1], `${key}: 9`);
    assert.equal((await opened(foreach(), yaml, { names })).limit, 9);
    assert.match(problemsIn(foreach(), over([1], `${key}: 10`).yaml).join(), /concurren/);
  }
  const { yaml, names } = over([1], "concurrent: ${{ params.x }}");
  await assert.rejects(expandStage(foreach(), yaml, { names }), { name: "ValueError" });
});
