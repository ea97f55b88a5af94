/**
 * What stands under `with` of a `runs-on` does not fit its type.
 *
 * @module
 */
import { z } from "zod";
import { readWith } from "../../model/issues.ts";
import type { RunnerSyntax } from "../../model/runner_syntax.ts";
import type { ValueObject } from "../../expr/value.ts";
import type { Rule } from "../rule.ts";

/** Reports what the type of a `runs-on` does not take, and what it takes and does not look at. */
export const runnerOptions: Rule = {
  code: "runner-options",
  summary: "What a job tells its runner does not fit, or has no effect",
  check({ jobs }, { facts: { runnerSyntax }, report }) {
    for (const { runsOn, path } of jobs.values()) {
      const syntax = runnerSyntax?.get(runsOn.type);
      if (syntax === undefined) continue;
      const place = [...path, "runs-on", "with"];
      const subject = `runner "${syntax.name}"`;
      const known = withoutInert(syntax, runsOn.with);
      readWith(z.strictObject(syntax.fields), known, {
        subject,
        path: Object.keys(runsOn.with).length === 0 ? [...path, "runs-on"] : place,
        report: ({ message, path, target }) => report({ message, path, ...(target && { target }) }),
      });
      for (const key of Object.keys(runsOn.with)) {
        if (Object.hasOwn(known, key)) continue;
        const message = `"${key}" has no effect on ${subject}`;
        report({ severity: "warning", message, path: [...place, key], target: "key" });
      }
    }
  },
};

function withoutInert({ inert = [] }: RunnerSyntax, written: ValueObject): ValueObject {
  return Object.fromEntries(Object.entries(written).filter(([key]) => !inert.includes(key)));
}
