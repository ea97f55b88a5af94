import { deepEqual, equal } from "node:assert/strict";
import { type Grouping, withGroups } from "../../tools/build_groups.ts";
import { test } from "../harness.ts";

const MODULES = new Map([
  [
    "main.ts",
    'import { a } from "./core/a.ts";\nawait import("./cli/list.ts");\nimport("./late.ts");',
  ],
  ["cli/list.ts", 'import { b } from "../core/b.ts";\nimport type { T } from "../late.ts";'],
  ["cli/thread.ts", 'import "../core/c.ts";'],
  ["late.ts", 'export * from "./core/c.ts";'],
  ["core/a.ts", 'await import("../apart.ts");'],
  ["core/b.ts", 'import {\n  c,\n} from "./c.ts";\nimport { d } from "./d.ts";'],
  ["core/c.ts", ""],
  ["core/d.ts", ""],
  ["apart.ts", 'import "./core/d.ts";'],
]);

const GROUPING: Grouping = {
  groups: [
    { name: "start", starts: ["core/a.ts"] },
    { name: "list", starts: ["cli/list.ts"] },
  ],
  awaited: ["apart.ts"],
  threads: ["cli/thread.ts"],
  isFirst: (part) => part.startsWith("cli/"),
};

function grouped(skippedBelow = 0): ReadonlyMap<string, string> {
  const groups = GROUPING.groups.map((group) => ({ ...group, skippedBelow }));
  return withGroups(MODULES, { ...GROUPING, groups });
}

test("withGroups() names all that the starts of a group lead to, each in one group", () => {
  equal(grouped().get("group_start.ts"), 'import "./core/a.ts";');
  deepEqual(grouped().get("group_list.ts")?.split("\n").sort(), [
    'import "./cli/list.ts";',
    'import "./core/b.ts";',
    'import "./core/c.ts";',
  ]);
});

test("withGroups() makes every part that needs some of a group lead to all of it", () => {
  const modules = grouped();
  equal(modules.get("cli/list.ts"), `import "../group_list.ts";\n${MODULES.get("cli/list.ts")}`);
  equal(modules.get("late.ts"), `import "./group_list.ts";\n${MODULES.get("late.ts")}`);
  equal(modules.get("cli/thread.ts"), 'import "../group_list.ts";\nimport "../core/c.ts";');
  equal(modules.get("main.ts"), MODULES.get("main.ts"));
});

test("withGroups() keeps what a module waits for while it is read out of every group", () => {
  const modules = grouped();
  equal(modules.get("apart.ts"), MODULES.get("apart.ts"));
  for (const name of ["start", "list"]) {
    equal(/apart|core\/d/.test(modules.get(`group_${name}.ts`) ?? "apart"), false, name);
  }
});

test("withGroups() spares a command a group of which it needs little, and no later part", () => {
  const modules = grouped(1);
  equal(modules.get("cli/list.ts"), MODULES.get("cli/list.ts"));
  equal(modules.get("late.ts"), `import "./group_list.ts";\n${MODULES.get("late.ts")}`);
});
