/**
 * The `jobs` of a workflow, read from its document.
 *
 * @module
 */
import { z } from "zod";
import { outputsSchema } from "./declared_output.ts";
import { defaultsSchema, envSchema } from "./environment.ts";
import { descriptionOf } from "./description.ts";
import type { Report } from "./finding.ts";
import { withoutInert } from "./inert.ts";
import { type ReadOptions, readRight } from "./issues.ts";
import { lateSchema, madeShape } from "./late_shape.ts";
import { nameProblem } from "./name.ts";
import { readStages, type StageReading } from "./read_stages.ts";
import { readStrategy, strategySchema } from "./strategy.ts";
import { retryFrom, retrySchema, timeoutFrom, timeoutSchema } from "./timing.ts";
import type { Job, JobRule, Runner } from "./workflow.ts";
import { entriesOfWritten, isWrittenMapping } from "./written.ts";
import { quotedName } from "./wording.ts";

/** The most jobs of one workflow. */
export const MAX_JOBS = 100_000;

/** The most jobs that one job needs. */
export const MAX_NEEDS = 10_000;

/** What there is while jobs are read. */
export type JobReading = Omit<StageReading, "depth" | "scriptLang">;

/** The jobs that were written; what is wrong in them is reported and left out. */
export function readJobs(written: unknown, reading: JobReading): ReadonlyMap<string, Job> {
  const { path, report } = reading;
  const entries = entriesOfWritten(written);
  if (entries.length > MAX_JOBS) {
    const message = `A workflow has at most ${MAX_JOBS} jobs; this one has ${entries.length}`;
    report({ code: "too-many", message, path, target: "key" });
    return new Map();
  }
  const jobs = new Map<string, Job>();
  for (const [id, value] of entries) {
    jobs.set(id, readJob(id, value, { ...reading, path: [...path, id] }));
  }
  return jobs;
}

/** How a job is written, with its stages as `stages` describes them. */
export function jobSchema(stages: z.ZodType = z.unknown()): z.ZodType {
  return z.strictObject({ ...madeShape(jobFields()), stages: stages.optional() });
}

const RULES = [
  "all_success",
  "all_failed",
  "all_done",
  "one_success",
  "one_failed",
  "none_failed",
  "none_skipped",
] as const satisfies readonly JobRule[];

function jobFields() {
  return {
    id: () => z.string().optional(),
    name: () => z.string().optional(),
    desc: () => z.string().nullable().optional(),
    description: () => z.string().nullable().optional(),
    "runs-on": () => runsOnSchema().optional(),
    runs_on: () => runsOnSchema().optional(),
    if: () => z.union([z.boolean(), z.string()]).nullable().optional(),
    needs: () => z.union([z.string(), z.array(z.string()).max(MAX_NEEDS)]).nullable().optional(),
    "trigger-rule": () => z.enum(RULES).optional(),
    trigger_rule: () => z.enum(RULES).optional(),
    strategy: () => strategySchema().nullable().optional(),
    stages: () => z.unknown().optional(),
    retry: () => retrySchema().optional(),
    timeout: () => timeoutSchema().optional(),
    env: () => envSchema().optional(),
    outputs: () => outputsSchema().optional(),
    defaults: () => defaultsSchema().optional(),
  };
}

function runsOnSchema() {
  return z.union([
    z.string(),
    z.strictObject({
      type: z.string(),
      with: z.record(z.string(), z.unknown()).nullable().optional(),
    }),
  ]);
}

const schemaFor = lateSchema(jobFields());

type WrittenJob = z.infer<ReturnType<typeof schemaFor>>;

/** Settings hold for runs, and a run is one of the whole workflow. */
const INERT_JOB_KEYS = ["extras"];

function readJob(id: string, written: unknown, reading: JobReading): Job {
  const { path, report } = reading;
  const options = { path, subject: `job ${quotedName(id)}`, report };
  checkId(id, options);
  const own = isWrittenMapping(written) ? withoutInert(written, INERT_JOB_KEYS, options) : written;
  const fields: WrittenJob = readRight(schemaFor(own), own ?? {}, {
    ...options,
    report: withHint(id, own, report),
  })?.read ?? {};
  const scriptLang = fields.defaults?.run?.lang;
  const list = isWrittenMapping(own) ? own.stages : undefined;
  const stages = readStages(list, { ...reading, path: [...path, "stages"], scriptLang, depth: 0 });

  if (fields.id !== undefined && fields.id !== id) reportOtherId(fields.id, id, options);
  const rule = fields["trigger-rule"] ?? fields.trigger_rule;
  const strategy = readStrategy(fields.strategy, { ...options, path: [...path, "strategy"] });
  const retry = retryFrom(fields.retry);
  const timeoutMs = timeoutFrom(fields.timeout);
  return {
    id,
    name: fields.name ?? id,
    description: descriptionOf(fields),
    needs: typeof fields.needs === "string" ? [fields.needs] : fields.needs ?? [],
    rule: rule ?? "all_success",
    ruleExplicit: rule !== undefined,
    stages,
    runsOn: runnerFrom(fields["runs-on"] ?? fields.runs_on),
    env: fields.env ?? {},
    path,
    ...(fields.if != null && fields.if !== "" && { condition: fields.if }),
    ...(strategy && { strategy }),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(fields.outputs && { outputs: fields.outputs }),
  };
}

/** A key of a job that stands where jobs do was not indented enough. */
function withHint(id: string, written: unknown, report: Report): Report {
  if (isWrittenMapping(written) || !Object.hasOwn(jobFields(), id)) return report;
  return (finding) =>
    report({
      ...finding,
      message: `${finding.message}; indent "${id}" so that it stands in a job`,
    });
}

function checkId(id: string, { path, report }: ReadOptions): void {
  const problem = nameProblem(id);
  if (problem === undefined) return;
  report({
    code: "name-invalid",
    message: `The id of job ${quotedName(id)} ${problem}`,
    path,
    target: "key",
  });
}

function reportOtherId(written: string, id: string, { path, report }: ReadOptions): void {
  report({
    code: "key-inert",
    severity: "warning",
    message: `The job is "${id}", after its key under "jobs"; its "id" "${written}" has no effect`,
    path: [...path, "id"],
  });
}

function runnerFrom(written: WrittenJob["runs-on"]): Runner {
  if (written === undefined) return { type: "local", with: {} };
  if (typeof written === "string") return { type: written, with: {} };
  return { type: written.type, with: isWrittenMapping(written.with) ? written.with : {} };
}
