/**
 * Workflows out of a text: parsed, checked for form, and made into one form.
 *
 * @module
 */
import { z } from "zod";
import { sha256Hex } from "../expr/sha256.ts";
import type { ValueObject } from "../expr/value.ts";
import { closestName } from "../source/closest_name.ts";
import type { Checked, Diagnostic } from "../source/diagnostic.ts";
import { parseDocument, parseLoosely, type Path, type SourceDocument } from "../source/document.ts";
import type { NamedKind } from "./choose_kind.ts";
import { concurrencySchema } from "./concurrency.ts";
import { descriptionOf } from "./description.ts";
import { MAX_DURATION_MS, parseDuration } from "../expr/duration.ts";
import { defaultsSchema, envSchema } from "./environment.ts";
import { byPlace, diagnose, type Finding, type Report } from "./finding.ts";
import { withoutInert } from "./inert.ts";
import { readRight } from "./issues.ts";
import { lateSchema, madeShape } from "./late_shape.ts";
import { nameProblem } from "./name.ts";
import { readJobs } from "./read_jobs.ts";
import { readParams } from "./read_params.ts";
import { DEFAULT_POLICY, POLICY_FIELDS, readPolicy } from "./schedule_policy.ts";
import type { StageSyntax } from "./stage_syntax.ts";
import type { TriggerSyntax } from "./trigger_syntax.ts";
import { readTriggers, type Triggers } from "./triggers.ts";
import { ALL_READ, UnreadParts } from "./unread.ts";
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
  /** Those with errors, as far as they could be read: to be checked further, not to be run. */
  readonly partial: readonly Workflow[];
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
  if (document.errors.length > MAX_LOCAL_ERRORS || !document.errors.every(isLocal)) {
    return { workflows: [], broken: [], partial: [], diagnostics: document.errors };
  }

  const unread = document.errors.length === 0 ? [] : pathsOf(document);
  const { workflows, broken, findings } = loadDocument(document, { ...options, unread });
  const diagnostics = findings.map((finding) => diagnose(document, finding));
  const names = new Set(document.errors.length > 0 ? workflows.map(({ name }) => name) : broken);
  return {
    workflows: workflows.filter(({ name }) => !names.has(name)),
    broken: [...names],
    partial: workflows.filter(({ name }) => names.has(name)),
    diagnostics: [...document.errors, ...diagnostics].toSorted(byPlace),
  };
}

/** Of a text with more errors than this, nobody says what its values mean. */
const MAX_LOCAL_ERRORS = 100;

/** Whether the rest of a document means what it says in spite of this. */
function isLocal({ code }: Diagnostic): boolean {
  return code === "yaml-duplicate-key" || code === "yaml-key-forbidden";
}

/** The ways to what errors of the text are about. */
function pathsOf({ text, file, errors }: SourceDocument): readonly Path[] {
  const document = parseLoosely(text, file);
  const lines = text.split("\n");
  return errors.map(({ place: { span: { start } } }) => {
    const before = lines.slice(0, start.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
    return document.pathAt(before + start.column - 1).path;
  });
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
export function loadDocument(
  document: SourceDocument,
  { unread: known = [], ...options }: LoadOptions & { readonly unread?: readonly Path[] },
): LoadedDocument {
  const digest = sha256Hex(document.text);
  const findings: Finding[] = [];
  const workflows: Workflow[] = [];
  const broken: string[] = [];
  for (const candidate of candidatesIn(document, (finding) => findings.push(finding))) {
    const own: Finding[] = [];
    const report: Report = (finding) => own.push(finding);
    if (candidate.problem !== undefined) report(candidate.problem);
    const workflow = readWorkflow(withType(candidate), { ...options, document, digest, report });
    const hidden = own.flatMap(({ hides }) => hides === undefined ? [] : [hides]);
    const isWrong = own.some(({ severity = "error" }) => severity === "error");
    if (isWrong) broken.push(candidate.name);
    const isRight = !isWrong && known.length === 0;
    const unread = isRight ? ALL_READ : new UnreadParts([...known, ...hidden]);
    workflows.push({ ...workflow, unread });
    findings.push(...own);
  }
  return { workflows, broken, findings };
}

/** As it was meant, so that no more is said of its type. */
function withType({ problem, written, ...candidate }: Candidate): Candidate {
  const meant = problem === undefined ? written : { ...written, type: WORKFLOW_TYPE };
  return { ...candidate, written: meant };
}

/** How a workflow is written, with its parts as `parts` describes them. */
export function workflowSchema(parts: WorkflowParts): z.ZodObject {
  return z.strictObject({ ...madeShape(workflowFields()), ...parts });
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

/** A mapping of a file that is a workflow, or looks like one. */
interface Candidate {
  readonly name: string;
  readonly written: ValueObject;
  readonly path: Path;
  /** Why it is none, where it only looks like one. */
  readonly problem?: Finding;
}

const WORKFLOW_TYPE = "Workflow";

/** What stands for the name of a workflow that has none. */
const NAMELESS = "nameless";

function candidatesIn(document: SourceDocument, report: Report): readonly Candidate[] {
  const { value } = document;
  if (!isWrittenMapping(value)) return [];
  if (Object.hasOwn(value, "name") && !isWrittenMapping(value.name)) return topOfFile(value);
  if (Object.hasOwn(value, "jobs")) {
    const message = 'A workflow at the top of a file has a "name"; this one has none';
    const problem = { code: "key-missing", message, path: ["jobs"], target: "key" } as const;
    return [{ name: NAMELESS, written: value, path: [], problem }];
  }
  const all = Object.entries(value).flatMap(([name, written]) =>
    isWrittenMapping(written) ? candidateOf(name, written) ?? [] : []
  );
  const found = withoutTypeless(all, report);
  if (found.length <= MAX_WORKFLOWS) return found;
  const message = `A file holds at most ${MAX_WORKFLOWS} workflows; this one holds ${found.length}`;
  report({ code: "too-many", message, path: [] });
  return [];
}

function topOfFile(written: ValueObject): readonly Candidate[] {
  const { name, type = WORKFLOW_TYPE } = written;
  const candidate = { name: String(name), written, path: [] };
  if (type === WORKFLOW_TYPE) return [candidate];
  return isMisspelt(type) ? [{ ...candidate, problem: misspeltType(String(name), type, []) }] : [];
}

function candidateOf(name: string, written: ValueObject): Candidate | undefined {
  const { type } = written;
  const path = [name];
  if (type === WORKFLOW_TYPE) return { name, written, path };
  if (isMisspelt(type)) {
    return { name, written, path, problem: misspeltType(name, type, path) };
  }
  return type === undefined && Object.hasOwn(written, "jobs")
    ? { name, written, path, problem: missingType(name, path) }
    : undefined;
}

function isMisspelt(type: unknown): type is string {
  return typeof type === "string" && closestName(type, [WORKFLOW_TYPE]) !== undefined;
}

function misspeltType(name: string, type: string, path: Path): Finding {
  return {
    code: "type-missing",
    message: `${quotedName(name)} is no workflow: its "type" is "${type}"; ` +
      `did you mean "${WORKFLOW_TYPE}"?`,
    path: [...path, "type"],
    fix: { text: WORKFLOW_TYPE, was: type },
  };
}

function missingType(name: string, path: Path): Finding {
  return {
    code: "type-missing",
    message: `${quotedName(name)} is no workflow: it has no "type"; write "type: Workflow"`,
    path,
    target: "key",
  };
}

/** Beside a workflow, a mapping without a type may be there to be merged into others; alone it is a slip. */
function withoutTypeless(all: readonly Candidate[], report: Report): readonly Candidate[] {
  const isTypeless = ({ written }: Candidate) => written.type === undefined;
  if (all.every(isTypeless)) return all;
  for (const { problem } of all.filter(isTypeless)) {
    if (problem !== undefined) report({ ...problem, severity: "warning" });
  }
  return all.filter((candidate) => !isTypeless(candidate));
}

function workflowFields() {
  return {
    type: () => z.literal(WORKFLOW_TYPE).optional(),
    name: () => z.string().optional(),
    desc: () => z.string().nullable().optional(),
    description: () => z.string().nullable().optional(),
    params: () => mapping().nullable().optional(),
    on: () => z.unknown().optional(),
    jobs: () => mapping().nullable().optional(),
    tags: () => z.array(z.string()).max(MAX_TAGS).nullable().optional(),
    extras: () => mapping().nullable().optional(),
    created_at: () => z.string().optional(),
    updated_at: () => z.string().optional(),
    updated_dt: () => z.string().optional(),
    timeout: () => secondsSchema().optional(),
    "max-parallel": () => countSchema().optional(),
    max_parallel: () => countSchema().optional(),
    max_job_parallel: () => countSchema().optional(),
    defaults: () => defaultsSchema().optional(),
    env: () => envSchema().optional(),
    concurrency: () => concurrencySchema().optional(),
    ...POLICY_FIELDS,
  };
}

function secondsSchema() {
  return z.union([z.number(), z.string()]).refine(
    (written) => (parseDuration(written) ?? 0) > 0,
    {
      error: `A timeout is a number of seconds or a text such as "30m", at most ${
        MAX_DURATION_MS / 86_400_000
      } days`,
    },
  );
}

function countSchema() {
  return z.int().min(1).max(MAX_PARALLEL_JOBS);
}

function mapping() {
  return z.record(z.string(), z.unknown());
}

const schemaFor = lateSchema(workflowFields());

type WrittenWorkflow = z.infer<ReturnType<typeof schemaFor>>;

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
): Omit<Workflow, "unread"> {
  checkName(name, { path, report });
  checkInnerName(written.name, { name, path, report });
  const reading = { path, subject: `workflow ${quotedName(name)}`, report };
  const own = withoutInert(written, INERT_KEYS, reading);
  const right = readRight(schemaFor(own), own, reading);
  const fields: WrittenWorkflow = right?.read ?? {};
  const params = readParams(written.params, { path: [...path, "params"], report });
  const policy = readPolicy(fields, { outer: DEFAULT_POLICY, path, report });
  const triggers = readTriggers(written.on, {
    ...{ path: [...path, "on"], policy, report },
    installed: reads.triggers ?? [],
    ...(reads.knownTriggers && { known: reads.knownTriggers }),
  });
  checkOwnRelease(triggers, { name, report });
  const jobs = readJobs(written.jobs, { path: [...path, "jobs"], kinds, known, report });

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
