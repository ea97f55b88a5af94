import { deepEqual, equal } from "node:assert/strict";
import { add, countCases, countFailures, NONE, summary } from "../../tools/junit.ts";
import { test } from "../harness.ts";

const OF_DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="1" time="0.011">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="1" failures="1">
        <testcase name="ok &lt;failure&gt; &quot;x&quot;" classname="./a_test.ts" time="0.001">
        </testcase>
        <testcase name="fails" classname="./a_test.ts" time="0.001">
            <failure message="Uncaught Error: boom">Error: boom &lt;testcase&gt;</failure>
        </testcase>
        <testcase name="hangs" classname="./a_test.ts" time="0.000">
            <error message="Cancelled"/>
        </testcase>
        <testcase name="left out" classname="./a_test.ts" time="0.000">
            <skipped/>
        </testcase>
    </testsuite>
</testsuites>`;

const OF_BUN = `<testsuites name="bun test" tests="3" failures="1" skipped="1">
  <testsuite name="a_test.ts" tests="3" failures="1" skipped="1">
    <testcase name="one" time="0.000064" file="a_test.ts" line="2" />
    <testcase name="two" time="0.000203" file="a_test.ts" line="3">
      <failure type="Error" message="boom">Error: boom&#10;</failure>
    </testcase>
    <testcase name="three" time="0" file="a_test.ts" line="4">
      <skipped />
    </testcase>
  </testsuite>
</testsuites>`;

test("countCases() reads a report of Deno", () => {
  deepEqual(countCases(OF_DENO), { passed: 1, failed: 2, skipped: 1 });
});

test("countCases() reads a report of Bun, whose passed cases have no end tag", () => {
  deepEqual(countCases(OF_BUN), { passed: 1, failed: 1, skipped: 1 });
});

test("countCases() finds nothing in an empty report", () => {
  deepEqual(countCases(""), NONE);
  deepEqual(countCases('<testsuites tests="0"></testsuites>'), NONE);
});

test("countFailures() reads the closing lines of both runners", () => {
  equal(countFailures("\n 1227 pass\n 12 fail\n 10 errors\nRan 1239 tests"), 12);
  equal(countFailures("FAILED | 1050 passed | 6 failed (4m32s)"), 6);
  equal(countFailures("ok | 98 passed | 0 failed (220ms)"), 0);
  equal(countFailures('error: expected "3 failed", printed'), 0);
  equal(countFailures(""), 0);
});

test("summary() speaks of skipped tests only where there are any", () => {
  equal(summary({ passed: 2, failed: 0, skipped: 0 }), "2 passed, 0 failed");
  equal(summary(add(countCases(OF_DENO), countCases(OF_BUN))), "2 passed, 3 failed, 2 skipped");
});
