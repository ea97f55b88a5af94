/** OpenWorkflow with a workflow of three empty steps, on SQLite: the other peer of P6. @module */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { messageOf } from "../core/source/message_of.ts";
import { median, timed } from "./bench.ts";
import { peersFolder, peerVersion } from "./peers.ts";

/** What is used of the package, which is installed only when it is measured. */
interface OpenWorkflowPackage {
  readonly OpenWorkflow: new (options: { readonly backend: object }) => {
    defineWorkflow(spec: { readonly name: string }, work: Work): { run(): Promise<unknown> };
    newWorker(options: { readonly concurrency: number }): {
      start(): Promise<void>;
      stop(): Promise<void>;
    };
  };
}

/** The part of it that keeps runs in SQLite. */
interface SqlitePackage {
  readonly BackendSqlite: {
    connect(path: string): { stop(): Promise<void> } & object;
  };
}

type Work = (tools: { readonly step: Steps }) => Promise<void>;

interface Steps {
  run(spec: { readonly name: string }, work: () => Promise<void>): Promise<void>;
}

const TURNS = 3;
const STEPS = 3;

/** It claims one run for each free place at a time; ten places and a thousand were slower. */
const CONCURRENCY = 100;

/** What a run costs when so many are asked for at once, as a sentence for whoever reads a figure. */
export async function openWorkflowEach(folder: string, runs: number): Promise<string> {
  const peer = peerVersion("openworkflow");
  try {
    const samples: number[] = [];
    for (let turn = 0; turn < TURNS; turn++) {
      samples.push(await measured(join(folder, `open_workflow_${turn}.db`), runs));
    }
    return `${peer} on SQLite ${(median(samples) / runs).toFixed(2)} ms a run`;
  } catch (error) {
    return `${peer} is not measured: ${messageOf(error)}`;
  }
}

async function measured(file: string, runs: number): Promise<number> {
  const { OpenWorkflow }: OpenWorkflowPackage = await installed("index.js");
  const { BackendSqlite }: SqlitePackage = await installed("sqlite.js");
  const backend = BackendSqlite.connect(file);
  const client = new OpenWorkflow({ backend });
  const ended = Promise.withResolvers<void>();
  let left = runs;
  const workflow = client.defineWorkflow({ name: "three" }, async ({ step }) => {
    for (let i = 0; i < STEPS; i++) await step.run({ name: `s${i}` }, () => Promise.resolve());
    if (--left === 0) ended.resolve();
  });
  const worker = client.newWorker({ concurrency: CONCURRENCY });
  const tookMs = await timed(async () => {
    for (let i = 0; i < runs; i++) await workflow.run();
    await worker.start();
    await ended.promise;
  });
  await worker.stop();
  await backend.stop();
  return tookMs;
}

async function installed(file: string) {
  const folder = join(await peersFolder(), "node_modules", "openworkflow", "dist");
  return await import(pathToFileURL(join(folder, file)).href);
}
