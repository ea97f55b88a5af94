/**
 * Workflows out of a text: parsed, checked for form, and made into one form.
 *
 * @module
 */
import { z } from "zod";
import { sha256Hex } from "../expr/sha256.ts";
import type { ValueObject } from "../expr/value.ts";
import type { Checked, Diagnostic } from "../source/diagnostic.ts";
import { parseDocument, type Path, type SourceDocument } from "../source/document.ts";
import type { NamedKind } from "./choose_kind.ts";
import { concurrencySchema } from "./concurrency.ts";
import { descriptionOf } from "./description.ts";
import { MAX_DURATION_MS, parseDuration } from "./duration.ts";
import { defaultsSchema, envSchema } from "./environment.ts";
import { byPlace, diagnose, type Finding, type Report } from "./finding.ts";
import { withoutInert } from "./inert.ts";
import { readWith } from "./issues.ts";
import { nameProblem } from "./name.ts";
import { readJobs } from "./read_jobs.ts";
import { readParams } from "./read_params.ts";
import { DEFAULT_POLICY, policyShape, readPolicy } from "./schedule_policy.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import type { TriggerSyntax } from "./trigger_syntax.ts";
import { readTriggers, type Triggers } from "./triggers.ts";
import type { Workflow } from "./workflow.ts";
import { isWrittenMapping } from "./written.ts";
import { quotedName } from "./wording.ts";

/** What is installed, as far as loading needs it. */
export interface LoadOptions {
  /** The stage kinds that may be used. */
  readonly stages: readonly StageSyntax[];
  /** Stage kinds that are installed but not among `stages`; messages name them. @default [] */
  readonly known?: readonly NamedKind[];
  /** The triggers of plugins that may be used. @default [] */
  readonly triggers?: readonly TriggerSyntax[];
  /** The names of all triggers of plugins; messages name them. @default those of `triggers` */
  readonly knownTriggers?: readonly string[];
}

/** The most workflows in one file. */
export const MAX_WORKFLOWS = 1_000;

/** The most jobs that a workflow may ask to run at once. */
export const MAX_PARALLEL_JOBS = 1_000;

/** The most tags of a workflow. */
export const MAX_TAGS = 100;

/** What a file holds: the workflows that are right, and all that is wrong. */
export interface LoadedFile {
  /** The workflows without errors. */
  readonly workflows: readonly Workflow[];
  /** The names of those with errors; none when the text could not be taken apart. */
  readonly broken: readonly string[];
  /** Everything that was found, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * The workflows in a text, or every reason why there are none. A text is one
 * workflow with a top-level `name:`, or several as the values of top-level
 * keys that have `type: Workflow`; documents of other types are passed over
 * (REFERENCE C-003, C-004).
 *
 * @example
 * ```ts
 * import { loadWorkflow } from "./load_workflow.ts";
 * import { equal } from "node:assert/strict";
 *
 * const loaded = loadWorkflow("etl: {type: Workflow, jobs: {load: {needs: []}}}", "etl.yml", {
 *   stages: [],
 * });
 * equal(loaded.ok && loaded.value[0]?.name, "etl");
 * ```
 */
export function loadWorkflow(
  text: string,
  file: string,
  options: LoadOptions,
): Checked<readonly Workflow[]> {
  const { workflows, diagnostics } = loadFile(text, file, options);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, value: workflows, warnings: diagnostics };
}

/** What a text holds: as {@linkcode loadWorkflow}, but one wrong workflow does not hide the others. */
export function loadFile(text: string, file: string, options: LoadOptions): LoadedFile {
  const document = parseDocument(text, file);
  if (document.errors.length > 0) {
    return { workflows: [], broken: [], diagnostics: document.errors };
  }

  const { workflows, broken, findings } = loadDocument(document, options);
  const diagnostics = findings.map((finding) => diagnose(document, finding));
  return {
    workflows: workflows.filter(({ name }) => !broken.includes(name)),
    broken,
    diagnostics: diagnostics.toSorted(byPlace),
  };
}

/** What a document holds, before anybody has asked whether it is right. */
export interface LoadedDocument {
  /** The workflows; what is wrong in them has been left out. */
  readonly workflows: readonly Workflow[];
  /** The names of those with errors. */
  readonly broken: readonly string[];
  /** Everything that was found, by path. */
  readonly findings: readonly Finding[];
}

/** The workflows of a parsed document, those with errors too: an editor has to make do with them. */
export function loadDocument(document: SourceDocument, options: LoadOptions): LoadedDocument {
  const digest = sha256Hex(document.text);
  const findings: Finding[] = [];
  const workflows: Workflow[] = [];
  const broken: string[] = [];
  for (const candidate of candidatesIn(document, (finding) => findings.push(finding))) {
    let failed = false;
    const report: Report = (finding) => {
      failed ||= (finding.severity ?? "error") === "error";
      findings.push(finding);
    };
    const workflow = readWorkflow(candidate, { ...options, document, digest, report });
    if (workflow === undefined || failed) broken.push(candidate.name);
    if (workflow !== undefined) workflows.push(workflow);
  }
  return { workflows, broken, findings };
}

/** How a workflow is written, with its parts as `parts` describes them. */
export function workflowSchema(parts: WorkflowParts): z.ZodObject {
  return z.strictObject({ ...workflowShape(), ...parts });
}

/** Schemas for the parts of a workflow that are read one by one. */
export interface WorkflowParts {
  /** For `params`. */
  readonly params: z.ZodType;
  /** For `on`. */
  readonly on: z.ZodType;
  /** For `jobs`. */
  readonly jobs: z.ZodType;
}

interface Candidate {
  readonly name: string;
  readonly written: ValueObject;
  readonly path: Path;
}

function candidatesIn(document: SourceDocument, report: Report): readonly Candidate[] {
  const { value } = document;
  if (!isWrittenMapping(value)) return [];
  if (Object.hasOwn(value, "name") && !isWrittenMapping(value.name)) {
    const isWorkflow = (value.type ?? "Workflow") === "Workflow";
    return isWorkflow ? [{ name: String(value.name), written: value, path: [] }] : [];
  }
  if (Object.hasOwn(value, "jobs")) {
    const message = 'A workflow at the top of a file has a "name"; this one has none';
    report({ code: "key-missing", message, path: ["jobs"], target: "key" });
    return [];
  }
  const found = Object.entries(value).flatMap(([name, written]) =>
    isCandidate(name, written, report) && isWrittenMapping(written)
      ? [{ name, written, path: [name] }]
      : []
  );
  if (found.length <= MAX_WORKFLOWS) return found;
  const message = `A file holds at most ${MAX_WORKFLOWS} workflows; this one holds ${found.length}`;
  report({ code: "too-many", message, path: [] });
  return [];
}

function isCandidate(name: string, written: unknown, report: Report): boolean {
  if (!isWrittenMapping(written)) return false;
  const { type } = written;
  if (type === "Workflow") return true;
  const meant = typeof type === "string" && type.toLowerCase() === "workflow";
  if (meant || (type === undefined && Object.hasOwn(written, "jobs"))) {
    const found = meant ? `its "type" is "${type}"` : 'it has no "type"';
    report({
      code: "type-missing",
      severity: "warning",
      message: `${quotedName(name)} is no workflow: ${found}; write "type: Workflow"`,
      path: meant ? [name, "type"] : [name],
      target: meant ? "value" : "key",
    });
  }
  return false;
}

function workflowShape() {
  const seconds = z.union([z.number(), z.string()]).refine(
    (written) => (parseDuration(written) ?? 0) > 0,
    {
      error: `A timeout is a number of seconds or a text such as "30m", at most ${
        MAX_DURATION_MS / 86_400_000
      } days`,
    },
  );
  const count = z.int().min(1).max(MAX_PARALLEL_JOBS);
  return {
    type: z.literal("Workflow").optional(),
    name: z.string().optional(),
    desc: z.string().nullable().optional(),
    description: z.string().nullable().optional(),
    params: mapping().nullable().optional(),
    on: z.unknown().optional(),
    jobs: mapping().nullable().optional(),
    tags: z.array(z.string()).max(MAX_TAGS).nullable().optional(),
    extras: mapping().nullable().optional(),
    created_at: z.string().optional(),
    updated_at: z.string().optional(),
    updated_dt: z.string().optional(),
    timeout: seconds.optional(),
    "max-parallel": count.optional(),
    max_parallel: count.optional(),
    max_job_parallel: count.optional(),
    defaults: defaultsSchema().optional(),
    env: envSchema().optional(),
    concurrency: concurrencySchema().optional(),
    ...policyShape(),
  };
}

function mapping() {
  return z.record(z.string(), z.unknown());
}

let schema: z.ZodObject<ReturnType<typeof workflowShape>, z.core.$strict> | undefined;

interface Reading extends LoadOptions {
  readonly document: SourceDocument;
  readonly digest: string;
  readonly report: Report;
}

// The reference's own tests and pages write them where they mean `params` and `on`.
const INERT_KEYS = ["param", "parameters", "events"];

function readWorkflow(
  { name, written, path }: Candidate,
  { document, digest, report, stages: kinds, known = [], ...reads }: Reading,
): Workflow | undefined {
  schema ??= z.strictObject(workflowShape());
  checkName(name, { path, report });
  checkInnerName(written.name, { name, path, report });
  const reading = { path, subject: `workflow ${quotedName(name)}`, report };
  const fields = readWith(schema, withoutInert(written, INERT_KEYS, reading), reading);
  // The parts are read even when the whole is wrong, so that all is reported at once.
  const params = readParams(written.params, { path: [...path, "params"], report });
  const policy = readPolicy(fields ?? {}, { outer: DEFAULT_POLICY, path, report });
  const triggers = readTriggers(written.on, {
    ...{ path: [...path, "on"], policy, report },
    installed: reads.triggers ?? [],
    ...(reads.knownTriggers && { known: reads.knownTriggers }),
  });
  checkOwnRelease(triggers, { name, report });
  const jobs = readJobs(written.jobs, { path: [...path, "jobs"], kinds, known, report });
  if (fields === undefined) return undefined;

  const timeoutMs = fields.timeout === undefined ? undefined : parseDuration(fields.timeout);
  const maxParallel = fields["max-parallel"] ?? fields.max_parallel ?? fields.max_job_parallel;
  const scriptLang = fields.defaults?.run?.lang;
  const updatedAt = fields.updated_at ?? fields.updated_dt;
  return {
    name,
    description: descriptionOf(fields),
    params,
    triggers,
    jobs,
    tags: fields.tags ?? [],
    extras: isWrittenMapping(fields.extras) ? fields.extras : {},
    env: fields.env ?? {},
    definition: written,
    digest,
    document,
    path,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(maxParallel !== undefined && { maxParallel }),
    ...(fields.concurrency && { concurrency: fields.concurrency }),
    ...(scriptLang && { scriptLang }),
    ...(fields.created_at !== undefined && { createdAt: fields.created_at }),
    ...(updatedAt !== undefined && { updatedAt }),
  };
}

function checkOwnRelease(
  { releases }: Triggers,
  { name, report }: { readonly name: string; readonly report: Report },
): void {
  const own = releases.find(({ workflow }) => workflow === name);
  if (own === undefined) return;
  const message = `Workflow ${quotedName(name)} follows itself, so its runs would never end`;
  report({ code: "release-cycle", message, path: own.path });
}

function checkName(
  name: string,
  { path, report }: { readonly path: Path; readonly report: Report },
): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  const spot = path.length === 0 ? { path: ["name"] } : { path, target: "key" } as const;
  report({
    code: "name-invalid",
    message: `The name of workflow ${quotedName(name)} ${problem}`,
    ...spot,
  });
}

/** A workflow is called as its key is; another name within would be lost. */
function checkInnerName(
  inner: unknown,
  { name, path, report }: { readonly name: string; readonly path: Path; readonly report: Report },
): void {
  if (path.length === 0 || typeof inner !== "string" || inner === name) return;
  const problem = nameProblem(inner);
  if (problem === undefined) return;
  const message = `The name of workflow ${quotedName(inner)} ${problem}`;
  report({ code: "name-invalid", message, path: [...path, "name"] });
}
