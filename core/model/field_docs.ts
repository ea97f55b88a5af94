/**
 * What the keys of a workflow file are for, in a sentence each: for editors,
 * and for the JSON Schema. Loading does not need it. What the fields of a stage
 * kind are for, their schemas say themselves.
 *
 * @module
 */

/** Sentences by key. */
export type FieldDocs = Readonly<Record<string, string>>;

const POLICY: FieldDocs = {
  "catch-up": "What becomes of slots that were missed: `none`, `latest` or `all`.",
  "catch-up-window": "How old a missed slot may be to be caught up with.",
  overlap: "What becomes of a slot that comes while a run is still under way.",
  jitter: "How far starts may be spread, so that not everything begins at once.",
};

const ON: FieldDocs = {
  cron: "When the workflow starts, as cron text: minute, hour, day, month, weekday.",
  every: "The time between two starts: `10s`, `15m`.",
  at: "The one moment at which the workflow starts.",
  interval: "Starts each day, week or month, at a `time`.",
  timezone: "The IANA name of the time zone whose clock the schedule follows.",
  schedule: "When the workflow starts: one schedule, or a list of them.",
  release: "The workflow whose runs this one follows.",
  manual: "Marks the workflow as one that people start.",
  desc: "What the schedule is for.",
  ...POLICY,
};

/** What the keys are for, by what they stand in. */
export const FIELD_DOCS: Readonly<Record<string, FieldDocs>> = {
  workflow: {
    type: "Says that this is a workflow, where a file holds several things.",
    name: "What the workflow is called; unique among all that the engine knows.",
    desc: "What the workflow is for.",
    params: "What the workflow wants to be told before it runs.",
    on: "What starts the workflow by itself: schedules, and the ends of other workflows' runs.",
    jobs: "Its parts. Those that do not need one another run at once.",
    tags: "Words to find the workflow by.",
    extras: "Settings for the runs of this workflow alone, read as `extras`.",
    created_at: "When the workflow was made; for people.",
    updated_at: "When the workflow was last changed; for people.",
    timeout: "How long a run may take: seconds, or a text such as `30m`.",
    "max-parallel": "How many jobs may run at once.",
    defaults: "What holds for stages that do not say otherwise.",
    env: "Environment variables for all stages.",
    concurrency: "How many runs of this workflow, or of a group of workflows, may run at once.",
    ...POLICY,
  },
  job: {
    name: "What the job is called for people.",
    desc: "What the job is for.",
    "runs-on": "Where its stages are carried out.",
    if: "A condition: the job is skipped when it gives false.",
    needs: "The jobs that have to end first. Their outputs are read as `needs.<job>.outputs`.",
    "trigger-rule": "How the needed jobs must have ended for this one to run.",
    strategy: "Runs the job once for each combination of a matrix.",
    stages: "What the job does, one after another.",
    retry: "How often the whole job is tried again when it fails.",
    timeout: "How long an attempt of the job may take: seconds, or a text such as `30m`.",
    env: "Environment variables for its stages.",
    outputs: "What the job leaves behind: names to templates, or to `{value, type}`.",
    defaults: "What holds for its stages that do not say otherwise.",
  },
  stage: {
    id: "The name by which expressions find the stage: `stages.<id>.outputs`.",
    name: "What the stage is called for people.",
    desc: "What the stage is for.",
    if: "A condition: the stage is skipped when it gives false.",
    retry: "How often the stage is tried again when it fails.",
    timeout: "How long an attempt may take: seconds, or a text such as `30m`.",
    outputs:
      "Further outputs: names to templates, or to `{value, type}`, which see what the stage left as `outputs`.",
    "on-lost": "What becomes of an attempt whose engine died: `rerun` it or `fail`.",
  },
  param: {
    type: "What the parameter holds.",
    desc: "What the parameter is for.",
    required: "Whether a run cannot begin without it.",
    default: "What stands in when it is not given.",
    options: "The values of a choice.",
    precision: "Digits behind the point.",
    pattern: "The form that the whole text must have.",
    min: "At least so much, so long or so many.",
    max: "At most so much, so long or so many.",
    gt: "More than so much.",
    lt: "Less than so much.",
  },
  strategy: {
    matrix: "Axes with their values; the job runs once for each combination.",
    include: "Combinations to add.",
    exclude: "Combinations to leave out.",
    "max-parallel": "How many combinations run at once.",
    "fail-fast": "Whether the first that fails ends the others.",
  },
  retry: {
    attempts: "How many further attempts there are after the first.",
    delay: "How long to wait before the second attempt.",
    backoff: "What the wait is multiplied by after each failure.",
    "max-delay": "The longest wait.",
  },
  on: ON,
  schedule: ON,
  release: {
    workflow: "The workflow whose runs this one follows.",
    when: "After which ends of its runs.",
  },
  concurrency: {
    group: "Runs of one group count together; a template may name it.",
    limit: "How many may run at once.",
    "on-overflow": "What becomes of one more: it waits, is skipped, or ends the oldest or newest.",
    "cancel-in-progress": "Whether one more ends those under way.",
    priority: "Among those that wait, the higher one goes first.",
    "while-waiting":
      "Whether a run keeps its permit while it waits for a retry: `yield` or `hold`.",
  },
  "runs-on": {
    type: "Where: `local`, or what a plugin adds.",
    with: "What the runner is told.",
  },
  defaults: { run: "What holds for `run:` stages." },
  run: { lang: "The language of `run:`." },
};

/** The usual spelling of a key that may be written in several ways. */
export function usualKey(key: string): string {
  const hyphened = key.replaceAll("_", "-");
  return ALIASES[key] ?? (DATED.has(key) ? key : hyphened);
}

/** The sentence about a key in a mapping of this name. */
export function fieldDoc(owner: string, key: string): string | undefined {
  const docs = Object.hasOwn(FIELD_DOCS, owner) ? FIELD_DOCS[owner] : undefined;
  const usual = usualKey(key);
  return docs !== undefined && Object.hasOwn(docs, usual) ? docs[usual] : undefined;
}

const ALIASES: Readonly<Record<string, string>> = {
  description: "desc",
  updated_dt: "updated_at",
  max_job_parallel: "max-parallel",
  max_workers: "max-parallel",
  choices: "options",
  ge: "min",
  le: "max",
  cronjob: "cron",
};

const DATED: ReadonlySet<string> = new Set(["created_at", "updated_at"]);
