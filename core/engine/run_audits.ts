/**
 * Sees to it that every run that has ended gets its record in every audit: at
 * once, or later where an audit was broken or the engine died in between.
 *
 * A run whose record is missing keeps its journal's holder, as a run that is
 * under way does; so a settled run that somebody holds who is dead is one that
 * nobody has audited, and no other mark is needed.
 *
 * @module
 */
import type { ValueObject } from "../expr/value.ts";
import type { Plan } from "../plan/plan.ts";
import {
  JournalError,
  type JournalStore,
  type RunJournal,
  type RunSummary,
  type Writer,
} from "../plugin/journal.ts";
import type { Audit, AuditRecord } from "../plugin/sink.ts";
import { planOf, type RunState } from "../run/state.ts";
import { messageOf } from "../source/message_of.ts";
import { auditRecord } from "./audit_record.ts";
import type { AuditOptions } from "./engine_options.ts";

/** So many runs are remembered whose record is owed; further ones are found when an engine next starts. */
export const MAX_OWED = 1_000;

/** What {@linkcode RunAudits} is made of. */
export interface RunAuditsOptions {
  /** Where runs are kept. */
  readonly store: () => Promise<JournalStore>;
  /** The state of a run, from its journal. */
  readonly read: (runId: string) => Promise<RunState>;
  /** Who keeps records where a run does not say. */
  readonly openAudits: () => Promise<readonly Audit[]>;
  /** Who this engine is, for the records. @default nobody says */
  readonly provenance?: () => ValueObject;
  /** Who this engine is, in the store. */
  readonly writer: Writer;
  /** Whether another writer's process is still there. */
  readonly lives: (writer: Writer) => boolean;
  /** Told of audits that could not keep a record. */
  readonly warn: (message: string) => void;
}

/** A run that has ended. */
export interface EndedRun {
  /** As the store lists it. */
  readonly summary: RunSummary;
  /** Its journal, held by this engine. */
  readonly journal: RunJournal;
  /** How it is audited; `false` for not at all. @default by the engine's audits */
  readonly audit: AuditOptions | false | undefined;
}

/** A record for its audits. */
interface Filing {
  readonly record: AuditRecord;
  readonly audits: readonly Audit[];
  /** Top-level fields that are not written. */
  readonly excluded: readonly string[];
}

/** A run whose record is missing somewhere. */
interface OwedRun {
  readonly journal: RunJournal;
  /** Made anew each time: a record may be large, and an audit broken for long. */
  readonly filing: () => Promise<Filing>;
  /** Those of its audits that do not have it. */
  readonly missing: readonly Audit[];
}

/** Files records, and remembers those that it could not file. */
export class RunAudits {
  readonly #options: RunAuditsOptions;
  readonly #owed = new Map<string, OwedRun>();
  #settling: Promise<readonly string[]> | undefined;

  /** @param options What it is made of. */
  constructor(options: RunAuditsOptions) {
    this.#options = options;
  }

  /** Audits a run that has just ended. Says whether it is done with; if not, the journal stays held until it is. */
  async conclude(
    state: RunState,
    { summary, journal, audit = {} }: EndedRun,
  ): Promise<boolean> {
    if (audit === false || isDryRun(planOf(state))) return true;
    if ((audit.audits ?? await this.#options.openAudits()).length === 0) return true;
    const missing = await this.#file(await this.#filing(state, { summary, audit }));
    if (missing.length === 0) {
      await this.settle();
      return true;
    }
    this.#owe(summary, { journal, audit, missing });
    return false;
  }

  /**
   * Whether a run that has ended is one that an engine died over, and has its
   * record now. It is taken over last: what cannot be read stays with the engine
   * that died, where the next look finds it.
   */
  async fileLate(summary: RunSummary): Promise<boolean> {
    const { runId } = summary;
    const { writer, lives, read } = this.#options;
    const store = await this.#options.store();
    const holder = await store.writerOf(runId);
    if (holder === undefined || lives(holder)) return false;
    const state = await read(runId);
    // How far the other engine came nobody knows: all of its audits are asked.
    const filing = await this.#filing(state, { summary, audit: {} });
    const journal = await store.open(runId, writer, lives).catch(absentIfBusy);
    if (journal === undefined) return false;
    const missing = isDryRun(planOf(state)) ? [] : await this.#file(filing);
    if (missing.length === 0) {
      await journal.close();
      return true;
    }
    this.#owe(summary, { journal, audit: {}, missing });
    return false;
  }

  /** Files whatever is owed, by this engine or by one that died; says whose records are complete now. */
  async fileOwed(): Promise<readonly string[]> {
    const audited = [...await this.settle()];
    const store = await this.#options.store();
    for (const summary of await store.list({ statuses: ENDED, held: true, limit: MAX_OWED })) {
      try {
        if (await this.fileLate(summary)) audited.push(summary.runId);
      } catch (error) {
        this.#warnOf(summary.runId, error);
      }
    }
    return audited;
  }

  /** Files what this engine owes, as far as that works now; says whose records are complete now. */
  settle(): Promise<readonly string[]> {
    // One after another: a second caller wants what the first one is at.
    return this.#settling ??= this.#settleAll().finally(() => this.#settling = undefined);
  }

  async #settleAll(): Promise<readonly string[]> {
    const settled: string[] = [];
    for (const [runId, owed] of [...this.#owed]) {
      try {
        const missing = await this.#missingStill(owed);
        this.#owed.delete(runId);
        if (missing.length === 0) {
          settled.push(runId);
          await owed.journal.close();
          continue;
        }
        // Behind the others: it may be this record alone that the audit will not have.
        this.#owed.set(runId, { ...owed, missing });
        // A broken audit is asked once, not once for each run; and was reported when it broke.
        break;
      } catch (error) {
        this.#warnOf(runId, error);
      }
    }
    return settled;
  }

  async #missingStill({ filing, missing }: OwedRun): Promise<readonly Audit[]> {
    return (await save({ ...await filing(), audits: missing })).map(({ audit }) => audit);
  }

  /** Hands a record to each audit; gives those that do not have it, and warns of them. */
  async #file(filing: Filing): Promise<readonly Audit[]> {
    const failures = await save(filing);
    for (const { audit, why } of failures) {
      const what = `Audit "${audit.name}" could not keep run "${filing.record.runId}"`;
      this.#options.warn(
        `${what}: ${why}; the journal keeps it until the audit can be written again`,
      );
    }
    return failures.map(({ audit }) => audit);
  }

  /** One run that cannot be audited keeps no other one from its record. */
  #warnOf(runId: string, error: unknown): void {
    const why = messageOf(error);
    this.#options.warn(
      `Cannot audit run "${runId}": ${why}; its journal is kept until it has its record`,
    );
  }

  /** Remembers a run whose record is missing; its journal stays held. */
  #owe(summary: RunSummary, { journal, audit, missing }: UnfiledRun): void {
    if (this.#owed.size >= MAX_OWED) return;
    const { runId } = summary;
    const filing = async () => this.#filing(await this.#options.read(runId), { summary, audit });
    this.#owed.set(runId, { journal, filing, missing });
  }

  async #filing(state: RunState, { summary, audit }: AuditedRun): Promise<Filing> {
    const provenance = this.#options.provenance?.();
    const facts = { summary, ...audit, ...(provenance === undefined ? {} : { provenance }) };
    return {
      record: auditRecord(state, facts),
      audits: audit.audits ?? await this.#options.openAudits(),
      excluded: audit.excluded ?? [],
    };
  }
}

interface AuditedRun {
  readonly summary: RunSummary;
  readonly audit: AuditOptions;
}

interface UnfiledRun extends Pick<OwedRun, "journal" | "missing"> {
  readonly audit: AuditOptions;
}

/** The statuses of runs that have ended. */
const ENDED: readonly string[] = ["SUCCESS", "FAILED", "SKIP", "CANCEL"];

function isDryRun({ release }: Plan): boolean {
  return release?.type === "dryrun";
}

/** Another engine was quicker, and audits it. */
function absentIfBusy(error: unknown): undefined {
  if (error instanceof JournalError && error.code === "busy") return undefined;
  throw error;
}

interface Failed {
  readonly audit: Audit;
  readonly why: string;
}

/** Those audits that would not have it: the others are not kept from it. */
async function save({ record, audits, excluded }: Filing): Promise<readonly Failed[]> {
  const failed: Failed[] = [];
  for (const audit of audits) {
    try {
      await audit.save(record, { excluded });
    } catch (error) {
      failed.push({ audit, why: messageOf(error) });
    }
  }
  return failed;
}
