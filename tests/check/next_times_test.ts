import { deepEqual, equal, match } from "node:assert/strict";
import { type Clockwork, nextTimes, nextTimesNote } from "../../core/check/next_times.ts";
import { checkWorkflow } from "../../core/check/check_workflow.ts";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { CronSchedule } from "../../core/model/triggers.ts";
import { cronCalendar } from "../../plugins/cron.ts";
import { codeFrame } from "../../core/source/code_frame.ts";
import { test } from "../harness.ts";

const TIMES: Clockwork = { nowMs: Date.UTC(2026, 9, 24, 12), next: cronCalendar().next };

function loaded(cron: string, timezone: string) {
  const text = `w: {type: Workflow, on: [{schedule: {cron: "${cron}", timezone: ${timezone}}}]}`;
  return loadFile(text, "w.yml", { stages: [] }).workflows[0]!;
}

function scheduleOf(cron: string, timezone = "UTC"): CronSchedule {
  const [schedule] = loaded(cron, timezone).triggers.schedules;
  if (schedule?.type !== "cron") throw new Error("no cron text");
  return schedule;
}

test("nextTimes() gives the next five, as a clock in the zone shows them over a change of clocks", () => {
  deepEqual(nextTimes(scheduleOf("30 6 * * *", "Europe/Oslo"), TIMES), [
    "Sun 2026-10-25 06:30 UTC+01:00",
    "Mon 2026-10-26 06:30 UTC+01:00",
    "Tue 2026-10-27 06:30 UTC+01:00",
    "Wed 2026-10-28 06:30 UTC+01:00",
    "Thu 2026-10-29 06:30 UTC+01:00",
  ]);
});

test("nextTimes() tells the two times apart that a clock shows twice", () => {
  deepEqual(nextTimes(scheduleOf("*/30 2 25 10 *", "Europe/Oslo"), TIMES).slice(0, 4), [
    "Sun 2026-10-25 02:00 UTC+02:00",
    "Sun 2026-10-25 02:30 UTC+02:00",
    "Sun 2026-10-25 02:00 UTC+01:00",
    "Sun 2026-10-25 02:30 UTC+01:00",
  ]);
});

test("nextTimes() ends where the schedule does", () => {
  deepEqual(nextTimes(scheduleOf("0 30 6 1 1 * 2027"), TIMES), ["Fri 2027-01-01 06:30 UTC"]);
  equal(nextTimesNote(scheduleOf("0 30 6 1 1 * 2020"), TIMES), undefined);
});

test("a suspicious schedule is shown with its next times, where there is a clock", () => {
  const workflow = loaded("* 6 * * *", "Asia/Tokyo");
  const suspicious = (facts = {}) =>
    checkWorkflow(workflow, facts).find(({ code }) => code === "cron-suspicious");
  const found = suspicious({ times: TIMES });
  match(
    found?.notes?.[0] ?? "",
    /^it fires next at Sun 2026-10-25 06:00 UTC\+09:00, .* \(Asia\/Tokyo\)$/,
  );
  match(codeFrame(found!, workflow.document.text), /\n {2}= note: it fires next at /);
  equal(suspicious()?.message, found?.message);
  equal(suspicious()?.notes, undefined);
});
