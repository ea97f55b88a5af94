/** Carries out one case through the library, in a folder of its own. @module */
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  Datetime,
  type ExecuteOptions,
  ReleaseType,
  type Result,
  type Value,
  type ValueObject,
  type Workflow,
  WorkflowError,
} from "../../mod.ts";
import { openSluice, type Sluice } from "../../preset.ts";
import { ExpressionError } from "../../core/expr/expression_error.ts";
import { mappingOf } from "../../core/expr/mapping.ts";
import { toJson } from "../../core/expr/json.ts";
import { cancelAtStage, cancelledStage } from "./cancel_signal.ts";
import type { Case, CaseCall, Json, JsonObject, Outcome } from "./case.ts";
import { isObject } from "./compare.ts";

const CALLERS = fileURLToPath(new URL("../callers", import.meta.url));

/** Carries out a case whose document is at `file`. */
export async function runCase(wanted: Case, file: string): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-case-"));
  try {
    const conf = join(folder, "conf");
    await mkdir(conf);
    // Scripts that leave a mark for the next attempt do so in the working directory, which all cases share.
    const text = (await readFile(file, "utf8")).replaceAll("ONCE", join(folder, "ONCE"));
    await writeFile(join(conf, `${wanted.case}.yml`), text);
    await using sluice = await openSluice({
      conf,
      state: join(folder, "state"),
      memory: true,
      env: environment(wanted, folder),
      warn: () => {},
    });
    return await carryOut(sluice, wanted);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The settings of whoever runs the cases are not those of the cases. */
const SETTING = /^(?:WORKFLOW|SLUICE)_/;

function environment({ config }: Case, folder: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) =>
    !SETTING.test(name) && !Object.hasOwn(config, name)
  );
  const set = Object.entries(config).flatMap(([name, value]) =>
    value === null ? [] : [[name, value] as const]
  );
  const callers = config.WORKFLOW_CORE_REGISTRY_CALLER ?? "tests";
  return {
    ...Object.fromEntries(
      inherited.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]),
    ),
    WORKFLOW_CORE_SCRIPT_LANG: "python",
    WORKFLOW_LOG_AUDIT_URL: JSON.stringify({ type: "file", path: join(folder, "audits") }),
    ...Object.fromEntries(set),
    WORKFLOW_CORE_REGISTRY_CALLER: callers.split(",").map(callersFolder).join(","),
    // What a case sets, its processes see, as the reference has it (C-183).
    SLUICE_PASS_ENV: set.map(([name]) => name).filter((name) => !SETTING.test(name)).join(","),
  };
}

/** The functions that the reference's tests call stand beside here, in a folder that is not called `tests`. */
function callersFolder(name: string): string {
  const parts = name.trim().split(/[./]/).filter((part) => part !== "" && part !== "tests");
  return join(CALLERS, ...parts);
}

/** Folders of functions stand beside the other ones here. */
function extrasOf({ extras = {} }: CaseCall): JsonObject {
  const { registry_caller: folders } = extras;
  if (!Array.isArray(folders)) return extras;
  return {
    ...extras,
    registry_caller: folders.map((name) => relative(process.cwd(), callersFolder(String(name)))),
  };
}

async function carryOut(sluice: Sluice, wanted: Case): Promise<Outcome> {
  try {
    const workflow = await sluice.workflow(wanted.workflow);
    const steps = wanted.call?.steps ?? [{}];
    const results: CallResult[] = [];
    const cancel = wanted.call?.cancel_after_checks === undefined
      ? undefined
      : cancelAtStage(cancelledStage(wanted.context));
    using _told = cancel && sluice.engine.tell(cancel.sink);
    for (const step of steps) {
      const how = { ...wanted.call, ...step };
      results.push(await call(workflow, wanted, { how, signal: cancel?.signal }));
    }
    const result = results.pop();
    if (result === undefined) throw new Error("Internal error: a case without a call");
    const { status } = result;
    const earlier = results.map(({ status }) => status);
    return { kind: "result", status, context: toJson(result.context) as JsonObject, earlier };
  } catch (error) {
    if (error instanceof WorkflowError && error.diagnostics.length > 0) {
      return {
        kind: "load-error",
        message: [error.message, ...error.diagnostics.map(({ message }) => message)].join("\n"),
        codes: error.diagnostics.map(({ code }) => code),
      };
    }
    if (error instanceof WorkflowError || error instanceof ExpressionError) {
      return { kind: "raised", name: error.name, message: error.message };
    }
    throw error;
  }
}

interface CallFacts {
  readonly how: CaseCall;
  readonly signal: AbortSignal | undefined;
}

function call(workflow: Workflow, wanted: Case, { how, signal }: CallFacts): Promise<CallResult> {
  const params = native(wanted.params) as ValueObject;
  const options = {
    ...(how.timeout === undefined ? {} : { timeoutMs: how.timeout * 1000 }),
    ...(how.max_job_parallel === undefined ? {} : { maxJobParallel: how.max_job_parallel }),
    ...(how.extras === undefined ? {} : { extras: extrasOf(how) as ValueObject }),
    ...(how.run_id === undefined ? {} : { parentRunId: how.run_id }),
    ...(signal === undefined ? {} : { signal }),
  };
  switch (wanted.mode) {
    case "release":
      return workflow.release(date(how.release), {
        ...options,
        params,
        releaseType: releaseType(how.release_type),
      });
    case "rerun":
      return workflow.rerun(params, options);
    case "job":
      return jobResult(workflow, { ...options, job: how.job ?? "", context: params });
    case "stage":
      return stageResult(workflow, { ...options, job: how.job ?? "", context: params });
    case "execute":
      return workflow.execute(params, options);
    default:
      return wanted.mode satisfies never;
  }
}

type CallResult = Pick<Result, "status" | "context">;

interface JobCall extends ExecuteOptions {
  readonly job: string;
  /** `{ params, … }`, as the reference hands it to a job. */
  readonly context: ValueObject;
}

/** What the reference's job gives before its workflow takes it in (REFERENCE C-113). */
async function jobResult(workflow: Workflow, { job, ...options }: JobCall): Promise<CallResult> {
  const { status, context } = await workflow.executeJob(job, options);
  const { strategies, stages, errors, retry } = mappingOf(mappingOf(context.jobs)[job]);
  const failed = errors === undefined ? {} : { errors };
  const legs = stages === undefined
    ? mappingOf(strategies)
    : { EMPTY: { status, matrix: {}, stages, ...failed } };
  return {
    status,
    context: { status, ...legs, ...failed, ...(retry === undefined ? {} : { retry }) },
  };
}

/** What the reference's stage gives before its job takes it in (REFERENCE C-157). */
async function stageResult(workflow: Workflow, { job, ...options }: JobCall): Promise<CallResult> {
  const { status, context } = await workflow.executeJob(job, options);
  const [stage] = Object.values(mappingOf(mappingOf(mappingOf(context.jobs)[job]).stages));
  const { outputs, ...entry } = mappingOf(stage);
  return { status, context: { ...mappingOf(outputs), status, ...entry } };
}

function releaseType(type = "normal"): ReleaseType {
  const found = Object.values(ReleaseType).find((known) => known === type);
  if (found === undefined) throw new Error(`Internal error: release type ${type}`);
  return found;
}

function date(release: Json | undefined): Datetime {
  const value = native(release ?? null);
  if (value instanceof Datetime) return value;
  const written = typeof value === "string" ? Datetime.parse(value) : undefined;
  if (written !== undefined) return written;
  throw new Error(`Internal error: release ${JSON.stringify(release)}`);
}

function native(value: Json): Value {
  if (Array.isArray(value)) return value.map(native);
  if (!isObject(value)) return value as Value;
  const text = value.$datetime ?? value.$date;
  if (typeof text === "string") return Datetime.parse(text) ?? text;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, native(item)]));
}
