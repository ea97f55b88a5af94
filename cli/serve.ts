/**
 * `sluice serve`
 *
 * @module
 */
import { readRetention, type Retention } from "../core/engine/retention.ts";
import { RunRecovery } from "../core/engine/run_recovery.ts";
import type { ScheduleNote } from "../core/engine/schedule_note.ts";
import { Scheduler } from "../core/engine/scheduler.ts";
import { together } from "../core/engine/together.ts";
import { OPEN_STATUSES } from "../core/plugin/journal.ts";
import { systemClock } from "../platform/clock.ts";
import { openHost } from "../platform/host.ts";
import { exit } from "../platform/process.ts";
import { serve } from "../platform/serve.ts";
import {
  createApp,
  httpSettings,
  openTokenFile,
  tokenFileOf,
  tokenFrom,
} from "../plugins/http/mod.ts";
import { readPrivateText } from "../plugins/secrets/private_file.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { Interrupts } from "./interrupts.ts";
import type { Invocation } from "./invocation.ts";
import { keepSchedule } from "./keep_schedule.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { addressLines, addressOf, hostNames, type ServeAddress } from "./serve_address.ts";
import { tellNote } from "./schedule_note_line.ts";
import { schedulerParts } from "./scheduled_workflows.ts";
import { UsageError } from "./usage_error.ts";

const DEFAULT_PORT = 8642;
const DEFAULT_HOST = "127.0.0.1";
const MAX_PORT = 65_535;
/** How the runs are started that nobody but a server takes up. */
const STARTED_HERE: readonly string[] = ["http", "rerun"];
/** A scheduler takes these up itself. */
const WEBHOOK = "webhook";
/** So many runs under way are ended when somebody is in a hurry. */
const MAX_ENDED_RUNS = 1_000;

/** Serves the endpoint until it is told to end; then waits for what is under way. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  const ending = new AbortController();
  const hurry = new AbortController();
  // They must be answered until the last run has ended, so they are opened first.
  using _interrupts = new Interrupts({
    cancel: () => {
      if (ending.signal.aborted) return hurry.abort();
      printer.tell("Waiting for what is under way to end");
      ending.abort();
    },
    leave: () => exit(EXIT.cancelled),
  });
  await serveUntil({ ending: ending.signal, hurry: hurry.signal }, { invocation, printer });
  return EXIT.ok;
}

interface Signals {
  /** Nothing more is begun. */
  readonly ending: AbortSignal;
  /** What is under way is ended, too. */
  readonly hurry: AbortSignal;
}

async function serveUntil(
  { ending, hurry }: Signals,
  { invocation, printer }: { readonly invocation: Invocation; readonly printer: Printer },
): Promise<void> {
  const port = portFrom(invocation);
  const host = invocation.value("host") ?? DEFAULT_HOST;
  await using sluice = await openFor(invocation, printer);
  const settings = httpSettings(sluice.settings.http);
  const retention = readRetention(sluice.settings);
  const tokenFile = invocation.value("token-file") ?? tokenFileOf(sluice.settings.statePath);
  const token = await firstToken(tokenFile, printer);
  // A store that cannot be opened is told of now, and the first to ask does not wait for it.
  await (await sluice.engine.store()).list({ limit: 1 });
  const app = createApp(sluice, {
    ...settings,
    tokens: [tokenFrom(token), ...settings.tokens ?? []],
    hosts: [...hostNames(host), ...settings.hosts ?? []],
    signal: ending,
    warn: (message) => warn(message, printer),
  });
  const served = serve((request, caller) => app.fetch(request, caller), { port, host });
  tellAddress({ host, port: served.port, token, tokenFile }, { invocation, printer });
  hurry.addEventListener("abort", () => void endRuns(sluice), { once: true });
  await serveWith(served, {
    ending,
    works: invocation.has("schedule")
      ? [
        (signal) => recover(sluice, { triggers: STARTED_HERE, printer, signal }),
        (signal) => schedule(sluice, { retention, printer, signal }),
      ]
      : [(signal) => recover(sluice, { triggers: [...STARTED_HERE, WEBHOOK], printer, signal })],
  });
}

/**
 * Serves until it is told to end. An endpoint whose scheduler has failed ends as
 * well, so that somebody starts both anew.
 */
export async function serveWith(
  served: { stop(): Promise<void> },
  { ending, works }: {
    readonly ending: AbortSignal;
    /** What goes on beside it. */
    readonly works: readonly ((ending: AbortSignal) => Promise<void>)[];
  },
): Promise<void> {
  try {
    await together(ending, [aborted, ...works]);
  } finally {
    await served.stop();
  }
}

function tellAddress(
  address: ServeAddress,
  { invocation, printer }: { readonly invocation: Invocation; readonly printer: Printer },
): void {
  if (invocation.has("json")) {
    printJson(printer, { url: addressOf(address), token_file: address.tokenFile });
    return;
  }
  const isTerminal = printer.tellsTerminal;
  for (const line of addressLines(address, { isTerminal })) printer.tell(line);
}

function portFrom(invocation: Invocation): number {
  const port = invocation.number("port", { min: 0, whole: true }) ?? DEFAULT_PORT;
  if (port <= MAX_PORT) return port;
  throw new UsageError(`Cannot use --port "${port}": the greatest is ${MAX_PORT}`);
}

async function firstToken(file: string, printer: Printer): Promise<string> {
  const { text } = await openTokenFile(file, openHost());
  if (!await isPrivate(file)) {
    warn(`Others may read the token in "${file}": run "chmod 600 ${file}"`, printer);
  }
  return text;
}

/** A file that was just read: if it cannot be read as a private one, its mode is why. */
function isPrivate(file: string): Promise<boolean> {
  return readPrivateText(file).then(() => true, () => false);
}

function warn(message: string, printer: Printer): void {
  printer.tell(`${printer.told.yellow("warning:")} ${message}`);
}

/** Takes up what a server has left that died. */
async function recover(
  { engine }: Sluice,
  { triggers, printer, signal }: {
    readonly triggers: readonly string[];
    readonly printer: Printer;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const tell = noteTeller(printer);
  await new RunRecovery({ engine, clock: systemClock, triggers, tell }).run(signal);
}

function noteTeller(printer: Printer): (note: ScheduleNote) => void {
  return (note) => tellNote(note, { printer, json: false, nowMs: systemClock.now() });
}

async function schedule(
  sluice: Sluice,
  { retention, printer, signal }: {
    readonly retention: Retention | undefined;
    readonly printer: Printer;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const tell = noteTeller(printer);
  const scheduler = new Scheduler({ ...schedulerParts(sluice), tell });
  await keepSchedule(sluice, { scheduler, retention, clock: systemClock, signal, tell });
}

/** Ends the runs that this process drives. */
async function endRuns({ engine }: Sluice): Promise<void> {
  const query = { statuses: OPEN_STATUSES, limit: MAX_ENDED_RUNS };
  const open = await (await engine.store()).list(query);
  for (const { runId } of open) engine.running(runId)?.cancel("system", "told to end at once");
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
