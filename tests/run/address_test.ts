import { deepEqual, equal } from "node:assert/strict";
import fc from "fast-check";
import {
  branchAddress,
  jobAddress,
  jobOf,
  splitStageAddress,
  stageAddress,
  stageKey,
  standsIn,
  withAttempt,
} from "../../core/run/address.ts";
import { test } from "../harness.ts";

test("addresses are readable where names are", () => {
  equal(jobAddress("load", 1), "load");
  equal(jobAddress("load", 2), "load~2");
  equal(branchAddress("load", "os=linux,n=1"), "load[os=linux,n=1]");
  equal(stageAddress("load[]", "Say hello"), "load[]/Say hello");
  equal(withAttempt("load[]/fan", 3), "load[]/fan~3");
});

test("addresses escape what has a meaning in them", () => {
  equal(stageAddress("a[]", "b/c"), "a[]/b%2Fc");
  equal(branchAddress("a", "[x]~#%"), "a[%5Bx%5D%7E%23%25]");
});

const name = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.stringMatching(/^[%/[\]#~a0-9]{0,6}$/),
);

test("jobOf() finds the job of anything in it, whatever it is called", () => {
  fc.assert(fc.property(name, fc.nat(3), name, name, (job, attempt, key, stage) => {
    const owner = jobAddress(job, attempt);
    equal(jobOf(owner), job);
    equal(jobOf(stageAddress(branchAddress(owner, key), stage)), job);
  }));
});

test("splitStageAddress() takes apart what stageAddress() put together", () => {
  fc.assert(fc.property(name, name, (key, stage) => {
    const branch = branchAddress("a", key);
    deepEqual(splitStageAddress(stageAddress(branch, stage)), { branch, key: stage });
  }));
});

test("standsIn() tells the branch of a stage from what is around it and within it", () => {
  fc.assert(fc.property(name, name, name, (key, stage, other) => {
    const branch = branchAddress("a", key);
    const address = stageAddress(branch, stage);
    const inner = branchAddress(address, other);
    equal(stageKey(address), stage);
    equal(standsIn(address, branch), true);
    equal(standsIn(stageAddress(inner, stage), inner), true);
    equal(standsIn(stageAddress(inner, stage), branch), false);
    equal(standsIn(address, inner), false);
    equal(standsIn(address, branchAddress("a", other)), key === other);
  }));
});

test("addresses of different parts differ", () => {
  fc.assert(fc.property(name, name, (one, other) => {
    equal(branchAddress("a", one) === branchAddress("a", other), one === other);
    equal(stageAddress("a[]", one) === stageAddress("a[]", other), one === other);
  }));
});
