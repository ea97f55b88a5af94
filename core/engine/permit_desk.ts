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

/** Asks for permits, hands them out and gives them back. */
export class PermitDesk {
  readonly #options: PermitDeskOptions;
  /** The runs of this engine that wait or hold a permit. */
  readonly #claims = new Map<string, Claim>();
  /** Changes are made one after another, so that a return is not overtaken by the next claim. */
  #work: Promise<void> = Promise.resolve();

  /**
   * Makes one.
   *
   * @param options What it is made of.
   */
  constructor(options: PermitDeskOptions) {
    this.#options = options;
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
    if (!this.#isAwaited()) return Promise.resolve();
    return this.#enqueue(async () => {
      const table = await (await this.#options.store()).permits();
      const isMissing = this.#claims.values().some(({ phase }) => phase === "new");
      const known = new Set(table);
      if (isMissing || granted(table, this.#facts()).some((permit) => !known.has(permit))) {
        await this.#change((now) => now);
      } else this.#tell(table);
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
    };
    this.#claims.set(state.id, claim);
    claimant.isNew = false;
    this.#enqueue(() => this.#change((table) => table));
  }

  #return(runId: string): void {
    this.#claims.delete(runId);
    this.#enqueue(() => this.#change((table) => withReturn(table, runId)));
  }

  /** One step: what is asked for is added, and whoever may go on is granted a permit. */
  async #change(change: (table: PermitTable) => PermitTable): Promise<void> {
    await this.#evictDead();
    const added = [...this.#claims.values()].filter(({ phase }) => phase === "new");
    let refused: readonly Refusal[] = [];
    let displaced: readonly string[] = [];
    const table = await (await this.#options.store()).changePermits((before) => {
      [refused, displaced] = [[], []];
      const facts = this.#facts();
      let after = granted(change(before), facts);
      for (const { wanted, isFirst } of added) {
        const overflow = isFirst ? overflowOf(after, wanted) : NO_OVERFLOW;
        displaced = [...displaced, ...overflow.displaced];
        if (overflow.refusedBy === undefined) after = granted(withClaim(after, wanted), facts);
        else refused = [...refused, refusalOf(wanted, overflow.refusedBy)];
      }
      return after;
    });
    for (const claim of added) if (this.#isCurrent(claim)) claim.phase = "waiting";
    for (const refusal of refused) this.#refuse(refusal);
    this.#tell(table);
    await Promise.all(displaced.map((runId) => this.#options.displace(runId)));
  }

  async #evictDead(): Promise<void> {
    const { store, lives, evict } = this.#options;
    for (const { phase, runId, holder } of await (await store()).permits()) {
      if (phase === "held" && !lives(holder)) await evict(runId);
    }
  }

  #tell(table: PermitTable): void {
    const held = new Set(
      table.filter(({ phase }) => phase === "held").map(({ runId }) => runId),
    );
    for (const [runId, claim] of this.#claims) {
      if (claim.phase !== "waiting" || !held.has(runId)) continue;
      claim.phase = "held";
      claim.claimant.inbox.put({ type: "admit", at: this.#options.clock.now() });
    }
  }

  #refuse({ runId, group, outcome }: Refusal): void {
    const claim = this.#claims.get(runId);
    if (claim === undefined) return;
    this.#claims.delete(runId);
    const at = this.#options.clock.now();
    claim.claimant.inbox.put({ type: "refuse", at, group, outcome });
  }

  #isAwaited(): boolean {
    return this.#claims.values().some(({ phase }) => phase !== "held");
  }

  #isCurrent({ wanted: { runId } }: Claim): boolean {
    return this.#claims.has(runId);
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
}

interface Refusal {
  readonly runId: string;
  readonly group: string;
  readonly outcome: "skipped" | "cancelled";
}

const NO_OVERFLOW = { displaced: [], refusedBy: undefined } as const;

function refusalOf({ runId, groups }: PermitClaim, name: string): Refusal {
  const group = groups.find((group) => group.name === name);
  const outcome = group?.onOverflow === "cancel-newest" ? "cancelled" : "skipped";
  return { runId, group: name, outcome };
}
