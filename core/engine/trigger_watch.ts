/**
 * Watches the triggers of plugins: what they tell of becomes releases.
 *
 * @module
 */
import { z } from "zod";
import { type PluginTrigger, triggerKey } from "../model/triggers.ts";
import type { JournalStore } from "../plugin/journal.ts";
import type { Clock, Host } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import type {
  Occurrence,
  TriggerContext,
  TriggerKind,
  TriggerWatcher,
  WatchedTrigger,
} from "../plugin/trigger.ts";
import { judgeOccurrences } from "../schedule/judge_occurrences.ts";
import type { SlotRange } from "../schedule/missed_slots.ts";
import {
  missedCursor,
  missedSinceCursor,
  PAUSE_CURSORS,
  pauseOf,
  WATCHED_CURSORS,
  watchedCursor,
} from "../schedule/schedule_cursors.ts";
import type { ScheduledWorkflow } from "../schedule/scheduled_workflow.ts";
import { messageOf } from "../source/message_of.ts";
import type { DueRelease } from "./due_release.ts";
import { occurrenceRunId } from "./run_id.ts";
import type { ScheduleNote } from "./schedule_note.ts";

/** Milliseconds until a look that failed is repeated, or one that does not say when to look again. */
export const LOOK_AGAIN_MS = 10_000;

/** Milliseconds between two looks at least: whoever always wants to look at once leaves no time for others. */
export const SOONEST_LOOK_MS = 100;

/** Milliseconds until what could not be decided is looked at again. */
export const DECIDE_AGAIN_MS = 1_000;

/** What triggers are watched with. */
export interface TriggerWatchOptions {
  /** What is installed. */
  readonly triggers: Pick<Registry, "trigger">;
  /** The machine. */
  readonly host: Host;
  /** Says what time it is. */
  readonly clock: Clock;
  /** Told of everything that happens. */
  readonly tell: (note: ScheduleNote) => void;
  /** Called when a watcher has told of something: there is something to decide. */
  readonly ring?: () => void;
}

/** What a look works with. */
export interface WatchFacts {
  /** Where runs are kept. */
  readonly store: JournalStore;
  /** Takes what is to start. */
  readonly add: (release: DueRelease) => void;
  /** Whether releases of a workflow wait that could not be started yet. */
  readonly waits: (workflow: string) => boolean;
}

interface Watched {
  readonly kind: TriggerKind;
  readonly owner: ScheduledWorkflow;
  /** Names it among those of its owner. */
  readonly key: string;
}

/** What the watcher of one kind has told. */
interface Told {
  readonly fired: Map<WatchedTrigger, Occurrence[]>;
  readonly passed: Map<WatchedTrigger, number>;
}

interface KindWatch extends Told {
  readonly watcher: TriggerWatcher;
  nextMs: number;
}

/** Watches triggers. */
export class TriggerWatch {
  readonly #options: TriggerWatchOptions;
  readonly #stop = new AbortController();
  readonly #kinds = new Map<TriggerKind, KindWatch>();
  #watched: ReadonlyMap<WatchedTrigger, Watched> = new Map();
  /** When it looked last. */
  #lookedMs = -Infinity;
  /** What was said of plugins, so that it is said once. */
  readonly #said = new Set<string>();

  /** @param options What they are watched with. */
  constructor(options: TriggerWatchOptions) {
    this.#options = options;
  }

  /** How many triggers there are. */
  get size(): number {
    return this.#watched.size;
  }

  /** Whether runs with this trigger are started here. */
  starts(trigger: string): boolean {
    return [...this.#kinds.keys()].some(({ name }) => name === trigger);
  }

  /**
   * Takes over the triggers of these workflows and drops all others. What is
   * new begins now; what an earlier process has seen, where that left off.
   */
  async replace(workflows: Iterable<ScheduledWorkflow>, store: JournalStore): Promise<void> {
    const cursors = await store.cursors(WATCHED_CURSORS);
    const fresh = new Map<string, number>();
    const known = new Map(
      [...this.#watched].map(([trigger, { owner, key }]) =>
        [watchedCursor(owner.name, key), trigger] as const
      ),
    );
    const watched = new Map<WatchedTrigger, Watched>();
    for (const owner of workflows) {
      for (const written of owner.triggers.others) {
        const kind = await this.#watchable(written);
        if (kind === undefined) continue;
        const key = triggerKey(written);
        const cursor = watchedCursor(owner.name, key);
        const sinceMs = cursors.get(cursor) ?? this.#options.clock.now();
        if (!cursors.has(cursor)) fresh.set(cursor, sinceMs);
        const options = z.strictObject(kind.fields).parse(written.with);
        const trigger = known.get(cursor) ?? { workflow: owner.name, options, sinceMs };
        watched.set(trigger, { kind, owner, key });
      }
    }
    if (fresh.size > 0) await store.advance(fresh);
    this.#watched = watched;
    this.#lookAtAll();
  }

  #lookAtAll(): void {
    for (const watch of this.#kinds.values()) watch.nextMs = -Infinity;
  }

  /** Looks at what is to be looked at now; says when to look again. */
  async look(facts: WatchFacts): Promise<number> {
    const nowMs = this.#options.clock.now();
    // A clock that was put back: what was to be looked at soon is due in an hour now.
    if (nowMs < this.#lookedMs) this.#lookAtAll();
    this.#lookedMs = nowMs;
    let nextMs = Infinity;
    for (const [kind, watch] of this.#kinds) {
      if (watch.nextMs <= this.#options.clock.now()) watch.nextMs = await this.#ask(kind, watch);
      await this.#decide(watch, facts);
      nextMs = Math.min(nextMs, watch.nextMs, this.#undecidedMs(watch));
    }
    return nextMs;
  }

  /** When to look at what could not be decided now. */
  #undecidedMs({ fired, passed }: Told): number {
    return fired.size + passed.size === 0 ? Infinity : this.#options.clock.now() + DECIDE_AGAIN_MS;
  }

  /** Nobody wants to know any more. */
  stop(): void {
    this.#stop.abort();
  }

  /** The kind of a trigger that is watched, and its watcher with it. */
  async #watchable({ type }: PluginTrigger): Promise<TriggerKind | undefined> {
    const { triggers, host, clock, tell, ring } = this.#options;
    const kind = await triggers.trigger(type);
    if (kind?.watch === undefined || this.#kinds.has(kind)) return kind?.watch && kind;
    const told: Told = { fired: new Map(), passed: new Map() };
    const context: TriggerContext = {
      ...{ host, clock, signal: this.#stop.signal },
      fire: (trigger, occurrence) => {
        if (!isOccurrence(occurrence)) return this.#refuse(kind, trigger);
        told.fired.set(trigger, [...told.fired.get(trigger) ?? [], occurrence]);
        ring?.();
      },
      pass: (trigger, untilMs) => {
        if (!isMoment(untilMs)) return this.#refuse(kind, trigger);
        told.passed.set(trigger, untilMs);
        ring?.();
      },
      warn: (message) => tell({ type: "trouble", message }),
    };
    const watcher = this.#watcher(kind, context);
    if (watcher === undefined) return undefined;
    this.#kinds.set(kind, { watcher, ...told, nextMs: -Infinity });
    return kind;
  }

  /** A plugin that cannot watch keeps nobody else from starting. */
  #watcher(kind: TriggerKind, context: TriggerContext): TriggerWatcher | undefined {
    try {
      return kind.watch?.(context);
    } catch (error) {
      this.#trouble(`Cannot watch the "${kind.name}" triggers: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** A plugin need not have been compiled: what has no time has no place among the others. */
  #refuse({ name }: TriggerKind, { workflow }: WatchedTrigger): void {
    this.#trouble(
      `The trigger "${name}" of "${workflow}" tells of something without a key or a time: ` +
        "it starts nothing",
    );
  }

  #trouble(message: string): void {
    if (this.#said.has(message)) return;
    this.#said.add(message);
    this.#options.tell({ type: "trouble", message });
  }

  async #ask(kind: TriggerKind, { watcher }: KindWatch): Promise<number> {
    const { clock, tell } = this.#options;
    const own = [...this.#watched].filter(([, watched]) => watched.kind === kind);
    if (own.length === 0) return Infinity;
    try {
      const nextMs: unknown = await watcher.look(own.map(([trigger]) => trigger));
      return whenToLook(nextMs, clock.now());
    } catch (error) {
      const what = messageOf(error);
      tell({ type: "trouble", message: `Cannot look at the "${kind.name}" triggers: ${what}` });
      return clock.now() + LOOK_AGAIN_MS;
    }
  }

  /** What was told stays where it is until it has been decided: a store may be out of reach for a while. */
  async #decide({ fired, passed }: KindWatch, facts: WatchFacts): Promise<void> {
    if (fired.size + passed.size === 0) return;
    const pauses = await facts.store.cursors(PAUSE_CURSORS);
    for (const [trigger, occurrences] of [...fired]) {
      // What is told while this is decided is kept apart, for the next time.
      fired.delete(trigger);
      const watched = this.#watched.get(trigger);
      if (watched === undefined) continue;
      try {
        await this.#release(occurrences, { watched, pauses, ...facts });
      } catch (error) {
        fired.set(trigger, [...occurrences, ...fired.get(trigger) ?? []]);
        throw error;
      }
    }
    for (const [trigger, untilMs] of [...passed]) {
      const watched = this.#watched.get(trigger);
      if (watched === undefined) passed.delete(trigger);
      // Behind what waits still, nothing may be forgotten.
      if (watched === undefined || fired.has(trigger) || facts.waits(watched.owner.name)) continue;
      const cursor = watchedCursor(watched.owner.name, watched.key);
      await facts.store.advance(new Map([[cursor, untilMs]]));
      if (passed.get(trigger) === untilMs) passed.delete(trigger);
    }
  }

  async #release(
    occurrences: readonly Occurrence[],
    { watched, pauses, store, add }: WatchFacts & {
      readonly watched: Watched;
      readonly pauses: ReadonlyMap<string, number>;
    },
  ): Promise<void> {
    const { owner: { name, triggers: { policy } }, key } = watched;
    const { due, missed } = judgeOccurrences(occurrences, {
      ...pauseOf(name, pauses),
      ...{ policy, nowMs: this.#options.clock.now() },
    });
    if (missed !== undefined) {
      const { firstMs, lastMs, count } = missed;
      await store.advance(missedAt(watched, missed));
      const why = `nothing was there to start ${count === 1 ? "it" : "them"}, and ` +
        `"catch-up" is "${policy.catchUp}"`;
      this.#options.tell({ type: "missed", workflow: name, slotMs: lastMs, firstMs, count, why });
    }
    for (const [at, occurrence] of due.entries()) {
      // The last of those that happened at once says that all of them are past.
      const isLast = due[at + 1]?.atMs !== occurrence.atMs;
      add(releaseFor(watched, { ...occurrence, cursorMs: occurrence.atMs + (isLast ? 1 : 0) }));
    }
    const lastMs = occurrences.at(-1)?.atMs;
    if (due.length > 0 || lastMs === undefined) return;
    await store.advance(new Map([[watchedCursor(name, key), lastMs + 1]]));
  }
}

/** What does not say when to look again is looked at after a while. */
function whenToLook(nextMs: unknown, nowMs: number): number {
  if (typeof nextMs !== "number" || Number.isNaN(nextMs)) return nowMs + LOOK_AGAIN_MS;
  return Math.max(nextMs, nowMs + SOONEST_LOOK_MS);
}

function isOccurrence(occurrence: Partial<Occurrence> | null): boolean {
  const { key, atMs } = occurrence ?? {};
  return typeof key === "string" && key !== "" && isMoment(atMs);
}

/** The moments that a date can have are fewer than the numbers there are. */
function isMoment(ms: number | undefined): boolean {
  return typeof ms === "number" && !Number.isNaN(new Date(ms).valueOf());
}

function releaseFor(
  watched: Watched,
  { key: occurrence, atMs, params = {}, cursorMs }: Occurrence & { readonly cursorMs: number },
): DueRelease {
  const { kind, owner: workflow, key } = watched;
  const { name, triggers: { policy } } = workflow;
  return {
    ...{ workflow, params, slotMs: atMs, overlap: policy.overlap, trigger: kind.name },
    runId: occurrenceRunId(name, { trigger: kind.name, key: occurrence }),
    cursors: new Map([[watchedCursor(name, key), cursorMs]]),
    missed: () => missedAt(watched, { firstMs: atMs, lastMs: atMs }),
  };
}

function missedAt(
  { owner: { name }, key }: Watched,
  { firstMs, lastMs }: SlotRange,
): ReadonlyMap<string, number> {
  return new Map([
    [missedCursor(name, key), lastMs],
    [missedSinceCursor(name, key), firstMs],
  ]);
}
