import { deepEqual, equal, match } from "node:assert/strict";
import { loadFile } from "../../core/model/load_workflow.ts";
import type { Triggers } from "../../core/model/triggers.ts";
import { z } from "zod";
import { test } from "../harness.ts";
import intervals from "../vectors/interval2crontab.json" with { type: "json" };
import { saidOf, workflowIn } from "./loading.ts";

function triggersIn(on: string): Triggers {
  return workflowIn(`w: {type: Workflow, on: ${on}}`).triggers;
}

function saidOfTriggers(on: string): readonly string[] {
  return saidOf(`w: {type: Workflow, on: ${on}}`);
}

function timed({ schedules }: Triggers): readonly (readonly [string, string])[] {
  return schedules.map(({ text, timezone }) => [text, timezone]);
}

test("readTriggers() reads a list, each entry in its own time zone", () => {
  const triggers = triggersIn(
    "[{cron: '0 2 * * *', timezone: UTC}, {cronjob: '0 9 * * 1', tz: America/New_York}, {manual: true}]",
  );
  deepEqual(timed(triggers), [["0 2 * * *", "UTC"], ["0 9 * * 1", "America/New_York"]]);
  equal(triggers.manual, true);
  equal(triggers.schedules[1]?.type === "cron" && triggers.schedules[1].fields.hour, "9");
});

test("readTriggers() reads a mapping", () => {
  const triggers = triggersIn(
    "{schedule: [{cronjob: '2 * * * *'}], release: [a, b], manual: false}",
  );
  deepEqual(timed(triggers), [["2 * * * *", "UTC"]]);
  deepEqual(triggers.releases.map(({ workflow }) => workflow), ["a", "b"]);
  equal(triggers.manual, false);
  deepEqual(triggersIn("[{release: a}]").releases[0]?.workflow, "a");
  deepEqual(timed(triggersIn("{cron: '@daily'}")), [["@daily", "UTC"]]);
});

test("readTriggers() turns intervals into the times that they say (W-30)", () => {
  for (const { interval, day, time, correct } of intervals) {
    const on = JSON.stringify({ schedule: [{ interval, ...(day && { day }), time }] });
    equal(timed(triggersIn(on))[0]?.[0], correct);
  }
});

test("readTriggers() says what is wrong with a schedule, where it is wrong", () => {
  match(
    saidOf("w:\n  type: Workflow\n  on:\n    - cron: '61 * * * *'\n")[0] ?? "",
    /^4:13 cron-invalid The minute field/,
  );
  match(
    saidOfTriggers("[{cron: '* * * * *', timezone: Asia/Bangkog}]")[0] ?? "",
    /timezone-unknown .*did you mean "Asia\/Bangkok"/,
  );
  match(
    saidOfTriggers("[{cron: '* * * * *', tiemzone: UTC}]")[0] ?? "",
    /Unknown key "tiemzone" in a schedule/,
  );
  match(
    saidOfTriggers("{schedule: [{timezone: UTC}]}")[0] ?? "",
    /A schedule has a "cron" text or an "interval"/,
  );
  match(
    saidOfTriggers("[{interval: hourly}]")[0] ?? "",
    /must be one of "daily", "weekly", "monthly"/,
  );
  match(
    saidOfTriggers("[{interval: daily, day: monday}]")[0] ?? "",
    /A daily interval has no "day"/,
  );
  match(saidOfTriggers("[{interval: weekly, day: someday}]")[0] ?? "", /is a weekday/);
  match(saidOfTriggers("[{interval: daily, time: '24:00'}]")[0] ?? "", /"HH:MM"/);
});

test("readTriggers() refuses a schedule that is there twice, and more than ten", () => {
  const twice = "{schedule: [{cronjob: '2 * * * *'}, {cronjob: '2  * * * *'}]}";
  match(saidOfTriggers(twice)[0] ?? "", /schedule-duplicate/);
  deepEqual(saidOfTriggers("[{cron: '2 * * * *'}, {cron: '2 * * * *', tz: Asia/Tokyo}]"), []);
  const eleven = Array.from({ length: 11 }, (_, minute) => `{cron: '${minute} * * * *'}`);
  match(
    saidOfTriggers(`[${eleven.join()}]`)[0] ?? "",
    /too-many A workflow has at most 10 schedules/,
  );
});

test("readTriggers() keeps what a plugin provides", () => {
  const text = "w: {type: Workflow, on: [{hook: {path: /etl}}, {hook: [{path: /a}, {path: /b}]}]}";
  const { workflows, diagnostics } = loadFile(text, "w.yml", { stages: [], triggers: [HOOK] });
  deepEqual(diagnostics, []);
  deepEqual(workflows[0]?.triggers.others, [
    { type: "hook", with: { path: "/etl" }, path: ["w", "on", 0, "hook"] },
    { type: "hook", with: { path: "/a" }, path: ["w", "on", 1, "hook", 0] },
    { type: "hook", with: { path: "/b" }, path: ["w", "on", 1, "hook", 1] },
  ]);
});

test("readTriggers() refuses what a trigger of a plugin does not take, and too many of them", () => {
  const saidOfHook = (on: string) =>
    loadFile(`w: {type: Workflow, on: ${on}}`, "w.yml", { stages: [], triggers: [HOOK] })
      .diagnostics.map(({ code, severity, message }) => `${severity} ${code} ${message}`);
  deepEqual(saidOfHook("[{hook: {paht: /etl}}]"), [
    'error key-missing Trigger "hook" has no "path", which it needs',
    'error key-unknown Unknown key "paht" in trigger "hook"; did you mean "path"?',
  ]);
  match(saidOfHook("{hook: 5}")[0] ?? "", /error value-invalid .*must be a mapping/);
  match(saidOfHook("{hook: {path: a, method: POST}}")[0] ?? "", /warning key-inert/);
  match(
    saidOfHook("{hook: [{path: a}, {path: b}, {path: c}, {path: d}]}")[0] ?? "",
    /error too-many A workflow has at most 3 of the trigger "hook"/,
  );
  match(saidOfHook("{hok: {path: a}}")[0] ?? "", /did you mean "hook"/);
});

const HOOK = {
  ...{ name: "hook", summary: "Somebody calls.", fields: { path: z.string() } },
  ...{ inert: ["method"], most: 3 },
};

test("readTriggers() warns of a trigger that is described and not installed, and refuses unknown ones", () => {
  match(
    saidOfTriggers("{file: [{path: /data}]}")[0] ?? "",
    /warning trigger-missing Nothing starts this workflow on "file"/,
  );
  match(
    saidOfTriggers("{wobhook: {}}")[0] ?? "",
    /Unknown trigger "wobhook"; did you mean "webhook"/,
  );
  match(saidOfTriggers("{scheduel: []}")[0] ?? "", /did you mean "schedule"/);
  match(
    saidOfTriggers("[every_3_minute]")[0] ?? "",
    /Cannot read the trigger: it is the text "every_3_minute"; write a mapping such as/,
  );
  match(saidOfTriggers("{manual: sometimes}")[0] ?? "", /must be true or false/);
});
