import { equal } from "node:assert/strict";
import { LiveView } from "../../cli/live_view.ts";
import { COLORED, type Paint, PLAIN } from "../../cli/paint.ts";
import { RunStates } from "../../cli/run_states.ts";
import { childRunId } from "../../core/engine/run_id.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { test } from "../harness.ts";
import { begins, job, journal, plan, START, type Step, succeeds } from "../render/journal.ts";
import { Screen } from "./screen.ts";

interface Watched {
  readonly screen: Screen;
  readonly view: LiveView;
  /** Has these events happen, and draws. */
  readonly happens: (events: readonly RunEvent[], afterMs?: number) => void;
}

function watched({ rows = 24, paint = PLAIN }: { rows?: number; paint?: Paint } = {}): Watched {
  const screen = new Screen();
  let now = START;
  const view = new LiveView(new RunStates(), {
    tell: (text) => screen.write(text),
    now: () => now,
    size: () => ({ columns: 60, rows }),
    paint,
  });
  const happens = (events: readonly RunEvent[], afterMs = 0) => {
    now += afterMs;
    view.events("run-1", events);
    view.draw();
  };
  return { screen, view, happens };
}

const PLAN = plan([job("load", ["Fetch", "Sort"]), job("report", ["Say"], { needs: ["load"] })]);
const FETCHED: Step = {
  type: "stage.settled",
  stage: "load[]/Fetch",
  attempt: 1,
  outcome: "succeeded",
  after: 900,
};

test("LiveView draws the run in its place", () => {
  const { screen, view, happens } = watched();
  const events = journal(PLAN, [
    ...begins("load", "Fetch"),
    FETCHED,
    { type: "stage.started", stage: "load[]/Sort", attempt: 1 },
  ]);
  screen.write("$ sluice run etl");
  happens(events.slice(0, 5));
  equal(screen.cursorVisible, false);
  view.lines("run-1", {
    at: 0,
    stage: "load[]/Fetch",
    attempt: 1,
    stream: "stdout",
    text: "page 1",
  });
  view.draw();
  equal(
    screen.text,
    `$ sluice run etl
⠙ etl  run-1
  ⠙ load
    ⠙ Fetch
      │ page 1
    ○ Sort
  ○ report`,
  );
  happens(events.slice(5), 900);
  equal(
    screen.text,
    `$ sluice run etl
⠹ etl  run-1
  ⠹ load
    ✓ Fetch  900ms
    ⠹ Sort
  ○ report`,
  );
  view[Symbol.dispose]();
});

test("LiveView leaves the whole run behind when it has ended", () => {
  const { screen, view, happens } = watched();
  happens(journal(plan([job("load", ["Fetch"])]), [
    ...begins("load", "Fetch"),
    ...succeeds("load", "Fetch", 250),
    { type: "run.settled", outcome: "succeeded" },
  ]));
  view.lines("run-1", {
    at: 0,
    stage: "load[]/Fetch",
    attempt: 1,
    stream: "stdout",
    text: "3 rows",
  });
  view[Symbol.dispose]();
  screen.write("$");
  equal(screen.cursorVisible, true);
  equal(
    screen.text,
    `✓ etl  run-1  250ms
  ✓ load  250ms
    ✓ Fetch  250ms
      │ 3 rows
$`,
  );
});

test("LiveView puts what it is told above the run", () => {
  const { screen, view, happens } = watched();
  happens(journal(plan([job("load", ["Fetch"])]), begins("load", "Fetch")));
  view.tell("Ending early");
  view.draw();
  equal(
    screen.text,
    `Ending early
⠹ etl  run-1
  ⠹ load
    ⠹ Fetch`,
  );
  view[Symbol.dispose]();
});

test("LiveView of a run that never began leaves nothing behind", () => {
  const { screen, view } = watched();
  view.draw();
  view[Symbol.dispose]();
  equal(screen.text, "");
});

test("LiveView shows what the run of a trigger stage prints at that stage", () => {
  const { screen, view, happens } = watched();
  const trigger = plan([job("load", ["Start"])]);
  happens(journal(trigger, begins("load", "Start")));
  const child = childRunId("run-1", "load[]/Start#1");
  const [begun] = journal(plan([job("inner", ["Echo"])], { workflow: "child" }), []);
  view.events(child, begun === undefined ? [] : [begun]);
  view.lines(child, { at: 0, stage: "inner[]/Echo", attempt: 1, stream: "stdout", text: "inside" });
  view.draw();
  equal(
    screen.text,
    `⠙ etl  run-1
  ⠙ load
    ⠙ Start
      │ inside`,
  );
  view[Symbol.dispose]();
});

test("LiveView stays within the terminal, whatever colours and names are", () => {
  const names = Array.from({ length: 40 }, (_, i) => `job-${i}-${"x".repeat(100)}`);
  const { screen, view, happens } = watched({ rows: 10, paint: COLORED });
  happens(journal(plan(names.map((name) => job(name, ["Work"]))), [
    ...names.slice(0, 20).flatMap((name) => begins(name, "Work")),
  ]));
  const lines = screen.text.split("\n");
  equal(lines.length, 8);
  equal(lines.every((line) => line.length < 60), true);
  view[Symbol.dispose]();
});
