/**
 * A run as plain lines, one after another: for files, pipes and build logs.
 *
 * @module
 */
import { stagePath } from "../core/engine/render/part_path.ts";
import { durationText } from "../core/engine/render/duration_text.ts";
import type { OutputBlock } from "../core/plugin/sink.ts";
import type { RunEvent } from "../core/run/event.ts";
import type { RunState } from "../core/run/state.ts";
import { startTimer } from "../platform/timer.ts";
import { OutputTails } from "./output_tails.ts";
import { eventLine, pathIn, waitingLine } from "./event_line.ts";
import type { RunStates } from "./run_states.ts";
import type { RunView } from "./run_view.ts";
import { terminalText } from "./terminal_text.ts";

/** After so many milliseconds without a line it says what still runs. */
export const SILENCE_MS = 30_000;

/** Mostly there is room, so only who has waited so many milliseconds for it is told of. */
const WAITING_MS = 300;

/** So many stages are named then. */
const MAX_NAMED = 4;

/** Of what an attempt prints so many lines are shown; outputs are often data. */
export const MAX_SHOWN_LINES = 10;

/** What a plain view is made of. */
export interface PlainViewOptions {
  /** Whether to show all that stages print. */
  readonly verbose: boolean;
  /** Takes the lines. */
  readonly tell: (text: string) => void;
  /** The time, in epoch milliseconds. */
  readonly now: () => number;
}

/** A run as plain lines. */
export class PlainView implements RunView {
  /** For messages about it. */
  readonly name = "progress";
  readonly #states: RunStates;
  readonly #options: PlainViewOptions;
  /** What was printed by the stages under way, by run and stage. */
  readonly #tails = new Map<string, OutputTails>();
  /** The runs that have asked for a permit. */
  readonly #asking = new Map<string, Disposable>();
  #timer: Disposable;
  #toldAt: number;

  /** @param states The states so far; kept up to date from here on. */
  constructor(states: RunStates, options: PlainViewOptions) {
    this.#states = states;
    this.#options = options;
    this.#toldAt = options.now();
    this.#timer = this.#watch();
  }

  /** Takes in what happened. */
  events(runId: string, events: readonly RunEvent[]): void {
    const lines = events.flatMap((event) => {
      const state = this.#states.record(runId, event);
      // Of a run whose beginning is not known there is nothing to be said in its words.
      if (state.plan === undefined) return [];
      this.#noteWaiting(event, state);
      const line = eventLine(event, state);
      const told = [...this.#rest(event, state), ...(line === undefined ? [] : [line])];
      return told.map((text) => this.#within(state, text));
    });
    if (lines.length > 0) this.tell(lines.join("\n"));
  }

  /** Takes in what a stage printed. */
  lines(runId: string, block: OutputBlock): void {
    const state = this.#states.find(runId);
    if (state === undefined) return;
    const shown = this.#shown(runId, block);
    const path = pathIn(state, block.stage);
    for (const text of shown) this.tell(this.#within(state, `${path} | ${terminalText(text)}`));
  }

  /** Says something beside the run. */
  tell(text: string): void {
    this.#toldAt = this.#options.now();
    // Who reads a pipe may print it on a terminal, and names hold values, too.
    this.#options.tell(text.split("\n").map(terminalText).join("\n"));
  }

  /** Says what still runs, if nothing has been said for a while. */
  tellWhatRuns(): void {
    const now = this.#options.now();
    const stages = [...this.#states.root.live.values()];
    if (now - this.#toldAt < SILENCE_MS || stages.length === 0) return;
    const named = stages.slice(0, MAX_NAMED).map((stage) =>
      `${stagePath(stage)} (${durationText(now - stage.startedAt)})`
    );
    const hidden = stages.length - named.length;
    this.tell(`still running: ${named.join(", ")}${hidden > 0 ? ` and ${hidden} more` : ""}`);
  }

  /** Stops watching the clock. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    for (const timer of this.#asking.values()) timer[Symbol.dispose]();
  }

  #watch(): Disposable {
    return startTimer(SILENCE_MS, () => {
      this.#timer = this.#watch();
      this.tellWhatRuns();
    });
  }

  #noteWaiting(event: RunEvent, state: RunState): void {
    if (event.type === "permit.requested") {
      const tell = () => this.tell(this.#within(state, waitingLine(state)));
      this.#asking.set(state.id, startTimer(WAITING_MS, tell));
    } else if (event.type === "permit.granted" || event.type === "run.settled") {
      this.#asking.get(state.id)?.[Symbol.dispose]();
      this.#asking.delete(state.id);
    }
  }

  /** Those of the lines that are shown at once: the first ones of an attempt. */
  #shown(runId: string, block: OutputBlock): readonly string[] {
    const tails = this.#tails.get(runId) ?? new OutputTails();
    this.#tails.set(runId, tails);
    const before = tails.add(block);
    if (this.#options.verbose) return block.text.split("\n");
    const room = Math.max(0, MAX_SHOWN_LINES - before);
    return room === 0 ? [] : block.text.split("\n", room);
  }

  /** What an attempt printed and was not shown: of one that failed the end, else how much. */
  #rest(event: RunEvent, state: RunState): readonly string[] {
    const isEnd = event.type === "stage.settled" || event.type === "stage.retry-scheduled";
    const tail = isEnd ? this.#tails.get(state.id)?.take(event.stage) : undefined;
    const hidden = (tail?.count ?? 0) - MAX_SHOWN_LINES;
    if (this.#options.verbose || tail === undefined || !isEnd || hidden <= 0) return [];
    const failed = event.type === "stage.retry-scheduled" || event.outcome === "failed";
    const lines = failed ? tail.lines.slice(-hidden) : [];
    const left = hidden - lines.length;
    const path = pathIn(state, event.stage);
    return [
      ...(left === 0 ? [] : [`${path} | … ${left} more ${left === 1 ? "line" : "lines"}`]),
      ...lines.map((text) => `${path} | ${terminalText(text)}`),
    ];
  }

  /** Lines of a run that a stage started say which one it was. */
  #within(state: RunState, line: string): string {
    const starters = this.#states.startersOf(state);
    if (starters.length === 0) return line;
    const prefix = starters.map((stage) => `${stagePath(stage)} > `).join("");
    return line.split("\n").map((part) => `${prefix}${part}`).join("\n");
  }
}
