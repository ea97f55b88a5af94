import { deepEqual, equal } from "node:assert/strict";
import { Inbox } from "../../core/engine/inbox.ts";
import { type Claimant, PermitDesk } from "../../core/engine/permit_desk.ts";
import { ManualClock } from "../../core/plugin/testing/manual_clock.ts";
import type { RunCommand } from "../../core/run/command.ts";
import { initialState } from "../../core/run/state.ts";
import { memoryJournal } from "../../plugins/memory_journal.ts";
import { test } from "../harness.ts";

type OnOverflow = "queue" | "cancel-oldest" | "cancel-newest";

interface GroupOptions {
  readonly group?: string;
  readonly onOverflow?: OnOverflow;
}

/** One engine's desk, over a store that can be told to refuse or to wait. */
class Rig {
  readonly store = memoryJournal();
  readonly warned: string[] = [];
  readonly told: string[] = [];
  readonly displaced: string[] = [];
  readonly desk: PermitDesk;
  refuses = false;
  refusesToDisplace = false;
  opened: Promise<void> = Promise.resolve();
  changes = 0;

  constructor() {
    const change = this.store.changePermits.bind(this.store);
    const permits = this.store.permits.bind(this.store);
    this.store.changePermits = (work) => {
      this.changes++;
      return this.refuses ? Promise.reject(new Error("disk full")) : change(work);
    };
    this.store.permits = async () => {
      await this.opened;
      return permits();
    };
    this.desk = new PermitDesk({
      store: () => Promise.resolve(this.store),
      clock: new ManualClock(1_000),
      writer: { id: "engine", pid: 1, birth: "" },
      lives: () => true,
      evict: () => Promise.resolve(),
      displace: (runId) => {
        if (this.refusesToDisplace) return Promise.reject(new Error("disk full"));
        this.displaced.push(runId);
        return Promise.resolve();
      },
      warn: (message) => this.warned.push(message),
    });
  }

  /** A run that wants a place in a group of one. */
  run(id: string, { group = "g", onOverflow = "queue" }: GroupOptions = {}) {
    const plan = { concurrency: { groups: [{ name: group, limit: 1, onOverflow }], priority: 0 } };
    const state = Object.assign(initialState(), { id, plan });
    Object.assign(state, { phase: "running", permit: "wanted" });
    const { told } = this;
    const inbox = new class extends Inbox<RunCommand> {
      override put(command: RunCommand) {
        told.push(`${command.type} ${id}`);
        if (command.type === "admit") state.permit = "held";
      }
    }();
    // A desk reads no more of a plan than its groups.
    return { state, inbox, isNew: true } as Claimant & { state: typeof state };
  }

  async table(): Promise<readonly string[]> {
    return (await this.store.permits()).map(({ runId, phase }) => `${runId} ${phase}`);
  }
}

test("a permit that the store would not take back is taken back at the next look", async () => {
  const rig = new Rig();
  const one = rig.run("one");
  rig.desk.sync(one);
  await rig.desk.settled();
  rig.refuses = true;
  one.state.phase = "settled";
  rig.desk.sync(one);
  await rig.desk.settled();
  deepEqual([await rig.table(), rig.desk.isBehind, rig.warned.length], [["one held"], true, 1]);

  rig.refuses = false;
  await rig.desk.look(); // No run is left that waits.
  deepEqual([await rig.table(), rig.desk.isBehind], [[], false]);
});

test("a permit that the store would not take back goes to whoever asks next", async () => {
  const rig = new Rig();
  rig.desk.sync(rig.run("one"));
  await rig.desk.settled();
  rig.refuses = true;
  rig.desk.leave("one");
  await rig.desk.settled();
  rig.refuses = false;
  rig.desk.sync(rig.run("two"));
  await rig.desk.settled();
  deepEqual([await rig.table(), rig.told], [["two held"], ["admit one", "admit two"]]);
});

test("a run that gives its permit back and asks again while the store is busy ends with one", async () => {
  const rig = new Rig();
  const one = rig.run("one");
  rig.desk.sync(one);
  await rig.desk.settled();
  const busy = Promise.withResolvers<void>();
  rig.opened = busy.promise;
  rig.desk.sync(rig.run("other", { group: "other" }));
  one.state.permit = "returned";
  rig.desk.sync(one);
  one.state.permit = "wanted";
  rig.desk.sync(one);
  busy.resolve();
  await rig.desk.settled();
  deepEqual((await rig.table()).toSorted(), ["one held", "other held"]);
  deepEqual(rig.told, ["admit one", "admit other", "admit one"]);

  await rig.desk.look();
  await rig.desk.settled();
  deepEqual((await rig.table()).toSorted(), ["one held", "other held"]);
});

test("a run whose row is gone asks for it again, and one that goes on is counted again", async () => {
  const rig = new Rig();
  rig.desk.sync(rig.run("one"));
  rig.desk.sync(rig.run("two"));
  await rig.desk.settled();
  await rig.store.changePermits(() => []);
  await rig.desk.look();
  deepEqual(await rig.table(), ["one held", "two waiting"]);
});

test("a run that could not be told to make room is told at the next look, and only once", async () => {
  const rig = new Rig();
  rig.desk.sync(rig.run("old"));
  await rig.desk.settled();
  rig.refusesToDisplace = true;
  rig.desk.sync(rig.run("new", { onOverflow: "cancel-oldest" }));
  await rig.desk.settled();
  deepEqual([rig.displaced, rig.warned.length], [[], 1]);

  rig.refusesToDisplace = false;
  for (let round = 0; round < 3; round++) await rig.desk.look();
  deepEqual(rig.displaced, ["old"]);
});

test("a run that makes room is the older one, not whoever came later", async () => {
  const rig = new Rig();
  for (const id of ["first", "second", "third"]) {
    rig.desk.sync(rig.run(id, { onOverflow: "cancel-oldest" }));
    await rig.desk.settled();
  }
  await rig.desk.look();
  deepEqual(rig.displaced.toSorted(), ["first", "first", "second"]);
});

test("a look changes nothing in the store when nothing has changed", async () => {
  const rig = new Rig();
  rig.desk.sync(rig.run("one"));
  rig.desk.sync(rig.run("two"));
  await rig.desk.settled();
  const before = rig.changes;
  await rig.desk.look();
  equal(rig.changes, before);
});
