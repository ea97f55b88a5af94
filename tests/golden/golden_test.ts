import { deepEqual, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { decodeEvent } from "../../core/run/codec.ts";
import { step } from "../../core/run/decider.ts";
import { demand } from "../../core/run/demand.ts";
import type { RunEvent } from "../../core/run/event.ts";
import { snapshot } from "../../core/run/snapshot.ts";
import { replay } from "../../core/run/state.ts";
import { test } from "../harness.ts";
import { simulatedLanguage } from "../simulation/random_plan.ts";

const HERE = new URL("./", import.meta.url);

/** Every journal that a released version has written, with the state that it added up to then. */
function journals(): readonly string[] {
  return readdirSync(HERE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) =>
      readdirSync(new URL(`${name}/`, HERE)).filter((file) => file.endsWith(".jsonl"))
        .map((file) => `${name}/${file.slice(0, -".jsonl".length)}`)
    ).sort();
}

function eventsOf(name: string): RunEvent[] {
  const text = readFileSync(new URL(`${name}.jsonl`, HERE), "utf8");
  return text.trimEnd().split("\n").map(decodeEvent);
}

/** What was known then is what is known now; a later version may know more. */
function knownThen(now: unknown, then: unknown): unknown {
  if (typeof then !== "object" || then === null || Array.isArray(then)) return now;
  const entries = Object.entries(then).map(([key, value]) => [
    key,
    knownThen(Object(now)[key], value),
  ]);
  return Object.fromEntries(entries);
}

test("journals of every released version are there", () => {
  ok(journals().length > 0);
});

for (const name of journals()) {
  test(`journal ${name} replays to the state that it had when it was written`, () => {
    const then: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, HERE), "utf8"));
    // Through JSON, as the recorded one went.
    const now: unknown = JSON.parse(JSON.stringify(snapshot(replay(eventsOf(name)))));
    deepEqual(knownThen(now, then), then);
  });

  test(`journal ${name} can be taken up wherever its engine may have died`, () => {
    const events = eventsOf(name);
    for (let length = 1; length < events.length; length++) {
      const state = replay(events.slice(0, length));
      const lost = new Set(demand(state).map(({ key }) => key));
      step(state, { type: "recover", at: state.at }, simulatedLanguage);
      for (const { key } of demand(state)) ok(!lost.has(key), `"${key}" was lost`);
    }
  });
}
