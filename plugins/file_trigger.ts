/**
 * Files: a workflow that starts when a file comes, changes or goes.
 *
 * ```yaml
 * on:
 *   - file: {path: inbox/*.csv, events: [created, changed], settle: 5s}
 * ```
 *
 * Files are looked at again and again rather than asking the system to tell of
 * changes: that works on every file system, network ones too, tells two
 * machines the same, and does not lose what happens while nobody is there.
 *
 * @module
 */
import { z } from "zod";
import type { ValueObject } from "../core/expr/value.ts";
import { parseDuration } from "../core/expr/duration.ts";
import { HostError } from "../core/plugin/ports.ts";
import {
  defineTrigger,
  type TriggerContext,
  type TriggerKind,
  type TriggerWatcher,
  type WatchedTrigger,
} from "../core/plugin/trigger.ts";
import {
  type FileChange,
  type FileEvent,
  type KnownFiles,
  observeFiles,
} from "../core/schedule/file_changes.ts";
import { type FilePlace, filesAt } from "./file_trigger/files_at.ts";

/** Milliseconds between two looks, */
export const LOOK_MS = 1_000;

/** … unless looking would take more than one part in so many of the time. */
export const REST_AFTER_LOOK = 20;

/** For so long a file has to be left alone where nobody says. */
export const DEFAULT_SETTLE_MS = 2_000;

/** The parameter that takes what happened where the trigger does not say. */
export const DEFAULT_FILE_PARAM = "event";

const EVENTS = ["created", "changed", "removed"] as const;
/** As the reference's pages call them. */
const OTHER_NAMES = { modified: "changed", deleted: "removed" } as const;
const EVENT = z.enum([...EVENTS, "modified", "deleted"]);
const MAX_PATH_CHARS = 500;
const MAX_SETTLE_MS = 3_600_000;

const FIELDS = {
  path: z.string().min(1).max(MAX_PATH_CHARS),
  pattern: z.string().min(1).max(MAX_PATH_CHARS).optional(),
  recursive: z.boolean().optional(),
  events: z.union([EVENT, z.array(EVENT).min(1)]).optional(),
  event_type: z.union([EVENT, z.array(EVENT).min(1)]).optional(),
  settle: z.union([z.number(), z.string()]).refine(isSettle, {
    error: '"settle" is a length of time such as "5s", from "0s" to "1h"',
  }).optional(),
  debounce_seconds: z.number().min(0).max(MAX_SETTLE_MS / 1_000).optional(),
  param: z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,99}$/).optional(),
};

/** What is written under `file`. */
export interface FileOptions extends FilePlace {
  /** What has to happen to a file. @default created and changed */
  readonly events?: WrittenEvents | undefined;
  /** The same, as the reference's pages call it. */
  readonly event_type?: WrittenEvents | undefined;
  /** For how long a file has to be left alone. @default {@linkcode DEFAULT_SETTLE_MS} */
  readonly settle?: number | string | undefined;
  /** The same, as the reference's pages call it. */
  readonly debounce_seconds?: number | undefined;
  /** The parameter that takes what happened. @default {@linkcode DEFAULT_FILE_PARAM} */
  readonly param?: string | undefined;
}

/** Names of what happens to files. */
export type WrittenEvents = WrittenEvent | readonly WrittenEvent[];

/** What happens to a file; two of the names are those of the reference's pages. */
export type WrittenEvent = FileEvent | "modified" | "deleted";

/**
 * The trigger `file`.
 *
 * @example
 * ```ts
 * import { fileTrigger } from "./file_trigger.ts";
 * import { FakeHost } from "../core/plugin/testing/fake_host.ts";
 * import { ManualClock } from "../core/plugin/testing/manual_clock.ts";
 * import { deepEqual } from "node:assert/strict";
 *
 * const host = new FakeHost();
 * const clock = new ManualClock(60_000);
 * const fired: unknown[] = [];
 * const watcher = fileTrigger().watch?.({
 *   ...{ host, clock, signal: new AbortController().signal, pass: () => {}, warn: () => {} },
 *   fire: (_trigger, { params }) => fired.push(params?.event),
 * });
 * const inbox = { workflow: "load", options: { path: "inbox", settle: 0 }, sinceMs: 60_000 };
 * await watcher?.look([inbox]);
 * await host.writeText("inbox/a.csv", "1,2");
 * await watcher?.look([inbox]);
 * deepEqual(fired, [
 *   { type: "created", path: "inbox/a.csv", name: "a.csv", size: 3, at: "1970-01-01T00:00:00.000Z" },
 * ]);
 * ```
 */
export function fileTrigger(): TriggerKind<FileOptions> {
  return defineTrigger({
    name: "file",
    summary: "A file comes, changes or goes.",
    fields: FIELDS,
    inert: ["source"],
    watch: (context) => new FileWatcher(context),
  });
}

class FileWatcher implements TriggerWatcher<FileOptions> {
  readonly #context: TriggerContext<FileOptions>;
  readonly #known = new WeakMap<WatchedTrigger, KnownFiles>();
  /** What was said of triggers that cannot be looked at, so that it is said once. */
  readonly #said = new WeakMap<WatchedTrigger, string>();

  constructor(context: TriggerContext<FileOptions>) {
    this.#context = context;
  }

  async look(triggers: readonly WatchedTrigger<FileOptions>[]): Promise<number> {
    const { clock, signal } = this.#context;
    const begunMs = clock.now();
    for (const trigger of triggers) if (!signal.aborted) await this.#lookAt(trigger);
    const nowMs = clock.now();
    return nowMs + Math.max(LOOK_MS, (nowMs - begunMs) * REST_AFTER_LOOK);
  }

  /** What cannot be read now is as it was: nothing is decided until it can be read again. */
  async #lookAt(trigger: WatchedTrigger<FileOptions>): Promise<void> {
    const { clock, host } = this.#context;
    const nowMs = clock.now();
    try {
      const seen = await filesAt(trigger.options, host);
      const { options, sinceMs } = trigger;
      const look = { seen, nowMs, sinceMs, settleMs: settleOf(options) };
      const { known, changes } = observeFiles(this.#known.get(trigger), look);
      this.#known.set(trigger, known);
      this.#tell(trigger, changes);
      this.#said.delete(trigger);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      this.#warn(trigger, error.message);
    }
  }

  #tell(trigger: WatchedTrigger<FileOptions>, changes: readonly FileChange[]): void {
    const { param = DEFAULT_FILE_PARAM } = trigger.options;
    const wanted = eventsOf(trigger.options);
    const chosen = changes.filter(({ event }) => wanted.includes(event));
    for (const change of chosen) {
      const { key, atMs } = change;
      this.#context.fire(trigger, { key, atMs, params: { [param]: eventOf(change) } });
    }
    const last = changes.at(-1);
    if (last !== undefined && last !== chosen.at(-1)) this.#context.pass(trigger, last.atMs + 1);
  }

  #warn(trigger: WatchedTrigger<FileOptions>, message: string): void {
    if (this.#said.get(trigger) === message) return;
    this.#said.set(trigger, message);
    this.#context.warn(`Cannot watch files for "${trigger.workflow}": ${message}`);
  }
}

/** What the run is told. */
function eventOf({ event, path, state: { sizeBytes }, atMs }: FileChange): ValueObject {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { type: event, path, name, size: sizeBytes, at: new Date(atMs).toISOString() };
}

/** Without a word of it, what goes starts nothing. */
function eventsOf({ events, event_type }: FileOptions): readonly FileEvent[] {
  const written = events ?? event_type ?? ["created", "changed"];
  return [written].flat().map((name) =>
    name === "modified" || name === "deleted" ? OTHER_NAMES[name] : name
  );
}

function settleOf({ settle, debounce_seconds: seconds }: FileOptions): number {
  if (settle !== undefined) return lengthMs(settle) ?? DEFAULT_SETTLE_MS;
  return seconds === undefined ? DEFAULT_SETTLE_MS : seconds * 1_000;
}

function isSettle(written: number | string): boolean {
  return (lengthMs(written) ?? Infinity) <= MAX_SETTLE_MS;
}

function lengthMs(written: number | string): number | undefined {
  return written === 0 || written === "0s" ? 0 : parseDuration(written);
}
