/**
 * What the author of a plugin tests with: fakes that stand in for the world,
 * and the suites that every journal and every audit passes.
 *
 * @example Time that moves when it is told to
 * ```ts
 * import { ManualClock } from "@sluice/sluice/testing";
 * import { equal } from "node:assert/strict";
 *
 * const clock = new ManualClock();
 * const asleep = clock.sleep(1_000, AbortSignal.timeout(60_000));
 * await clock.advance(1_000);
 * await asleep;
 * equal(clock.now(), 1_000);
 * ```
 *
 * @module
 */
export * from "./core/plugin/testing/audit_suite.ts";
export * from "./core/plugin/testing/fake_host.ts";
export * from "./core/plugin/testing/journal_suite.ts";
export * from "./core/plugin/testing/manual_clock.ts";
export * from "./core/plugin/testing/test_stage.ts";
export {
  type AttemptedAppend,
  memoryJournal,
  type MemoryJournalOptions,
} from "./plugins/memory_journal.ts";
