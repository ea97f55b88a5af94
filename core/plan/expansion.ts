/**
 * What a stage that holds stages opens into.
 *
 * @module
 */
import type { Value, ValueObject } from "../expr/value.ts";

/** One branch to open: a list of stages and the names they see. */
export interface Branch {
  /** Names the branch among its siblings; unique in the stage, e.g. an item or a branch name. */
  readonly key: string;
  /** Which list of the stage's `bodies` it runs. */
  readonly body: string;
  /** The names that its stages see besides the usual ones: `item`, `loop`, `branch`, `case`. */
  readonly bindings: ValueObject;
}

/**
 * What a composite stage opens into. `again` asks for another round once all
 * of these have settled (`until` uses it); otherwise the stage settles then.
 */
export interface Expansion {
  /** The branches of this round, in order. */
  readonly branches: readonly Branch[];
  /** How many of them may be open at once, at least 1. */
  readonly limit: number;
  /** Whether the first failure cancels the others. */
  readonly failFast: boolean;
  /** Whether to ask for another round afterwards. */
  readonly again: boolean;
  /** Outputs that stand beside the branches' own: `{ items }`, `{ workers }`, `{ case }`. */
  readonly header: ValueObject;
  /** What a branch is called in messages. */
  readonly noun: "leg" | "branch" | "item" | "loop" | "case";
  /** The output that lists the branches by key, e.g. `"foreach"`; without it the only branch's stages stand in the outputs themselves. */
  readonly under?: string;
  /** The bindings that a branch's entry repeats: `["item"]`. */
  readonly shown: readonly string[];
}

/** A composite stage that ends without opening anything. */
export type Refusal = {
  /** `skipped`, or a failure with its error class and message. */
  readonly outcome: "skipped" | "failed";
  /** The error class, as the reference names it. */
  readonly name: string;
  /** What is so. */
  readonly message: string;
};

/** How one earlier round ended: the outputs of its stages, in order. */
export interface Round {
  /** Which round, from 1. */
  readonly number: number;
  /** Outputs of the branch's stages by stage key, in order. */
  readonly outputs: Readonly<Record<string, Value>>;
}

/** What a composite stage may look at when it opens. */
export interface ExpansionFacts {
  /** The rounds so far; empty at first. */
  readonly rounds: readonly Round[];
  /** Evaluates an expression that the kind keeps as text, such as `until`, with further names. Throws as evaluation does. */
  evaluate(text: string, bindings?: ValueObject): Value;
  /** Renders templates in a part of a field that holds stages, which is otherwise kept as written. Throws as evaluation does. */
  render(value: Value): Value;
}
