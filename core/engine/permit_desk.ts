/**
 * Where runs ask for the permits of their concurrency groups. It decides
 * nothing: `core/schedule/permits.ts` says who may go on, over a table that all
 * engines of a store share, and the runs are told.
 *
 * @module
 */
import type { JournalStore, Writer } from "../plugin/journal.ts";
import type { Clock } from "../plugin/ports.ts";
import type { RunCommand } from "../run/command.ts";
import { keepsPermit, wantsPermit } from "../run/demand.ts";
import { planOf, type RunState } from "../run/state.ts";
import {
  granted,
  overflowOf,
  type Permit,
  type PermitClaim,
  type PermitFacts,
  type PermitTable,
  withClaim,
  withReturn,
} from "../schedule/permits.ts";
import type { Inbox } from "./inbox.ts";

/** What a desk is made of. */
export interface PermitDeskOptions {
  readonly store: () => Promise<JournalStore>;
  readonly clock: Clock;
  readonly writer: Writer;
  readonly lives: (writer: Writer) => boolean;
  /** Ends what a run left behind whose engine died: only then its place is free. */
  readonly evict: (runId: string) => Promise<void>;
  /** Ends a run that is to make room for another, whichever engine drives it. */
  readonly displace: (runId: string) => Promise<void>;
  readonly warn: (message: string) => void;
}

/** A run at the desk. */
export interface Claimant {
  /** How far it has come. */
  readonly state: RunState;
  /** Where it is told. */
  readonly inbox: Inbox<RunCommand>;
  /** Whether it has never asked before, in this process or another. The desk takes note. */
  isNew: boolean;
}

/**
 * Asks for permits, hands them out and gives them back. What the runs of this
 * engine want is kept here; a change of the store brings its rows into line with
 * all of that at once, so one that is refused is made up for by the next.
 */
export class PermitDesk {
  readonly #options: PermitDeskOptions;
  /** The runs of this engine that wait or hold a permit. */
  readonly #claims = new Map<string, Claim>();
  /** Changes are made one after another, so that what is told is what was granted last. */
  #work: Promise<void> = Promise.resolve();
  /** How often a run changed what it wants, and how many of these changes the store knows. */
  #changes = { made: 0, kept: 0 };

  /**
   * Makes one.
   *
   * @param options What it is made of.
   */
  constructor(options: PermitDeskOptions) {
    this.#options = options;
  }

  /** Whether the store has yet to be told of something: the next look does. */
  get isBehind(): boolean {
    return this.#changes.kept < this.#changes.made;
  }

  /** Brings what the store says into line with what a run now wants. */
  sync(claimant: Claimant): void {
    const { state } = claimant;
    const claim = this.#claims.get(state.id);
    if (wantsPermit(state) && claim === undefined) this.#claim(claimant);
    else if (claim !== undefined && !wantsPermit(state) && !keepsPermit(state)) {
      // Granted and not heard of yet counts as wanted, so nothing is given back too soon.
      this.#return(state.id);
    }
  }

  /** A run is no longer driven here. */
  leave(runId: string): void {
    if (this.#claims.has(runId)) this.#return(runId);
  }

  /** Looks whether whoever waits may go on by now: others may have made room, and rates allow more with time. */
  look(): Promise<void> {
    if (!this.isBehind && !this.#isAwaited()) return Promise.resolve();
    return this.#enqueue(async () => {
      const table = await (await this.#options.store()).permits();
      const known = new Set(table);
      const changes = this.#reconciled(table).table.some((row) => !known.has(row));
      if (this.isBehind || changes) await this.#reconcile();
      else await this.#tell(table);
    });
  }

  /** Waits until all that was asked has been done. */
  async settled(): Promise<void> {
    await this.#work;
  }

  #claim(claimant: Claimant): void {
    const { state } = claimant;
    const { groups = [], priority = 0 } = planOf(state).concurrency ?? {};
    const { writer } = this.#options;
    const claim: Claim = {
      claimant,
      phase: "new",
      isFirst: claimant.isNew,
      wanted: { runId: state.id, groups, priority, holder: writer },
      displaced: new Set(),
    };
    this.#claims.set(state.id, claim);
    claimant.isNew = false;
    this.#changed();
  }

  #return(runId: string): void {
    this.#claims.delete(runId);
    this.#changed();
  }

  #changed(): void {
    this.#changes.made++;
    this.#enqueue(() => this.isBehind ? this.#reconcile() : Promise.resolve());
  }

  /** One step: what is asked for is added, what is not is given back, and whoever may go on is granted a permit. */
  async #reconcile(): Promise<void> {
    await this.#evictDead();
    let made = 0;
    let step: Reconciled = { table: [], added: [], refused: [] };
    const table = await (await this.#options.store()).changePermits((before) => {
      made = this.#changes.made;
      step = this.#reconciled(before);
      return step.table;
    });
    this.#changes.kept = made;
    for (const claim of step.added) if (this.#isCurrent(claim)) claim.phase = "waiting";
    for (const refusal of step.refused) this.#refuse(refusal);
    await this.#tell(table);
  }

  /** What the table is to be. A store may ask more than once, so this changes nothing. */
  #reconciled(before: PermitTable): Reconciled {
    const facts = this.#facts();
    let table = granted(this.#withoutReturned(before), facts);
    const added: Claim[] = [];
    const refused: Refusal[] = [];
    for (const claim of this.#claims.values()) {
      if (claim.phase !== "new" && rowOf(table, claim) !== undefined) continue;
      const { wanted, isFirst, phase } = claim;
      const refusedBy = isFirst && phase === "new"
        ? overflowOf(table, wanted).refusedBy
        : undefined;
      if (refusedBy !== undefined) {
        // What is left of an earlier claim goes as well.
        table = withReturn(table, wanted.runId);
        refused.push({ claim, ...refusalOf(wanted, refusedBy) });
        continue;
      }
      const claimed = withClaim(table, wanted);
      // A run that goes on keeps others from doing so, whatever became of its row.
      table = phase === "held" ? withHeld(claimed, claim, facts.at) : granted(claimed, facts);
      if (phase === "new") added.push(claim);
    }
    return { table, added, refused };
  }

  /** Without the rows of this engine that nobody wants any more. */
  #withoutReturned(table: PermitTable): PermitTable {
    const { writer } = this.#options;
    return table
      .filter(({ holder, runId }) => holder.id === writer.id && !this.#claims.has(runId))
      .reduce((rest, { runId }) => withReturn(rest, runId), table);
  }

  async #evictDead(): Promise<void> {
    const { store, lives, evict } = this.#options;
    for (const { phase, runId, holder } of await (await store()).permits()) {
      if (phase === "held" && !lives(holder)) await evict(runId);
    }
  }

  async #tell(table: PermitTable): Promise<void> {
    for (const claim of this.#claims.values()) {
      if (claim.phase !== "waiting" || rowOf(table, claim)?.phase !== "held") continue;
      claim.phase = "held";
      claim.claimant.inbox.put({ type: "admit", at: this.#options.clock.now() });
    }
    await Promise.all(this.#claims.values().map((claim) => this.#makeRoom(claim, table)));
  }

  /** Ends those in whose place a run is to go on. Who could not be told is told at the next look. */
  async #makeRoom(claim: Claim, table: PermitTable): Promise<void> {
    const { isFirst, phase, wanted, displaced } = claim;
    const row = rowOf(table, claim);
    if (!isFirst || phase !== "waiting" || row === undefined) return;
    const before = table.filter(({ seq }) => seq < row.seq);
    for (const runId of overflowOf(before, wanted).displaced) {
      if (displaced.has(runId)) continue;
      await this.#options.displace(runId);
      displaced.add(runId);
    }
  }

  #refuse({ claim, group, outcome }: Refusal): void {
    if (!this.#isCurrent(claim)) return;
    this.#claims.delete(claim.wanted.runId);
    const at = this.#options.clock.now();
    claim.claimant.inbox.put({ type: "refuse", at, group, outcome });
  }

  #isAwaited(): boolean {
    return this.#claims.values().some(({ phase }) => phase !== "held");
  }

  /** Whether it is what the run wants still; it may have given up and asked again. */
  #isCurrent(claim: Claim): boolean {
    return this.#claims.get(claim.wanted.runId) === claim;
  }

  #facts(): PermitFacts {
    const { clock, lives } = this.#options;
    return { at: clock.now(), lives };
  }

  /** A store that would not is asked again at the next look; until then nobody goes on. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error: unknown) =>
      this.#options.warn(`Cannot change the permits of concurrency groups: ${error}`)
    );
    return this.#work;
  }
}

interface Claim {
  readonly claimant: Claimant;
  readonly wanted: PermitClaim;
  /** Only then its policy decides what becomes of it where there is no room; later it waits in line. */
  readonly isFirst: boolean;
  /** `new` until the store knows of it. */
  phase: "new" | "waiting" | "held";
  /** Runs that were told to make room for it. */
  readonly displaced: Set<string>;
}

interface Refusal {
  readonly claim: Claim;
  readonly group: string;
  readonly outcome: "skipped" | "cancelled";
}

interface Reconciled {
  readonly table: PermitTable;
  readonly added: readonly Claim[];
  readonly refused: readonly Refusal[];
}

function rowOf(table: PermitTable, { wanted: { runId, holder } }: Claim): Permit | undefined {
  return table.find((row) =>
    row.runId === runId && row.holder.id === holder.id && row.phase !== "spent"
  );
}

function withHeld(table: PermitTable, claim: Claim, at: number): PermitTable {
  const claimed = rowOf(table, claim);
  return table.map((row) => row === claimed ? { ...row, phase: "held", grantedAt: at } : row);
}

function refusalOf(
  { groups }: PermitClaim,
  name: string,
): Pick<Refusal, "group" | "outcome"> {
  const group = groups.find((group) => group.name === name);
  const outcome = group?.onOverflow === "cancel-newest" ? "cancelled" : "skipped";
  return { group: name, outcome };
}
