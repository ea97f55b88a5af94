/** A long journal, as a run of a matrix writes it. @module */
import { encodeEvent } from "../core/run/codec.ts";
import type { RunEvent } from "../core/run/event.ts";
import { openSluice } from "../preset.ts";

const STAGES = 24;

/** A leg begins and ends, and so does each of its stages. */
const EVENTS_OF_A_LEG = 2 + 2 * STAGES;

/** The records of a run of about so many events. */
export async function journalLines(count: number): Promise<readonly string[]> {
  const legs = Math.max(1, Math.round(count / EVENTS_OF_A_LEG));
  const events = [...await opening(legs)];
  for (let leg = 0; leg < legs; leg++) events.push(...eventsOf(`only[leg=${leg}]`, AT + leg));
  return events.map(encodeEvent);
}

const AT = Date.UTC(2026, 0, 1);

/** From a real plan, so that what follows is a run of it. */
async function opening(legs: number): Promise<readonly RunEvent[]> {
  await using sluice = await openSluice({ memory: true, audit: false });
  const stages = Array.from({ length: STAGES }, (_, i) => `{name: s${i}}`);
  const job = `{strategy: {matrix: {leg: [0]}}, stages: [${stages.join(", ")}]}`;
  const text = `long: {type: Workflow, jobs: {only: ${job}}}`;
  const { workflows: [workflow] } = await sluice.loadText(text, "long.yml");
  if (workflow === undefined) throw new Error("Internal error: the workflow does not load");
  const branches = Array.from({ length: legs }, (_, leg) => ({
    ...{ key: `leg=${leg}`, body: "stages", bindings: { leg } },
  }));
  const expansion = { again: false, header: {}, noun: "leg", under: "strategies" } as const;
  return [
    { type: "run.started", at: AT, run: "long", plan: sluice.engine.plan(workflow) },
    { type: "job.started", at: AT, job: "only", attempt: 1 },
    {
      ...{ type: "scope.opened", at: AT, owner: "only", round: 1 },
      expansion: { ...expansion, shown: ["matrix"], branches, limit: 9, failFast: false },
    },
  ];
}

function* eventsOf(branch: string, at: number): Generator<RunEvent> {
  yield { type: "branch.started", at, branch };
  for (let i = 0; i < STAGES; i++) {
    const stage = `${branch}/s${i}`;
    yield { type: "stage.started", at, stage, attempt: 1 };
    yield { type: "stage.settled", at, stage, attempt: 1, outcome: "succeeded" };
  }
  yield { type: "branch.settled", at, branch, outcome: "succeeded" };
}
