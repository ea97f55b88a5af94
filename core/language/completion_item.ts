/**
 * Something that may be written.
 *
 * @module
 */

/** What kind of thing is offered. */
export type CompletionKind =
  | "name"
  | "property"
  | "function"
  | "filter"
  | "value"
  | "field"
  | "stage-kind"
  | "job"
  | "workflow";

/** Something that may be written. */
export interface Completion {
  /** What it is called. */
  readonly label: string;
  /** What kind of thing it is. */
  readonly kind: CompletionKind;
  /** Its type or signature, short. */
  readonly detail: string;
  /** What it is for; Markdown. */
  readonly doc: string;
  /** What is written. */
  readonly text: string;
}
