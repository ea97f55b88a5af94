/**
 * A run as a tree that is drawn anew in its place while it goes on.
 *
 * @module
 */
import { progressTree } from "../core/engine/render/progress_tree.ts";
import { runTree } from "../core/engine/render/run_tree.ts";
import type { TreeFacts, TreeRow } from "../core/engine/render/tree_row.ts";
import type { OutputBlock } from "../core/plugin/sink.ts";
import type { RunEvent } from "../core/run/event.ts";
import { OutputTails } from "./output_tails.ts";
import type { Paint } from "./paint.ts";
import { paintTree } from "./paint_tree.ts";
import type { RunStates } from "./run_states.ts";
import type { RunView } from "./run_view.ts";

/** Milliseconds between two pictures. */
export const FRAME_MS = 100;

/** However low the terminal is, so many rows are drawn. */
const LEAST_ROWS = 3;

/** What a live view is made of. */
export interface LiveViewOptions {
  /** Writes lines; the cursor stands at the start of the next one afterwards. */
  readonly tell: (text: string) => void;
  /** The time, in epoch milliseconds. */
  readonly now: () => number;
  /** How large the terminal is now. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** The colours. */
  readonly paint: Paint;
}

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const NO_WRAP = "\x1b[?7l";
const WRAP = "\x1b[?7h";
/** Between these two the terminal shows nothing of what changes. */
const BEGIN_FRAME = "\x1b[?2026h";
const END_FRAME = "\x1b[?2026l";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** A run as a tree that is drawn anew in its place. */
export class LiveView implements RunView {
  /** For messages about it. */
  readonly name = "progress";
  readonly #states: RunStates;
  readonly #options: LiveViewOptions;
  readonly #tails = new OutputTails();
  readonly #timer: ReturnType<typeof setInterval>;
  #drawn = 0;
  #frame = 0;

  /** @param states The states so far; kept up to date from here on. */
  constructor(states: RunStates, options: LiveViewOptions) {
    this.#states = states;
    this.#options = options;
    this.#timer = setInterval(() => this.draw(), FRAME_MS);
  }

  /** Takes in what happened. */
  events(runId: string, events: readonly RunEvent[]): void {
    for (const event of events) this.#states.record(runId, event);
  }

  /** Takes in what a stage printed. */
  lines(runId: string, block: OutputBlock): void {
    const origin = this.#states.originOf(runId);
    if (runId === this.#states.root.id) this.#tails.add(block);
    else if (origin !== undefined) {
      this.#tails.add(block, { stage: origin.address, attempt: origin.attempt });
    }
  }

  /** Draws the run as it is now. */
  draw(): void {
    const { root } = this.#states;
    if (root.plan === undefined || root.phase === "settled") return;
    const maxRows = Math.max(LEAST_ROWS, this.#options.size().rows - 2);
    const lines = this.#painted(progressTree(root, { ...this.#facts(), maxRows }), this.#frame++);
    this.#options.tell(`${HIDE_CURSOR}${this.#over(lines, NO_WRAP)}`);
    this.#drawn = lines.length;
  }

  /** Says something beside the run. */
  tell(text: string): void {
    this.#options.tell(this.#over(text.split("\n"), ""));
    this.#drawn = 0;
    this.draw();
  }

  /** Leaves the picture that stays: all of the run, or nothing of one that never began. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    const { root } = this.#states;
    if (root.plan === undefined) return;
    const lines = this.#painted(runTree(root, this.#facts()));
    this.#options.tell(`${this.#over(lines, NO_WRAP)}${SHOW_CURSOR}`);
    this.#drawn = 0;
  }

  #facts(): TreeFacts {
    return {
      nowMs: this.#options.now(),
      dues: this.#states.root.dues,
      tailOf: ({ address }) => this.#tails.of(address),
    };
  }

  #painted(tree: readonly TreeRow[], frame?: number): readonly string[] {
    const { paint, size } = this.#options;
    // The last column stays free: what clears the rest of a line would take it away.
    const columns = size().columns - 1;
    return paintTree(tree, { paint, columns, ...(frame === undefined ? {} : { frame }) });
  }

  /** The lines in place of those that were drawn last. */
  #over(lines: readonly string[], mode: string): string {
    const up = this.#drawn === 0 ? "" : `\x1b[${this.#drawn}A`;
    const body = lines.join(`${CLEAR_LINE}\n`);
    return `${BEGIN_FRAME}${mode}\r${up}${body}${CLEAR_BELOW}${WRAP}${END_FRAME}`;
  }
}
