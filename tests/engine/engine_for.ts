/** An engine on a machine that is made up, for tests that say only what matters to them. */
import { Engine } from "../../core/engine/engine.ts";
import type { EngineOptions } from "../../core/engine/engine_options.ts";
import { createRegistry } from "../../core/plugin/registry.ts";
import type { StageKind } from "../../core/plugin/stage_kind.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";

/** What is not as it always is. */
export interface EngineChanges extends Partial<EngineOptions> {
  /** The stage kinds there are. */
  readonly stages: readonly StageKind[];
}

/** An engine with a store and a clock of its own, which takes each other writer for dead. */
export function engineFor(id: string, { stages, ...changes }: EngineChanges): Engine {
  return new Engine({
    host: new FakeHost(),
    clock: new ManualClock(),
    chance: () => 0,
    registry: createRegistry([], [{ name: "test", stages }]),
    openStore: () => Promise.resolve(memoryJournal()),
    writer: { id, pid: 1, birth: "" },
    lives: () => false,
    source: { find: () => Promise.resolve(undefined) },
    defaults: { timeoutMs: 1e9, maxParallel: 2, stageDefaultId: false, scriptLang: "ts" },
    warn: () => {},
    loadCalendar: () => Promise.reject(new Error("Nothing is scheduled here")),
    version: "test",
    ...changes,
  });
}
