import { deepEqual, equal, ok } from "node:assert/strict";
import { type ScheduledWorkflow, TriggerPool } from "../../core/schedule/scheduled_workflow.ts";
import { ScheduleTable } from "../../core/schedule/schedule_table.ts";
import type { Calendar } from "../../core/schedule/slots.ts";
import { WakeQueue } from "../../core/schedule/wake_queue.ts";
import { test } from "../harness.ts";
import { calendar, HOUR, load, MINUTE, NEW_YEAR, workflowText } from "./rig.ts";

function scheduled(name: string, on: string, pool = new TriggerPool()): ScheduledWorkflow {
  const text = workflowText(name, on);
  const [workflow] = load(text).workflows;
  if (workflow === undefined) throw new Error(JSON.stringify(load(text).diagnostics));
  return { name, file: "w.yml", text, triggers: pool.pooled(workflow.triggers) };
}

function counting(): { readonly calendar: Calendar; asked: number } {
  const counter = {
    asked: 0,
    calendar: {
      next: (...of: Parameters<Calendar["next"]>) => {
        counter.asked++;
        return calendar.next(...of);
      },
      previous: calendar.previous,
    },
  };
  return counter;
}

const FACTS = { nowMs: NEW_YEAR, cursors: new Map<string, number>() };

test("TriggerPool makes one object of what is alike, and keeps what it means", () => {
  const pool = new TriggerPool();
  const on =
    "[{cron: '0 9 * * *', tz: Europe/Berlin}, {every: 1h, params: {a: 1}}, {release: other}]";
  const [one, other] = [scheduled("a", on, pool), scheduled("b", on, pool)];
  const [first] = one.triggers.schedules;
  const [second] = other.triggers.schedules;
  ok(first?.type === "cron" && second?.type === "cron");
  ok(first.fields === second.fields && first.policy === second.policy);
  const plain = load(workflowText("a", on)).workflows[0]!.triggers;
  const without = (value: unknown) =>
    JSON.parse(JSON.stringify(value, (key, it) => key === "path" ? undefined : it));
  deepEqual(without(one.triggers), without(plain));
});

test("ScheduleTable.plan() reckons a part of the schedules at a time, each once", () => {
  const counter = counting();
  const table = new ScheduleTable(counter.calendar);
  const workflows = Array.from(
    { length: 25 },
    (_, at) => scheduled(`w${at}`, `[{cron: '${at} 1 * * *'}]`),
  );
  equal(table.replace(workflows, FACTS).size, 25);
  equal(table.nextMs, undefined);
  deepEqual([table.plan(10), counter.asked], [true, 10]);
  deepEqual([table.plan(10), table.plan(10), counter.asked], [true, false, 25]);
  equal(table.nextMs, NEW_YEAR + HOUR);
});

test("ScheduleTable.upcoming() names who starts soon, so that nothing is reckoned when they do", () => {
  const counter = counting();
  const table = new ScheduleTable(counter.calendar);
  const soon = [
    scheduled("a", "[{cron: '5 * * * *'}]"),
    scheduled("b", "[{cron: '5 * * * *'}, {cron: '5,6 * * * *'}]"),
  ];
  table.replace([...soon, scheduled("c", "[{cron: '30 * * * *'}]")], FACTS);
  table.plan(Infinity);
  const slotMs = NEW_YEAR + 5 * MINUTE;
  deepEqual(
    table.upcoming(slotMs, { most: 10 }).map(({ entry }) => entry.workflow.name).sort(),
    ["a", "b", "b"],
  );
  equal(table.upcoming(slotMs, { most: 1 }).length, 1);
  const asked = counter.asked;
  const due = table.takeDue({ nowMs: slotMs, cursors: FACTS.cursors });
  deepEqual(due.map(({ due }) => due), [[slotMs], [slotMs], [slotMs]]);
  equal(counter.asked, asked);
  equal(table.nextMs, slotMs + MINUTE);
});

test("ScheduleTable.replace() lets go of what is dropped, and goes on where a changed workflow was", () => {
  const table = new ScheduleTable(calendar);
  const before = scheduled("a", "[{every: 1h}]");
  table.replace([before, scheduled("gone", "[{every: 1m}]")], FACTS);
  table.plan(Infinity);
  table.takeDue({ nowMs: NEW_YEAR + HOUR, cursors: FACTS.cursors });
  table.replace([scheduled("a", "[{every: 1h}]")], {
    ...FACTS,
    nowMs: NEW_YEAR + 3 * HOUR,
  });
  table.plan(Infinity);
  deepEqual([table.size, table.nextMs], [1, NEW_YEAR + 2 * HOUR]);
});

test("WakeQueue.until() names all up to a moment and drop() lets go of some, whatever the order", () => {
  const queue = new WakeQueue<number>();
  const wakes = Array.from({ length: 200 }, (_, at) => (at * 7_919) % 211);
  for (const wake of wakes) queue.add(wake, wake);
  const upTo = (ms: number) => wakes.filter((wake) => wake <= ms).sort((a, b) => a - b);
  deepEqual([...queue.until(50)].sort((a, b) => a - b), upTo(50));
  queue.drop((wake) => wake % 2 === 0);
  const left: number[] = [];
  for (let next = queue.takeDue(Infinity); next !== undefined; next = queue.takeDue(Infinity)) {
    left.push(next);
  }
  deepEqual(left, upTo(Infinity).filter((wake) => wake % 2 === 1));
});
