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
import type { RunJournal } from "../plugin/journal.ts";
import type { Audit, AuditRecord } from "../plugin/sink.ts";

/** So many runs are remembered whose record is owed; further ones are found when an engine next starts. */
export const MAX_OWED = 1_000;

/** A record for its audits. */
export interface Filing {
  /** The record. */
  readonly record: AuditRecord;
  /** Who is to keep it. */
  readonly audits: readonly Audit[];
  /** Top-level fields that are not written. */
  readonly excluded: readonly string[];
}

/** A run whose record is missing somewhere. */
interface OwedRun {
  readonly journal: RunJournal;
  /** Made anew each time: a record may be large, and an audit broken for long. */
  readonly filing: () => Promise<Filing>;
}

/** Files records, and remembers those that it could not file. */
export class RunAudits {
  readonly #warn: (message: string) => void;
  readonly #owed = new Map<string, OwedRun>();
  #settling: Promise<readonly string[]> | undefined;

  /** @param warn Is told of audits that could not keep a record. */
  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Hands a record to each audit; tells whether all of them have it, and warns of those that do not. */
  async file(filing: Filing): Promise<boolean> {
    const failures = await save(filing);
    for (const { audit, why } of failures) {
      const what = `Audit "${audit.name}" could not keep run "${filing.record.runId}"`;
      this.#warn(`${what}: ${why}; the journal keeps it until the audit can be written again`);
    }
    return failures.length === 0;
  }

  /** Remembers a run whose record is missing; its journal stays held. */
  owe(runId: string, owed: OwedRun): void {
    if (this.#owed.size < MAX_OWED) this.#owed.set(runId, owed);
  }

  /** Files what is owed, as far as that works now; says whose records are complete now. */
  settle(): Promise<readonly string[]> {
    // One after another: a second caller wants what the first one is at.
    return this.#settling ??= this.#settleAll().finally(() => this.#settling = undefined);
  }

  async #settleAll(): Promise<readonly string[]> {
    const settled: string[] = [];
    for (const [runId, { journal, filing }] of [...this.#owed]) {
      // A broken audit is asked once, not once for each run; and was reported when it broke.
      if ((await save(await withoutKept(await filing()))).length > 0) break;
      this.#owed.delete(runId);
      await journal.close();
      settled.push(runId);
    }
    return settled;
  }
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
      failed.push({ audit, why: error instanceof Error ? error.message : String(error) });
    }
  }
  return failed;
}

/** Only those audits that have no record of the run yet: nothing is written twice. */
export async function withoutKept(filing: Filing): Promise<Filing> {
  const { name, releaseMs, runId } = filing.record;
  const missing: Audit[] = [];
  for (const audit of filing.audits) {
    const [kept] = await audit.find({ name, releaseMs, runId, limit: 1 }).catch(() => []);
    // One that cannot be read will say why when it is written.
    if (kept === undefined) missing.push(audit);
  }
  return { ...filing, audits: missing };
}
