/** Carries out one case through the library, in a folder of its own. @module */
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import {
  Datetime,
  ReleaseType,
  type Result,
  type Value,
  type ValueObject,
  Workflow,
  WorkflowError,
} from "../../mod.ts";
import { openSluice, type Sluice } from "../../preset.ts";
import { toJson } from "../../core/expr/json.ts";
import type { Case, CaseCall, Json, JsonObject, Outcome } from "./case.ts";
import { isObject } from "./compare.ts";

const CALLERS = fileURLToPath(new URL("../callers", import.meta.url));

/** Carries out a case whose document is at `file`. */
export async function runCase(wanted: Case, file: string): Promise<Outcome> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-case-"));
  try {
    const conf = join(folder, "conf");
    await mkdir(conf);
    await copyFile(file, join(conf, `${wanted.case}.yml`));
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

function environment({ config }: Case, folder: string): Record<string, string> {
  const inherited = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
  return {
    ...Object.fromEntries(inherited),
    WORKFLOW_CORE_SCRIPT_LANG: "python",
    WORKFLOW_LOG_AUDIT_URL: JSON.stringify({ type: "file", path: join(folder, "audits") }),
    ...config,
    WORKFLOW_CORE_REGISTRY_CALLER: CALLERS,
  };
}

async function carryOut(sluice: Sluice, wanted: Case): Promise<Outcome> {
  try {
    const workflow = await sluice.workflow(wanted.workflow);
    const steps = wanted.call?.steps ?? [{}];
    let result: Result | undefined;
    for (const step of steps) result = await call(workflow, wanted, { ...wanted.call, ...step });
    if (result === undefined) throw new Error("Internal error: a case without a call");
    return { kind: "result", status: result.status, context: toJson(result.context) as JsonObject };
  } catch (error) {
    if (error instanceof WorkflowError && error.diagnostics.length > 0) {
      return { kind: "load-error", message: error.message };
    }
    if (error instanceof WorkflowError) {
      return { kind: "raised", name: error.name, message: error.message };
    }
    throw error;
  }
}

function call(workflow: Workflow, wanted: Case, how: CaseCall): Promise<Result> {
  const params = native(wanted.params) as ValueObject;
  const options = {
    ...(how.timeout === undefined ? {} : { timeoutMs: how.timeout * 1000 }),
    ...(how.max_job_parallel === undefined ? {} : { maxJobParallel: how.max_job_parallel }),
    ...(how.extras === undefined ? {} : { extras: how.extras as ValueObject }),
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
    default:
      return workflow.execute(params, options);
  }
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
