/**
 * What a person sees of a run while it goes on.
 *
 * @module
 */
import type { Sink } from "../core/plugin/sink.ts";

/** What a person sees of a run while it goes on; disposed of when it has ended. */
export interface RunView extends Sink, Disposable {
  /** Says something beside it. */
  tell(text: string): void;
}
