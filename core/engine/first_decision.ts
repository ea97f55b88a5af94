/**
 * What a run begins with, decided and written out before it begins.
 *
 * @module
 */
import { encodeEvent } from "../run/codec.ts";
import type { Start } from "../run/command.ts";
import { step } from "../run/decider.ts";
import type { RunEvent } from "../run/event.ts";
import { initialState, type RunState } from "../run/state.ts";
import type { LoadedLanguage } from "./language.ts";

/**
 * Milliseconds within which a run counts as begun at the moment for which its beginning was
 * decided; one that is later is decided anew, with the time that it is then.
 */
export const PUNCTUAL_MS = 50;

/** The first events of a run, before they are in its journal. */
export interface FirstDecision {
  /** The moment for which it was decided. */
  readonly atMs: number;
  /** The state after these events; it is the run's from then on. */
  readonly state: RunState;
  /** What was decided. */
  readonly events: readonly RunEvent[];
  /** The same as the journal keeps it. */
  readonly records: readonly string[];
}

/** Decides how a run begins. */
export function decideFirst(command: Start, language: LoadedLanguage): FirstDecision {
  const state = initialState();
  const events = step(state, command, language);
  return { atMs: command.at, state, events, records: events.map(encodeEvent) };
}

/** The decision, if it was made for about this moment. */
export function punctual(
  decision: FirstDecision | undefined,
  nowMs: number,
): FirstDecision | undefined {
  if (decision === undefined) return undefined;
  const lateMs = nowMs - decision.atMs;
  return lateMs >= 0 && lateMs <= PUNCTUAL_MS ? decision : undefined;
}
