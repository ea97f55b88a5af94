/**
 * What each stage printed last, within bounds.
 *
 * @module
 */
import { MAX_TAIL_LINES } from "../core/engine/render/run_tree.ts";
import type { OutputTail } from "../core/engine/render/tree_row.ts";
import type { OutputBlock } from "../core/plugin/sink.ts";
import type { Address } from "../core/run/event.ts";

/** The tails of so many stages are kept; beyond that those that began first are forgotten. */
export const MAX_TAILS = 2_000;

/** Of a line only so much is kept. */
export const MAX_KEPT_CHARS = 1_000;

interface Tail {
  readonly attempt: number;
  readonly lines: string[];
  count: number;
}

/** Where lines show. */
type TailPlace = Pick<OutputBlock, "stage" | "attempt">;

/** What each stage printed last. */
export class OutputTails {
  readonly #tails = new Map<Address, Tail>();

  /** Adds lines, and says how many the attempt had before; a place says where they show if not at the stage that printed them. */
  add(block: OutputBlock, { stage, attempt }: TailPlace = block): number {
    const tail = this.#tailOf(stage, attempt);
    const before = tail.count;
    const { printed } = block;
    tail.count += printed?.count ?? countLines(block.text);
    for (const line of printed?.last(MAX_TAIL_LINES) ?? lastLines(block.text)) {
      tail.lines.push(line.slice(0, MAX_KEPT_CHARS));
      if (tail.lines.length > MAX_TAIL_LINES) tail.lines.shift();
    }
    return before;
  }

  /** What a stage printed last. */
  of(stage: Address): OutputTail | undefined {
    return this.#tails.get(stage);
  }

  /** What a stage printed last; forgotten from here on. */
  take(stage: Address): OutputTail | undefined {
    const tail = this.#tails.get(stage);
    this.#tails.delete(stage);
    return tail;
  }

  /** A new attempt begins anew. */
  #tailOf(stage: Address, attempt: number): Tail {
    const known = this.#tails.get(stage);
    if (known?.attempt === attempt) return known;
    const tail = { attempt, lines: [], count: 0 };
    this.#tails.delete(stage);
    this.#tails.set(stage, tail);
    const [oldest] = this.#tails.keys();
    if (this.#tails.size > MAX_TAILS && oldest !== undefined) this.#tails.delete(oldest);
    return tail;
  }
}

function countLines(text: string): number {
  let count = 1;
  for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) count++;
  return count;
}

/** Of a flood only the end is looked at. */
function lastLines(text: string): readonly string[] {
  let start = text.length;
  for (let lines = 0; lines < MAX_TAIL_LINES && start >= 0; lines++) {
    start = start === 0 ? -1 : text.lastIndexOf("\n", start - 1);
  }
  return text.slice(start + 1).split("\n");
}
