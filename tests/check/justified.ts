/**
 * What is said about workflows of the reference that it loads and runs, and
 * why it is said all the same.
 *
 * @module
 */

/** A complaint that stands. */
export interface Justified {
  /** The code. */
  readonly code: string;
  /** Why it is right to complain. */
  readonly why: string;
  /** The files, without `reference-` in front. */
  readonly files: readonly string[];
}

/** All complaints about the right half of the corpus. */
export const JUSTIFIED: readonly Justified[] = [
  {
    code: "param-undeclared",
    why: "They are given to the run undeclared, which must work (S-096); a warning stops nothing",
    files: [
      "case-rec-template-types",
      "case-stage-case-foo",
      "case-stage-empty-if-true",
      "docs-embedded-api-workflow-01-my-workflow",
      "docs-embedded-examples-pg-01-wf-el-pg-to-lake",
    ],
  },
  {
    code: "trigger-params",
    why: "It is handed over undeclared, to see that it is read back; an info stops nothing",
    files: ["trigger-outputs"],
  },
  {
    code: "name-unknown",
    why: "It asks for a name that nothing has, to see that a `?` forgives it",
    files: ["case-rec-template-types"],
  },
  {
    code: "param-unused",
    why: "The page shows how parameters are declared, not how they are read; it is only told",
    files: [
      "case-wf-call-csv-to-parquet",
      "docs-embedded-api-params-19-workflow",
      "docs-embedded-api-workflow-01-my-workflow",
      "docs-embedded-api-workflow-02-complex-workflow",
      "docs-embedded-examples-pg-01-wf-el-pg-to-lake",
    ],
  },
  {
    code: "job-unreachable",
    why: "Showing that the job never runs is what the case is for",
    files: [
      "case-rec-rule-all-failed",
      "case-rec-rule-none-skipped",
      "case-wf-run-depends-condition",
    ],
  },
  {
    code: "schedule-timeout",
    why: "They are scheduled and set no timeout; it is only told",
    files: [
      "case-wf-trigger",
      "docs-embedded-api-workflow-01-my-workflow",
      "docs-embedded-api-workflow-04-scheduled-workflow",
      "docs-embedded-readme-01-run-py-local",
      "tests-conf-demo-01-40-wf-ignore-inside",
    ],
  },
  {
    code: "stage-duplicate",
    why: "The outputs of the two stages do share one place, there as here",
    files: ["case-stage-until"],
  },
  {
    code: "runner-missing",
    why: "The runner comes with a plugin that is not installed",
    files: [
      "docs-embedded-providers-aws-batch-01-basic-configuration",
      "docs-embedded-providers-azure-batch-01-basic-configuration",
      "docs-embedded-providers-gcp-batch-01-basic-configuration",
    ],
  },
  {
    code: "runner-options",
    why: "Each process has a container of its own, so a name for one has no effect",
    files: ["docs-embedded-providers-container-01-basic-configuration"],
  },
  {
    code: "key-inert",
    why: "The page writes `type: bash` beside `bash:`, which says nothing further",
    files: [
      "docs-embedded-providers-aws-batch-01-basic-configuration",
      "docs-embedded-providers-azure-batch-01-basic-configuration",
      "docs-embedded-providers-container-01-basic-configuration",
      "docs-embedded-providers-gcp-batch-01-basic-configuration",
    ],
  },
];
