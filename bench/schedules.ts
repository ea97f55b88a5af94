/** P16: what a scheduler costs that has a lot to look after. @module */
import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { encodeName } from "../core/plugin/file_name.ts";
import { type Bench, CannotMeasure, type Measured } from "./bench.ts";
import { builtCommand, inFolder, runtimeCommand, sluiceCommand } from "./process.ts";

const WORKFLOWS = 1_000;
const SCHEDULES_EACH = 10;
const MEMORY_BUDGET_MEGABYTES = 60;
const IDLE_MS = 30_000;
const IDLE_SHARE = 0.01;
const SETTLING_MS = 15_000;
const TOGETHER = 100;
const ROUNDS = 3;
const LATENESS_MS = 50;
const KILOBYTES_PER_MEGABYTE = 1_024;
const OFTEN = '    - {cron: "*/10 * * * * * *", timezone: Europe/Berlin}\n';
/** Linux counts a process's time in hundredths of a second. */
const TICK_MS = 10;

const SIZE = `${WORKFLOWS} files of ${SCHEDULES_EACH} schedules`;

// Schedules bunch up where people write round times: of ten thousand, a
// hundred at one moment is what comes when one in a hundred is hourly. They
// come six times a minute here, so that a measurement does not take hours, and
// between them the scheduler is as it is at other times: nothing is due. What is
// due before all was loaded is late by as much as loading takes, and left out.

/** What it takes above what the runtime takes, as people install it. */
export const memory: Bench = {
  id: "P16a",
  title: `memory of a scheduler with ${SIZE}, above the bare runtime`,
  budget: 1,
  measure: () => withDaemon({ busy: 0 }, memoryAboveBare),
};

/** The same from a checkout, whose modules the runtime keeps one by one. */
export const memoryFromSource: Bench = {
  id: "P16as",
  title: "memory of a scheduler from source: the same from a checkout",
  budget: 1,
  measure: () => withDaemon({ busy: 0, isBuilt: false }, memoryAboveBare),
};

async function memoryAboveBare({ pid }: Daemon): Promise<Measured> {
  await sleep(SETTLING_MS);
  const megabytes = await residentMegabytes(pid) - await bareMegabytes();
  return {
    ours: { what: "above the bare runtime", samplesMegabytes: [megabytes] },
    floor: { what: "the budget", samplesMegabytes: [MEMORY_BUDGET_MEGABYTES] },
    note: `resident, ${SETTLING_MS / 1_000} s after all was loaded`,
  };
}

/** What it costs to wait. */
export const idle: Bench = {
  id: "P16b",
  title: `processor time of a scheduler with ${SIZE}, none of them due`,
  budget: 1,
  measure: () =>
    withDaemon({ busy: 0 }, async ({ pid }) => {
      await sleep(SETTLING_MS);
      const before = await processorMs(pid);
      await sleep(IDLE_MS);
      const takenMs = await processorMs(pid) - before;
      return {
        ours: { what: `in ${IDLE_MS / 1_000} s`, samplesMs: [takenMs] },
        floor: { what: "the budget", samplesMs: [IDLE_MS * IDLE_SHARE] },
        note: "it looks for changed files and for what other processes have done",
      };
    }),
};

/** From the slot to the run that is on disk and told of; the note says when its first stage printed. */
export const lateness: Bench = {
  id: "P16c",
  title: `lateness p99 of ${TOGETHER} runs that are due at one moment, ${SIZE} beside them`,
  budget: 1,
  measure: () =>
    withDaemon({ busy: TOGETHER }, async ({ lateMs, printedMs }) => {
      const begun = quantiles(await lateMs(TOGETHER * ROUNDS));
      const printed = quantiles(await printedMs(TOGETHER * ROUNDS));
      return {
        ours: { what: "99 % have begun within", samplesMs: [begun(0.99)] },
        floor: { what: "the budget", samplesMs: [LATENESS_MS] },
        note: `from the slot to the disk, ${ROUNDS} times every ten seconds; ` +
          `the quickest within ${begun(0)} ms, half within ${begun(0.5)} ms; ` +
          `99 % of their first stages have printed within ${printed(0.99)} ms, ` +
          `half within ${printed(0.5)} ms`,
      };
    }),
};

/** What a share of some samples does not exceed. */
function quantiles(samples: readonly number[]): (share: number) => number {
  const sorted = samples.toSorted((one, other) => one - other);
  return (share) => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
}

interface Daemon {
  readonly pid: number;
  /** Waits until so many runs have begun; by how much each was late. */
  lateMs(runs: number): Promise<readonly number[]>;
  /** Waits until so many runs have ended; how long after its slot the stage of each printed. */
  printedMs(runs: number): Promise<readonly number[]>;
}

function withDaemon(
  { busy, isBuilt = true }: { readonly busy: number; readonly isBuilt?: boolean },
  work: (daemon: Daemon) => Promise<Measured>,
): Promise<Measured> {
  if (process.platform !== "linux") throw new CannotMeasure("only Linux says what a process takes");
  return inFolder(async (folder) => {
    await writeWorkflows(join(folder, "conf"), busy);
    const commandOf = isBuilt ? await builtCommand(folder) : sluiceCommand;
    const [program = "", ...args] = commandOf(["schedule", "--json", "--max-runs", "100"]);
    const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.on("close", resolve));
    try {
      const heard = notesOf(child.stdout);
      const [loaded] = await heard(({ type }) => type === "loaded", 1);
      const loadedMs = Date.parse(loaded?.at ?? "");
      const runs = (wanted: string, count: number) =>
        heard(({ type, run_id = "" }) => type === wanted && slotOf(run_id) > loadedMs, count);
      return await work({
        pid: child.pid ?? 0,
        lateMs: async (count) => (await runs("started", count)).map(({ late_ms = NaN }) => late_ms),
        printedMs: async (count) => {
          const logs = join(folder, ".sluice", "logs");
          const settled = await runs("settled", count);
          return await Promise.all(settled.map(({ run_id = "" }) => printedAfter(run_id, logs)));
        },
      });
    } finally {
      child.kill("SIGTERM");
      await ended;
    }
  });
}

/** How long after its slot the only stage of a run printed: the first line of its log says when. */
async function printedAfter(runId: string, logs: string): Promise<number> {
  const folder = join(logs, encodeName(runId));
  const [file = ""] = await readdir(folder);
  const [head = ""] = (await readFile(join(folder, file), "utf8")).split("\n");
  const { at }: { readonly at: number } = JSON.parse(head);
  return at - slotOf(runId);
}

function slotOf(runId: string): number {
  return Date.parse(runId.slice(runId.indexOf("@") + 1));
}

/** The busy ones all come at once, every ten seconds; the others once a year, half a year from now. */
async function writeWorkflows(folder: string, busy: number): Promise<void> {
  await mkdir(folder);
  const month = (new Date().getUTCMonth() + 6) % 12 + 1;
  for (let at = 0; at < WORKFLOWS; at++) {
    const rare = Array.from(
      { length: SCHEDULES_EACH },
      (_, nth) =>
        `    - {cron: "${(at + nth) % 60} ${nth} ${
          at % 28 + 1
        } ${month} *", timezone: Europe/Berlin}\n`,
    );
    const often = at < busy ? OFTEN : rare.pop();
    const on = rare.slice(0, SCHEDULES_EACH - 1).join("") + often;
    const jobs = "  jobs: {only: {stages: [{name: nothing, echo: hi}]}}\n";
    await writeFile(join(folder, `${at}.yml`), `w${at}:\n  type: Workflow\n  on:\n${on}${jobs}`);
  }
}

interface Note {
  readonly at?: string;
  readonly type?: string;
  readonly run_id?: string;
  readonly late_ms?: number;
}

/** Waits until so many notes of some sort have come. */
function notesOf(stream: NodeJS.ReadableStream) {
  const notes: Note[] = [];
  let unfinished = "";
  let heard = Promise.withResolvers<void>();
  stream.on("data", (chunk) => {
    const lines = (unfinished + chunk).split("\n");
    unfinished = lines.pop() ?? "";
    notes.push(...lines.map((line): Note => JSON.parse(line)));
    heard.resolve();
  });
  return async (wanted: (note: Note) => boolean, count: number): Promise<readonly Note[]> => {
    while (notes.filter(wanted).length < count) {
      heard = Promise.withResolvers();
      await heard.promise;
    }
    return notes.filter(wanted);
  };
}

async function bareMegabytes(): Promise<number> {
  const script = new URL("./waiting.ts", import.meta.url);
  const [program = "", ...args] = runtimeCommand(script, []);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await new Promise((resolve) => child.stdout.once("data", resolve));
    return await residentMegabytes(child.pid ?? 0);
  } finally {
    child.kill("SIGKILL");
  }
}

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / KILOBYTES_PER_MEGABYTE;
}

/** What the process has used of processors so far. */
async function processorMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may hold anything: the fourteenth and fifteenth field of all.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
