/**
 * Things that settings choose by name and configure: kinds of audit, of trace
 * and of journal.
 *
 * @module
 */
import type { z } from "zod";
import type { ValueObject } from "../expr/value.ts";
import type { Clock, Host } from "./ports.ts";
import type { JournalStore } from "./journal.ts";
import type { Audit, Trace } from "./sink.ts";

/** What something that settings chose is opened with. */
export interface KindPorts {
  /** The machine. */
  readonly host: Host;
  /** Time. */
  readonly clock: Clock;
  /** The folder where runs are kept: what settings do not place goes there. */
  readonly statePath: string;
  /** Is told what goes wrong. */
  readonly warn: (message: string) => void;
}

/** What is opened by its name and options. */
export interface ConfiguredKind<Opened, Ports extends KindPorts = KindPorts> {
  /** The name in settings: `{type: <name>, …}`. */
  readonly name: string;
  /** What it does, in a sentence. */
  readonly summary: string;
  /** What its options are, for editors. */
  readonly options: z.ZodType;
  /**
   * Opens one. Nothing is read or written before it is needed.
   *
   * @throws {RangeError} for options that it does not take.
   */
  open(options: ValueObject, ports: Ports): Opened;
}

/** A kind of audit. */
export type AuditKind = ConfiguredKind<Audit>;

/** What a trace is opened with. */
export interface TracePorts extends KindPorts {
  /** Prints a line to standard error. */
  readonly tell: (line: string) => void;
  /** Whether debug messages are wanted. */
  readonly debug: boolean;
  /** The IANA time zone of times that people read. */
  readonly timezone: string;
}

/** A kind of trace: a sink that settings choose. */
export type TraceKind = ConfiguredKind<Trace, TracePorts>;

/** A kind of journal: where runs are kept. */
export type JournalKind = ConfiguredKind<Promise<JournalStore>>;

/** A kind that is loaded when settings choose it. */
export interface KindEntry<Kind> {
  /** The kind's name. */
  readonly name: string;
  /** Loads it. */
  load(): Promise<Kind>;
}

/** How a kind is written: its options have the type that its schema gives. */
export type KindDefinition<Schema extends z.ZodType, Opened, Ports extends KindPorts> =
  & Omit<ConfiguredKind<Opened, Ports>, "open" | "options">
  & {
    /** What its options are; the `type` is not among them. */
    readonly options: Schema;
    /** Opens one. */
    open(options: z.infer<Schema>, ports: Ports): Opened;
  };

/**
 * Defines a kind of audit.
 *
 * @example
 * ```ts
 * import { z } from "zod";
 * import { defineAudit } from "@sluice/sluice/plugin";
 *
 * const nowhere = defineAudit({
 *   name: "nowhere",
 *   summary: "Keeps nothing.",
 *   options: z.strictObject({}),
 *   open: () => ({
 *     name: "nowhere",
 *     save: () => Promise.resolve("nowhere"),
 *     find: () => Promise.resolve([]),
 *     has: () => Promise.resolve(false),
 *   }),
 * });
 * console.assert(nowhere.name === "nowhere");
 * ```
 */
export function defineAudit<Schema extends z.ZodType>(
  kind: KindDefinition<Schema, Audit, KindPorts>,
): AuditKind {
  return defined("audit", kind);
}

/** Defines a kind of trace, as {@linkcode defineAudit} does a kind of audit. */
export function defineTrace<Schema extends z.ZodType>(
  kind: KindDefinition<Schema, Trace, TracePorts>,
): TraceKind {
  return defined("trace", kind);
}

/** Defines a kind of journal, as {@linkcode defineAudit} does a kind of audit. */
export function defineJournal<Schema extends z.ZodType>(
  kind: KindDefinition<Schema, Promise<JournalStore>, KindPorts>,
): JournalKind {
  return defined("journal", kind);
}

function defined<Schema extends z.ZodType, Opened, Ports extends KindPorts>(
  what: string,
  kind: KindDefinition<Schema, Opened, Ports>,
): ConfiguredKind<Opened, Ports> {
  const { name, summary, options: schema } = kind;
  const open = ({ type: _type, ...options }: ValueObject, ports: Ports) => {
    const read = schema.safeParse(options);
    if (read.success) return kind.open(read.data, ports);
    const [issue] = read.error.issues;
    const place = issue?.path.length ? ` at "${issue.path.join(".")}"` : "";
    // The issue's own text may repeat a value, and a value may be a secret.
    const unknown = issue?.code === "unrecognized_keys"
      ? `there is no option "${issue.keys.join('", "')}"`
      : "this value does not fit";
    throw new RangeError(`Cannot open the ${what} "${name}": ${unknown}${place}`);
  };
  return { name, summary, options: schema, open };
}

/**
 * The kind of this name. A name that two claim is refused when it is used.
 *
 * @throws {RangeError} when there is none, or there are two.
 */
export async function findKind<Kind extends { readonly name: string }>(
  name: string,
  { what, builtIn, plugged }: {
    readonly what: string;
    readonly builtIn: readonly KindEntry<Kind>[];
    readonly plugged: readonly Kind[];
  },
): Promise<Kind> {
  const [entry] = builtIn.filter((it) => it.name === name);
  const [kind, ...others] = plugged.filter((it) => it.name === name);
  if (others.length > 0 || (entry !== undefined && kind !== undefined)) {
    throw new RangeError(`Cannot open the ${what} "${name}": two plugins define it`);
  }
  if (kind !== undefined) return kind;
  if (entry !== undefined) return await entry.load();
  const names = [...builtIn, ...plugged].map((it) => it.name).sort().join('", "');
  throw new RangeError(`Cannot open the ${what} "${name}": installed are "${names}"`);
}
