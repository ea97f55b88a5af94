import { deepEqual, equal } from "node:assert/strict";
import { Agenda } from "../../core/run/agenda.ts";
import { test } from "../harness.ts";

function opened<Item>(): Agenda<Item> {
  const agenda = new Agenda<Item>();
  agenda.open();
  return agenda;
}

test("Agenda takes nothing before it is opened", () => {
  const agenda = new Agenda<string>();
  agenda.add("a");
  agenda.open();
  equal(agenda.take(), undefined);
});

test("Agenda is first come first served, and holds each item once", () => {
  const agenda = opened<string>();
  agenda.add("a");
  agenda.add("b");
  agenda.add("a");
  deepEqual([agenda.take(), agenda.take(), agenda.take()], ["a", "b", undefined]);
});

test("Agenda takes an item again once it has been taken", () => {
  const agenda = opened<string>();
  agenda.add("a");
  agenda.take();
  agenda.add("a");
  equal(agenda.take(), "a");
});

test("Agenda keeps its order over many items", () => {
  const agenda = opened<number>();
  const taken: (number | undefined)[] = [];
  for (let n = 0; n < 10_000; n++) {
    agenda.add(2 * n);
    agenda.add(2 * n + 1);
    taken.push(agenda.take());
  }
  deepEqual(taken, Array.from({ length: 10_000 }, (_, n) => n));
});
