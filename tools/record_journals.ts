/**
 * Writes down journals of the present version, for all later ones to replay:
 * `tests/golden/<version>/<name>.jsonl`, with the state that they add up to
 * beside them. Run it once for each release, before the version is raised;
 * what an earlier version wrote is never written again.
 *
 * Few journals that hold much: a seed is taken while it shows something that
 * those before it did not.
 *
 * @module
 */
import { encodeEvent } from "../core/run/codec.ts";
import type { RunEvent } from "../core/run/event.ts";
import { snapshot } from "../core/run/snapshot.ts";
import { type Simulated, simulateRun } from "../tests/simulation/simulate_run.ts";
import { VERSION } from "../version.ts";

const SEEDS = 2_000;
const FAULTS = { crash: 0.05, cancel: 0.02, stale: 0.1, jump: 0.05 };
const FOLDER = new URL(`../tests/golden/${VERSION}/`, import.meta.url);

/** What a journal shows: kinds of events, with what is told of each. */
function traits(journal: readonly RunEvent[]): Set<string> {
  return new Set(journal.flatMap((event) => {
    const fields = Object.keys(event).map((field) => `${event.type}.${field}`);
    const outcome = "outcome" in event ? [`${event.type}=${event.outcome}`] : [];
    const reason = "reason" in event && event.reason !== undefined
      ? [`${event.type} because ${event.reason.kind}`]
      : [];
    return [...fields, ...outcome, ...reason];
  }));
}

function* chosen(): Generator<readonly [string, Simulated]> {
  const seen = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const run = simulateRun(seed, { faults: FAULTS, override: seed % 5 === 0 ? 0.5 : 0 });
    const fresh = [...traits(run.journal)].filter((trait) => !seen.has(trait));
    if (fresh.length === 0) continue;
    for (const trait of fresh) seen.add(trait);
    yield [`seed-${seed}`, run];
  }
}

await Deno.mkdir(FOLDER, { recursive: true });
let count = 0;
for (const [name, { journal, state }] of chosen()) {
  const lines = journal.map((event) => `${encodeEvent(event)}\n`).join("");
  const expected = JSON.stringify(snapshot(state), undefined, 1);
  await Deno.writeTextFile(new URL(`${name}.jsonl`, FOLDER), lines);
  await Deno.writeTextFile(new URL(`${name}.json`, FOLDER), `${expected}\n`);
  count++;
}
console.log(`${count} journals of version ${VERSION}`);
