import { deepEqual, equal } from "node:assert/strict";
import { Result } from "../../core/engine/result.ts";
import { test } from "../harness.ts";

test("Result makes a large context when it is first read, once, and shows it as any other", () => {
  let made = 0;
  const context = { status: "SUCCESS", jobs: {} };
  const result = new Result({
    ...{ runId: "r", status: "SUCCESS" },
    context: () => {
      made++;
      return context;
    },
  });
  equal(made, 0);
  deepEqual(JSON.parse(JSON.stringify(result)).context, context);
  equal(result.context, context);
  deepEqual(result.errors, []);
  equal(made, 1);
  const plain = new Result({ runId: "r", status: "SUCCESS", context });
  deepEqual({ ...result }, { ...plain });
});
