/** P9: how fast a long journal is read. @module */
import { decodeEvent } from "../core/run/codec.ts";
import { evolve, initialState } from "../core/run/state.ts";
import { type Bench, inTurns } from "./bench.ts";
import { journalLines } from "./journal_lines.ts";

const RUNS = 3;
const EVENTS = 1_000_000;

/** A million events decoded and folded against `JSON.parse` of the same lines. */
export const replay: Bench = {
  id: "P9",
  title: "replay of a journal with 1,000,000 events",
  budget: 2,
  async measure() {
    const lines = await journalLines(EVENTS);
    const taken = await inTurns(RUNS, {
      ours: () => {
        const state = initialState();
        for (const line of lines) evolve(state, decodeEvent(line));
        if (state.stages.size === 0) throw new Error("Internal error: nothing was replayed");
        return Promise.resolve();
      },
      floor: () => {
        let kept: unknown;
        for (const line of lines) kept = JSON.parse(line);
        if (kept === undefined) throw new Error("Internal error: nothing was parsed");
        return Promise.resolve();
      },
    });
    return {
      ours: { what: "decode and fold", samplesMs: taken.ours },
      floor: { what: "JSON.parse", samplesMs: taken.floor },
      note: `${lines.length} records in memory, 480,000 stages`,
    };
  },
};
