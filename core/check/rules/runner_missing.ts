/**
 * A job runs where nothing is installed to run it.
 *
 * @module
 */
import { closestName } from "../../source/closest_name.ts";
import type { Rule } from "../rule.ts";

// The reference's types (REFERENCE C-104 to C-111).
const DESCRIBED = [
  "self_hosted",
  "docker",
  "container",
  "aws_batch",
  "gcp_batch",
  "azure_batch",
  "cloud_batch",
];

/** Reports `runs-on` types that are not installed, and those that nobody knows. */
export const runnerMissing: Rule = {
  code: "runner-missing",
  summary: "A job runs on something that is not installed",
  check({ jobs }, { facts: { runners = ["local"] }, report }) {
    for (const { id, runsOn: { type }, path } of jobs.values()) {
      if (runners.includes(type)) continue;
      const spot = { path: [...path, "runs-on"] };
      if (DESCRIBED.includes(type)) {
        const message = `Job "${id}" will fail: it runs on "${type}", which is not installed; ` +
          "add a plugin that provides it";
        report({ severity: "warning", message, ...spot });
        continue;
      }
      const guess = closestName(type, [...runners, ...DESCRIBED]);
      const hint = guess
        ? `did you mean "${guess}"?`
        : `there is ${runners.join(", ")}; without "runs-on" a job runs on this machine`;
      report({ message: `Cannot place job "${id}": unknown runner "${type}"; ${hint}`, ...spot });
    }
  },
};
