/**
 * `sluice logs`
 *
 * @module
 */
import { stagePath } from "../core/engine/render/part_path.ts";
import type { OutputLine } from "../core/plugin/sink.ts";
import type { RunState, StageState } from "../core/run/state.ts";
import { closestName } from "../core/source/closest_name.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun, isDriven } from "./find_run.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { isoText } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { type MeantStages, stagesMeant } from "./stage_names.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

/** Milliseconds between two looks at a run that is followed, at least. */
const FOLLOW_MS = 300;

/** Prints what the stages of a run printed. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const [given = "", stage] = invocation.operands;
  const { runId } = await findRun(sluice, given);
  const store = await sluice.engine.store();
  const lines = new LogPrinter(printer, { json: invocation.has("json"), stage });
  const follow = invocation.has("follow");
  for (;;) {
    const startedAt = sluice.engine.now();
    // The state first: what a run printed before it ended is in its files then.
    const state = await sluice.engine.read(runId);
    const goesOn = follow && state.phase !== "settled" && await isDriven(store, runId);
    const meant = stage === undefined ? undefined : stagesMeant(state, stage);
    if (stage !== undefined && meant !== undefined) {
      refuseAmbiguous(stage, meant);
      if (!goesOn && meant.places.length === 0) refuseUnknown(state, stage);
    }
    await lines.printNew(sluice, { state, meant: meant?.stages });
    if (!goesOn) return EXIT.ok;
    // Files are read from their start each time: long ones less often.
    const took = sluice.engine.now() - startedAt;
    await new Promise((resolve) => setTimeout(resolve, Math.max(FOLLOW_MS, 2 * took)));
  }
}

/** Prints lines, each once. */
class LogPrinter {
  readonly #printer: Printer;
  readonly #json: boolean;
  readonly #stage: string | undefined;
  /** How many lines of each attempt have been printed. */
  readonly #printed = new Map<string, number>();

  constructor(
    printer: Printer,
    { json, stage }: { readonly json: boolean; readonly stage: string | undefined },
  ) {
    this.#printer = printer;
    this.#json = json;
    this.#stage = stage;
  }

  async printNew(
    { log }: Sluice,
    { state, meant }: {
      readonly state: RunState;
      /** Only what these stages printed. @default all of them */
      readonly meant: ReadonlySet<string> | undefined;
    },
  ): Promise<void> {
    const seen = new Map<string, number>();
    for await (const line of log.read(state.id)) {
      const attempt = `${line.stage}#${line.attempt}`;
      const number = (seen.get(attempt) ?? 0) + 1;
      seen.set(attempt, number);
      if (meant !== undefined && !meant.has(line.stage)) continue;
      if (number <= (this.#printed.get(attempt) ?? 0)) continue;
      this.#printed.set(attempt, number);
      this.#print(line, state.stages.get(line.stage));
    }
  }

  #print(line: OutputLine, stage: StageState | undefined): void {
    if (this.#json) return this.#printer.print(JSON.stringify({ ...line, at: isoText(line.at) }));
    const text = this.#printer.printsToTerminal ? terminalText(line.text) : line.text;
    if (this.#isOneStage(stage)) return this.#printer.print(text);
    const path = stage === undefined ? line.stage : stagePath(stage);
    this.#printer.print(`${this.#printer.printed.dim(`${path} |`)} ${text}`);
  }

  /** Whose output it is need not be said where only one stage can be meant. */
  #isOneStage(stage: StageState | undefined): boolean {
    return stage !== undefined &&
      (stage.address === this.#stage || stagePath(stage) === this.#stage);
  }
}

/** So many places of a name are told. */
const MAX_TOLD_PLACES = 5;

function refuseAmbiguous(given: string, { places }: MeantStages): void {
  if (places.length <= 1) return;
  const told = places.slice(0, MAX_TOLD_PLACES).map((place) => `"${place}"`);
  const more = places.length > told.length ? ", …" : "";
  throw new UsageError(
    `There are ${places.length} stages called "${given}": write which one: ${
      told.join(", ")
    }${more}`,
  );
}

function refuseUnknown(state: RunState, given: string): void {
  // A job of which no stage has begun has printed nothing, and is there.
  if (state.jobs.has(given)) return;
  const stages = [...state.stages.values()].flatMap((stage) => [stage.name, stagePath(stage)]);
  const closest = closestName(given, [...state.jobs.keys(), ...stages]);
  throw new UsageError(
    `There is no stage "${given}" in run "${state.id}"${
      closest === undefined ? ': "sluice show" lists them' : `; did you mean "${closest}"?`
    }`,
  );
}
