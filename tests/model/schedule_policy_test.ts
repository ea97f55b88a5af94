import { deepEqual, equal, match } from "node:assert/strict";
import { momentOf } from "../../core/model/moment.ts";
import { DEFAULT_POLICY } from "../../core/model/schedule_policy.ts";
import { slotsKey } from "../../core/model/triggers.ts";
import { test } from "../harness.ts";
import { saidOf, workflowIn } from "./loading.ts";

function policyIn(text: string) {
  return workflowIn(`w: {type: Workflow, ${text}}`).triggers.schedules[0]?.policy;
}

function firstOf(text: string): string {
  return saidOf(`w: {type: Workflow, ${text}}`)[0] ?? "";
}

test("readPolicy() takes the entry before the workflow, and the workflow before the defaults", () => {
  deepEqual(policyIn("on: [{every: 1m}]"), DEFAULT_POLICY);
  deepEqual(
    policyIn(
      "overlap: queue, catch-up: all, on: [{every: 1m, catch-up: latest, catch-up-window: 2h, jitter: 5}]",
    ),
    {
      catchUp: "latest",
      catchUpWindowMs: 7_200_000,
      overlap: "queue",
      jitterMs: 5_000,
    },
  );
});

test("readPolicy() refuses what contradicts itself, where it was written", () => {
  match(
    firstOf("on: [{every: 1m, catch-up-window: 1h}]"),
    /policy-contradiction .*"catch-up" is "none"/,
  );
  match(
    firstOf("catch-up: all, overlap: skip, on: [{every: 1m}]"),
    /policy-contradiction .*"overlap: queue"/,
  );
  match(
    firstOf("catch-up: all, on: [{every: 1m, overlap: cancel-running}]"),
    /policy-contradiction/,
  );
  match(firstOf("on: [{every: 1m, jitter: 1m}]"), /policy-contradiction .*beyond the next slot/);
  match(
    firstOf("on: [{every: 1h, catch-up: all, catch-up-window: 5m, jitter: 10m}]"),
    /policy-contradiction/,
  );
  equal(
    saidOf("w: {type: Workflow, catch-up: all, overlap: skip, on: [{every: 1m}, {every: 2m}]}")
      .length,
    1,
  );
});

test("readPolicy() refuses what is none", () => {
  match(firstOf("on: [{every: 1m, catch-up: yes}]"), /"none", "latest", "all"/);
  match(
    firstOf("overlap: forbid, on: [{every: 1m}]"),
    /"allow", "skip", "queue", "cancel-running"/,
  );
  match(firstOf("on: [{every: 1m, jitter: soon}]"), /"jitter" must be a length of time/);
  match(
    firstOf("on: [{every: 1m, catch-up: all, catch-up-window: 0}]"),
    /"catch-up-window" must be/,
  );
});

test("readTriggers() reads lengths of time and single moments", () => {
  const { schedules } = workflowIn(
    "w: {type: Workflow, on: [{every: 90s}, {at: '2027-03-28T12:00', tz: Europe/Berlin}, {at: '2027-01-01T00:00+02:00'}]}",
  ).triggers;
  deepEqual(schedules.map(({ text }) => text), [
    "every 90s",
    "at 2027-03-28T12:00",
    "at 2027-01-01T00:00+02:00",
  ]);
  deepEqual(schedules.map(slotsKey), [
    "every 90000",
    `at ${Date.UTC(2027, 2, 28, 10)}`,
    `at ${Date.UTC(2026, 11, 31, 22)}`,
  ]);
  match(firstOf("on: [{every: 500ms}]"), /at least "1s"/);
  match(firstOf("on: [{every: often}]"), /such as "10s"/);
  match(firstOf("on: [{at: tomorrow}]"), /Cannot read the moment "tomorrow"/);
  match(
    firstOf("on: [{at: '2027-03-28T02:30', tz: Europe/Berlin}]"),
    /There is no "2027-03-28T02:30" in Europe\/Berlin/,
  );
  match(firstOf("on: [{every: 60s}, {every: 1m}]"), /schedule-duplicate/);
});

test("readTriggers() reads which end of another workflow is followed", () => {
  const { releases } = workflowIn(
    "w: {type: Workflow, on: {release: [a, {workflow: b, when: failure}]}}",
  ).triggers;
  deepEqual(releases.map(({ workflow, when }) => [workflow, when]), [["a", "success"], [
    "b",
    "failure",
  ]]);
  match(firstOf("on: {release: {workflow: b, when: sometimes}}"), /"success", "failure", "always"/);
  match(firstOf("on: {release: w}"), /release-cycle Workflow "w" follows itself/);
});

test("momentOf() reads a time that a clock shows twice as the first one", () => {
  deepEqual(momentOf("2026-10-25T02:30", "Europe/Berlin"), {
    ok: true,
    atMs: Date.UTC(2026, 9, 25, 0, 30),
  });
  deepEqual(momentOf("2026-04-05T01:45", "Australia/Lord_Howe"), {
    ok: true,
    atMs: Date.UTC(2026, 3, 4, 14, 45),
  });
  deepEqual(momentOf("2026-07-01", "Asia/Tehran"), {
    ok: true,
    atMs: Date.UTC(2026, 5, 30, 20, 30),
  });
  equal(momentOf("2026-10-04T02:15", "Australia/Lord_Howe").ok, false);
});
