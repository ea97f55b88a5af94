import { deepEqual, equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { PlannedGroup } from "../../core/plan/plan.ts";
import {
  granted,
  overflowOf,
  type PermitFacts,
  type PermitTable,
  queuesOf,
  withClaim,
  withReturn,
} from "../../core/schedule/permits.ts";
import { test } from "../harness.ts";

const ME = { id: "me", pid: 1, birth: "" };
const OTHER = { id: "other", pid: 2, birth: "" };
const ALIVE: PermitFacts = { at: 0, lives: () => true };

function group(name: string, more: Partial<PlannedGroup> = {}): PlannedGroup {
  return { name, limit: 1, onOverflow: "queue", ...more };
}

function claimed(
  table: PermitTable,
  runId: string,
  more: { groups?: PlannedGroup[]; priority?: number; holder?: typeof ME } = {},
): PermitTable {
  const claim = { runId, groups: [group("g")], priority: 0, holder: ME, ...more };
  return withClaim(table, claim);
}

function held(table: PermitTable): string[] {
  return table.filter(({ phase }) => phase === "held").map(({ runId }) => runId).sort();
}

test("queuesOf() says who goes on in a group, and how many go before", () => {
  let asked = ["a", "b", "c"].reduce((table, id) => claimed(table, id), [] as PermitTable);
  asked = granted(claimed(asked, "first", { priority: 1 }), ALIVE);
  deepEqual(queuesOf(asked, "first"), []);
  deepEqual(queuesOf(asked, "c"), [{ group: "g", heldBy: ["first"], ahead: 2 }]);
  deepEqual(queuesOf(asked, "a"), [{ group: "g", heldBy: ["first"], ahead: 0 }]);
  deepEqual(queuesOf(asked, "gone"), []);
});

test("granted() grants as many permits as the group's limit, first come first served", () => {
  const asked = ["a", "b", "c"].reduce((table, id) => claimed(table, id), [] as PermitTable);
  const table = granted(asked, ALIVE);
  deepEqual(held(table), ["a"]);
  deepEqual(held(granted(withReturn(table, "a"), ALIVE)), ["b"]);
});

test("granted() lets a higher priority go first", () => {
  let table = granted(claimed([], "now"), ALIVE);
  table = claimed(claimed(table, "low"), "high", { priority: 5 });
  deepEqual(held(granted(withReturn(table, "now"), ALIVE)), ["high"]);
});

test("granted() goes by priority and by asking, whatever the order of the table", () => {
  const asked = [3, 1, 2].map((seq) => claimed([], `r${seq}`).map((one) => ({ ...one, seq })));
  deepEqual(held(granted(asked.flat(), ALIVE)), ["r1"]);
  const urgent = asked.flat().map((one) => ({ ...one, priority: one.seq === 3 ? 1 : -1 }));
  for (const table of [urgent, urgent.toReversed()]) {
    deepEqual(held(granted(table, ALIVE)), ["r3"]);
  }
});

test("granted() keeps nobody back who needs another group", () => {
  const both = [group("full"), group("free")];
  let table = granted(claimed([], "holder", { groups: [group("full")] }), ALIVE);
  table = claimed(claimed(table, "both", { groups: both }), "free", { groups: [group("free")] });
  deepEqual(held(granted(table, ALIVE)), ["free", "holder"]);
});

test("granted() frees what the dead held", () => {
  const table = granted(claimed([], "dead", { holder: OTHER }), ALIVE);
  const facts = { at: 0, lives: ({ id }: { id: string }) => id === "me" };
  deepEqual(held(granted(claimed(table, "mine"), facts)), ["mine"]);
});

test("granted() begins no more within a time than the rate, whoever has ended meanwhile", () => {
  const groups = [group("g", { limit: 10, rate: { count: 2, perMs: 1_000 } })];
  const step = (table: PermitTable, at: number) => granted(table, { ...ALIVE, at });
  let table = ["a", "b", "c"].reduce((t, id) => claimed(t, id, { groups }), [] as PermitTable);
  table = step(table, 5_000);
  deepEqual(held(table), ["a", "b"]);
  table = step(withReturn(withReturn(table, "a"), "b"), 5_999);
  deepEqual(held(table), [], "two began less than a second ago");
  deepEqual(held(step(table, 6_000)), ["c"]);
});

test("granted() forgets what no rate counts any more", () => {
  const groups = [group("g", { rate: { count: 5, perMs: 1_000 } })];
  const table = withReturn(granted(claimed([], "a", { groups }), ALIVE), "a");
  equal(table.length, 1);
  equal(granted(table, { ...ALIVE, at: 1_000 }).length, 0);
});

test("overflowOf() lets a run wait, refuses it, or makes room, as its group says", () => {
  const full = granted(claimed(claimed([], "older"), "younger"), ALIVE);
  const asks = (onOverflow: PlannedGroup["onOverflow"]) =>
    overflowOf(full, { runId: "new", groups: [group("g", { onOverflow })] });
  deepEqual(asks("queue"), { displaced: [] });
  deepEqual(asks("skip"), { refusedBy: "g", displaced: [] });
  deepEqual(asks("cancel-newest"), { refusedBy: "g", displaced: [] });
  deepEqual(asks("cancel-oldest"), { displaced: ["older", "younger"] });
});

test("overflowOf() counts a run not against itself", () => {
  const table = granted(claimed([], "a"), ALIVE);
  const groups = [group("g", { onOverflow: "skip" })];
  deepEqual(overflowOf(table, { runId: "a", groups }), { displaced: [] });
});

const GROUPS = [
  group("one"),
  group("two", { limit: 2 }),
  group("rated", { limit: 3, rate: { count: 4, perMs: 50 } }),
];

const happening = fc.oneof(
  fc.record({
    kind: fc.constant("claim" as const),
    run: fc.nat(12),
    groups: fc.subarray(GROUPS, { minLength: 1 }),
    priority: fc.integer({ min: -2, max: 2 }),
    engine: fc.nat(2),
  }),
  fc.record({ kind: fc.constant("return" as const), run: fc.nat(12) }),
  fc.record({ kind: fc.constant("die" as const), engine: fc.nat(2) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(40) }),
);

test("a limit is never exceeded and nobody waits who may go on, whatever happens", () => {
  fc.assert(fc.property(fc.array(happening, { maxLength: 80 }), (happenings) => {
    let [table, at]: [PermitTable, number] = [[], 1_000];
    const lives = [0, 0, 0];
    const starts: { group: string; at: number }[] = [];
    const facts = () => ({
      at,
      lives: ({ pid, id }: { pid: number; id: string }) => id === `${pid}-${lives[pid]}`,
    });
    for (const event of happenings) {
      if (event.kind === "wait") at += event.ms;
      if (event.kind === "die") lives[event.engine]!++;
      if (event.kind === "return") table = withReturn(table, `r${event.run}`);
      if (event.kind === "claim") {
        const holder = {
          id: `${event.engine}-${lives[event.engine]}`,
          pid: event.engine,
          birth: "",
        };
        const { run, groups, priority } = event;
        table = withClaim(table, { runId: `r${run}`, groups, priority, holder });
      }
      const before = new Set(held(table));
      table = granted(table, facts());
      for (const permit of table) {
        if (permit.phase !== "held" || before.has(permit.runId)) continue;
        for (const { name } of permit.groups) starts.push({ group: name, at });
      }
      checkTable(table, { at, starts });
      deepEqual(granted(table, facts()), table, "nobody waits who may go on");
    }
  }));
});

function checkTable(
  table: PermitTable,
  { at, starts }: { at: number; starts: readonly { group: string; at: number }[] },
): void {
  equal(new Set(table.map(({ seq }) => seq)).size, table.length, "no two have one place");
  for (const { name, limit, rate } of GROUPS) {
    const members = table.filter(({ phase, groups }) =>
      phase === "held" && groups.some((group) => group.name === name)
    );
    ok(members.length <= limit, `no more than ${limit} hold a place in "${name}"`);
    if (rate === undefined) continue;
    const recent = starts.filter((start) => start.group === name && start.at > at - rate.perMs);
    ok(recent.length <= rate.count, `no more than ${rate.count} begin in ${rate.perMs} ms`);
  }
}
