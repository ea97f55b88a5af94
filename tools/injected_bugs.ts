/**
 * Mistakes that must not get past the tests: each takes away one thing that a
 * promise of `docs/reliability.md` rests on, in what is around the decider.
 *
 * @module
 */

/** A mistake, and the tests that are to notice it. */
export interface InjectedBug {
  /** What goes wrong. */
  readonly name: string;
  /** Where. */
  readonly file: string;
  /** What is there now, once … */
  readonly from: string;
  /** … and what stands there instead. */
  readonly to: string;
  /** The quickest tests that notice. */
  readonly tests: readonly string[];
}

const JOURNAL = "plugins/sqlite_journal";
const FILE_TESTS = ["tests/journal/sqlite_file_test.ts"];
const STORE_TESTS = ["tests/journal/sqlite_journal_test.ts"];
const LOCK_TESTS = ["tests/journal/writer_locks_test.ts"];
const DESK_TESTS = ["tests/engine/concurrency_test.ts"];

/** All of them. */
export const INJECTED_BUGS: readonly InjectedBug[] = [
  {
    name: "fence: whoever lost a run goes on writing it",
    file: `${JOURNAL}/run_journal.ts`,
    from: 'row === undefined || numberIn(row, "epoch") !== this.#run.epoch',
    to: "row === undefined",
    tests: STORE_TESTS,
  },
  {
    name: "fence: a store that was put back to a copy is written on",
    file: `${JOURNAL}/run_journal.ts`,
    from: 'numberIn(row, "length") !== this.#written',
    to: "false",
    tests: FILE_TESTS,
  },
  {
    name: "fence: two rivals both get a run",
    file: `${JOURNAL}/run_journal.ts`,
    from: '"(epoch + 1, ?, ?, ?) WHERE id = ? AND epoch = ?"',
    to: '"(epoch + 1, ?, ?, ?) WHERE id = ? AND ? > 0"',
    tests: STORE_TESTS,
  },
  {
    name: "fence: a writer that lives is taken for dead",
    file: "plugins/sqlite_journal.ts",
    from: "if (holder === undefined || !lives(holder)) return;",
    to: "return;",
    tests: STORE_TESTS,
  },
  {
    name: "fence: the process table is believed rather than the store",
    file: "core/engine/engine.ts",
    from: "livesIn(store, options.lives)(writer)",
    to: "options.lives(writer)",
    tests: ["tests/engine/take_over_test.ts"],
  },
  {
    name: "fence: a writer is not locked",
    file: `${JOURNAL}/writer_locks.ts`,
    from: 'lock.exec("BEGIN EXCLUSIVE");',
    to: 'lock.exec("BEGIN");',
    tests: LOCK_TESTS,
  },
  {
    name: "fence: a lock that was swept away is held on to",
    file: `${JOURNAL}/writer_locks.ts`,
    from: "if (this.#host.isFileNow(path)) return void",
    to: "return void",
    tests: LOCK_TESTS,
  },
  {
    name: "fsync: commits are not flushed",
    file: `${JOURNAL}/database.ts`,
    from: "PRAGMA synchronous = FULL",
    to: "PRAGMA synchronous = NORMAL",
    tests: FILE_TESTS,
  },
  {
    name: "acknowledged before the commit",
    file: `${JOURNAL}/group_commit.ts`,
    from: "for (const waiting of group) tellers.push(written(waiting));",
    to: "for (const waiting of group) written(waiting)();",
    tests: FILE_TESTS,
  },
  {
    name: "a failed transaction keeps half of what it wrote",
    file: `${JOURNAL}/database.ts`,
    from: 'this.run("ROLLBACK");',
    to: 'this.run("COMMIT");',
    tests: FILE_TESTS,
  },
  {
    name: "cursors move back",
    file: "plugins/sqlite_journal.ts",
    from: "at = max(at, excluded.at)",
    to: "at = excluded.at",
    tests: STORE_TESTS,
  },
  {
    name: "blobs: one that another run still has is removed",
    file: `${JOURNAL}/blobs.ts`,
    from: "WHERE blob = blobs.id AND run <> ?1)",
    to: "WHERE blob = blobs.id AND run < 0)",
    tests: STORE_TESTS,
  },
  {
    name: "blobs: none is ever removed",
    file: `${JOURNAL}/blobs.ts`,
    from: "database.run(DELETE_BLOBS, run);",
    to: "",
    tests: FILE_TESTS,
  },
  {
    name: "blobs: a damaged one is not noticed",
    file: `${JOURNAL}/blobs.ts`,
    from: "if (await digestOf(piece) !== digest)",
    to: "if (false)",
    tests: FILE_TESTS,
  },
  {
    name: "blobs: each is kept again",
    file: `${JOURNAL}/blobs.ts`,
    from: "const known = database.get(SELECT_BLOB, digest);",
    to: "const known = undefined; digest = digest + Math.random();",
    tests: FILE_TESTS,
  },
  {
    name: "blobs: small appends overtake large ones",
    file: `${JOURNAL}/run_journal.ts`,
    from: "if (before === undefined && !(batches instanceof Promise)) return batches;",
    to: "return batches;",
    tests: STORE_TESTS,
  },
  {
    name: "act first, then journal",
    file: "core/engine/drive_run.ts",
    from: "const events = decideAll(drive, commands);",
    to: "const events = decideAll(drive, commands); underway.reconcile();",
    tests: ["tests/engine/drive_run_test.ts"],
  },
  {
    name: "sinks are told before the journal",
    file: "core/engine/drive_run.ts",
    from: "await journal.append(events.map(encodeEvent), summary);",
    to: "drive.tell(events); await journal.append(events.map(encodeEvent), summary);",
    tests: ["tests/engine/drive_run_test.ts"],
  },
  {
    name: "what is under way is not ended when the journal fails",
    file: "core/engine/drive_run.ts",
    from: "for (const controller of this.#controllers.values()) controller.abort();",
    to: "",
    tests: ["tests/engine/drive_run_test.ts"],
  },
  {
    name: "slot release: a run that ends keeps its place",
    file: "core/engine/permit_desk.ts",
    from: "this.#enqueue(() => this.#change((table) => withReturn(table, runId)));",
    to: "",
    tests: DESK_TESTS,
  },
  {
    name: "slot release: a place that is given back stays taken",
    file: "core/schedule/permits.ts",
    from: 'if (permit.runId !== runId || permit.phase === "spent") return [permit];',
    to: "return [permit];",
    tests: ["tests/schedule/permits_test.ts", ...DESK_TESTS],
  },
  {
    name: "slot release: the dead keep theirs",
    file: "core/schedule/permits.ts",
    from: "if (lives(permit.holder)) return [permit];",
    to: "return [permit];",
    tests: ["tests/schedule/permits_test.ts"],
  },
  {
    name: "slot release: a wait for a retry keeps the place",
    file: "core/run/decider.ts",
    from: 'if (isIdle(state)) take([{ type: "permit.returned", at: state.toldAt }]);',
    to: "",
    tests: ["tests/run/permit_test.ts"],
  },
  {
    name: "evict: the place of a dead engine is free before its children are ended",
    file: "core/engine/permit_desk.ts",
    from: "await this.#evictDead();",
    to: "",
    tests: DESK_TESTS,
  },
  {
    name: "permits: a limit is one too high",
    file: "core/schedule/permits.ts",
    from: "if ((this.#held.get(name) ?? 0) >= limit) return false;",
    to: "if ((this.#held.get(name) ?? 0) > limit) return false;",
    tests: ["tests/schedule/permits_test.ts"],
  },
  {
    name: "permits: whoever comes back is refused by its group's policy",
    file: "core/engine/permit_desk.ts",
    from: "isFirst: claimant.isNew,",
    to: "isFirst: true,",
    tests: DESK_TESTS,
  },
  {
    name: "take-over: orphans are left alone",
    file: "core/engine/orphans.ts",
    from: "await host.endMarked(marks).catch(",
    to: "await Promise.resolve().catch(",
    tests: ["tests/durability/orphans_test.ts"],
  },
  {
    name: "take-over: an old request to cancel is heard again",
    file: "core/engine/engine.ts",
    from: 'if (phase !== "cancelling") return 0;',
    to: "return 0;",
    tests: ["tests/engine/take_over_test.ts"],
  },
  {
    name: "audit: a run whose record is missing is let go",
    file: "core/engine/engine.ts",
    from: "if (owed) return;",
    to: "",
    tests: ["tests/engine/audit_owed_test.ts"],
  },
  {
    name: "cancel: what has left the process group goes on",
    file: "core/engine/attempt_remains.ts",
    from: "if (processes && this.#mark !== undefined) {",
    to: "if (processes && this.#mark === undefined) {",
    tests: ["tests/durability/endings_test.ts"],
  },
  {
    name: "given stages: what was given is carried out all the same",
    file: "core/run/decide_branch.ts",
    from: "const given = givenEnd(state, stage);",
    to: "const given = givenEnd(state, stage); if (given) state.given.clear();",
    tests: ["tests/run/given_test.ts"],
  },
  {
    name: "retention: a run that a run under way has started is removed",
    file: "core/engine/retention.ts",
    from: "(parentRunId === undefined || !open.has(parentRunId))",
    to: "true",
    tests: ["tests/engine/retention_test.ts"],
  },
  {
    name: "retention: the work of a day is done again by each daemon",
    file: "core/engine/apply_retention.ts",
    from: "if (done >= day) return;",
    to: "",
    tests: ["tests/engine/apply_retention_test.ts"],
  },
];
