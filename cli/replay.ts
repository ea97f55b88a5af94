/**
 * `sluice replay`
 *
 * @module
 */
import { loadLanguage } from "../core/engine/language.ts";
import { type Replay, type ReplayDifference, replayRun } from "../core/engine/replay_run.ts";
import { makePlan } from "../core/plan/make_plan.ts";
import type { Plan } from "../core/plan/plan.ts";
import { decodeEvent } from "../core/run/codec.ts";
import { openHost } from "../platform/host.ts";
import type { Sluice } from "../preset.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { findRun } from "./find_run.ts";
import { findWorkflow } from "./find_workflow.ts";
import type { Invocation } from "./invocation.ts";
import { openFor } from "./open_sluice.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { table } from "./table.ts";
import { UsageError } from "./usage_error.ts";

/** Decides a run once more from what is recorded of it; nothing is begun and nothing is written. */
export async function execute(invocation: Invocation, printer: Printer): Promise<ExitCode> {
  await using sluice = await openFor(invocation, printer);
  const { runId } = await findRun(sluice, invocation.operands[0] ?? "");
  const records = await Array.fromAsync((await sluice.engine.store()).read(runId));
  const recorded = records.map(decodeEvent);
  const [first] = recorded;
  if (first?.type !== "run.started") {
    throw new UsageError(`Cannot replay run "${runId}": it never began`);
  }
  const named = invocation.value("workflow");
  const plan = named === undefined ? first.plan : await planNow(sluice, first.plan, named);
  const language = await loadLanguage(plan, {
    registry: sluice.registry,
    env: openHost().env(),
  });
  const replay = replayRun(recorded, { language, plan });
  if (invocation.has("json")) printJson(printer, documentOf(runId, replay));
  else tell(replay, { runId, printer });
  return replay.same || replay.differences.length === 0 ? EXIT.ok : EXIT.failed;
}

/** The workflow as it is now, with all that the run was started with. */
async function planNow(sluice: Sluice, then: Plan, named: string): Promise<Plan> {
  const { workflow } = await findWorkflow(sluice, named);
  const { engine, params, timeoutMs, maxParallel, stageDefaultId, scriptLang } = then;
  const { extras, release, ancestry } = then;
  return makePlan(workflow, {
    ...{ engine, params, maxParallel, stageDefaultId, scriptLang, extras, release, ancestry },
    ...{ timeoutMs: timeoutMs ?? 0 },
  });
}

function documentOf(runId: string, { same, state, differences }: Replay): unknown {
  return {
    run_id: runId,
    same,
    settled: state.phase === "settled",
    wanted: wantedIn({ state }),
    differences: differences.map(({ address, recorded, replayed }) => ({
      address,
      recorded: recorded ?? null,
      replayed: replayed ?? null,
    })),
  };
}

/** What would have to be begun to go on: nothing is recorded of it. */
function wantedIn({ state }: Pick<Replay, "state">): readonly string[] {
  return [...state.live.keys()];
}

function tell(
  replay: Replay,
  { runId, printer }: { readonly runId: string; readonly printer: Printer },
): void {
  const { same, events, differences } = replay;
  if (same) return printer.tell(`Run ${runId}: all ${events.length} events follow as recorded`);
  if (differences.length > 0) printer.print(tableOf(differences, printer));
  const wanted = wantedIn(replay);
  if (wanted.length > 0) {
    printer.tell(`Would be begun, and nothing is recorded of it: ${wanted.join(", ")}`);
  }
  printer.tell(
    differences.length === 0
      ? `Run ${runId}: every part ends as recorded, by other events`
      : `Run ${runId}: ${differences.length} parts end otherwise`,
  );
}

function tableOf(differences: readonly ReplayDifference[], printer: Printer): string {
  const { columns } = printer.size();
  return table(differences, [
    { title: "PART", text: ({ address }) => address || "(the run)", color: () => "cyan" },
    { title: "RECORDED", text: ({ recorded }) => recorded ?? "-" },
    { title: "NOW", text: ({ replayed }) => replayed ?? "-" },
  ], { paint: printer.printed, ...(printer.printsToTerminal ? { columns } : {}) });
}
