import { deepEqual, equal, notEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  type FileChange,
  type FileState,
  type KnownFiles,
  observeFiles,
} from "../../core/schedule/file_changes.ts";
import { test } from "../harness.ts";

const SETTLE = 10;

/** Somebody who looks at files. */
class Observer {
  known: KnownFiles | undefined;

  constructor(readonly sinceMs = 0, readonly settleMs = SETTLE) {}

  look(nowMs: number, files: Readonly<Record<string, FileState>>): readonly FileChange[] {
    const { settleMs, sinceMs } = this;
    const seen = new Map(Object.entries(files));
    const { known, changes } = observeFiles(this.known, { seen, nowMs, settleMs, sinceMs });
    this.known = known;
    return changes;
  }

  /** `event path`, of each change. */
  events(nowMs: number, files: Readonly<Record<string, FileState>>): string[] {
    return this.look(nowMs, files).map(({ event, path }) => `${event} ${path}`);
  }
}

function file(atMs: number, sizeBytes = 1): FileState {
  return { sizeBytes, modifiedMs: atMs, changedMs: atMs };
}

test("observeFiles() passes over what is there from before", () => {
  const observer = new Observer(100);
  deepEqual(observer.events(200, { a: file(50) }), []);
  deepEqual(observer.events(210, { a: file(50) }), []);
});

test("observeFiles() takes what has changed while nobody looked for new", () => {
  const observer = new Observer(100);
  deepEqual(observer.events(200, { a: file(150), b: file(120), c: file(99) }), [
    "created b",
    "created a",
  ]);
  deepEqual(observer.events(300, { a: file(150), b: file(120), c: file(99) }), []);
});

test("observeFiles() tells that a file comes, changes and goes, each once", () => {
  const observer = new Observer();
  observer.look(100, {});
  deepEqual(observer.events(120, { a: file(110) }), ["created a"]);
  deepEqual(observer.events(130, { a: file(110) }), []);
  deepEqual(observer.events(150, { a: file(140, 2) }), ["changed a"]);
  deepEqual(observer.events(160, {}), []);
  deepEqual(observer.events(170, {}), ["removed a"]);
  deepEqual(observer.events(190, {}), []);
});

test("observeFiles() waits until a file is left alone", () => {
  const observer = new Observer();
  observer.look(100, {});
  deepEqual(observer.events(109, { a: file(105, 1) }), []);
  deepEqual(observer.events(118, { a: file(114, 2) }), []);
  deepEqual(observer.events(123, { a: file(114, 2) }), []);
  deepEqual(observer.events(124, { a: file(114, 2) }), ["created a"]);
});

test("observeFiles() says nothing of a file that comes and goes before it has settled", () => {
  const observer = new Observer();
  observer.look(100, {});
  deepEqual(observer.events(105, { a: file(104) }), []);
  deepEqual(observer.events(110, {}), []);
  deepEqual(observer.events(900, {}), []);
});

test("observeFiles() says nothing of a file that is away for a moment, or has new permissions", () => {
  const observer = new Observer(50);
  observer.look(100, { a: file(10) });
  deepEqual(observer.events(105, {}), []);
  deepEqual(observer.events(200, { a: { ...file(10), changedMs: 104 } }), []);
});

test("observeFiles() sees the same file come again after it went", () => {
  const observer = new Observer();
  observer.look(100, {});
  const first = observer.look(120, { a: file(110) });
  observer.look(130, {});
  observer.look(150, {});
  const [again] = observer.look(170, { a: { ...file(110), changedMs: 160 } });
  equal(again?.event, "created");
  notEqual(again?.key, first[0]?.key);
});

test("observeFiles() does not wait for a clock of a file server that is ahead", () => {
  const observer = new Observer();
  observer.look(100, {});
  deepEqual(observer.events(110, { a: file(99_999) }), []);
  deepEqual(observer.events(120, { a: file(99_999) }), ["created a"]);
});

test("observeFiles() takes a whole second for its last moment", () => {
  const moved = { sizeBytes: 1, modifiedMs: 5, changedMs: 3_000 };
  const early = new Observer(3_500);
  deepEqual(early.look(4_100, { a: moved }).map(({ atMs }) => atMs), [3_999]);
  deepEqual(new Observer(4_000).look(4_100, { a: moved }), [], "who has seen it passes it over");
});

test("observeFiles() gives a change the same key whoever sees it, and no other one that key", () => {
  const moment = fc.nat({ max: 300 });
  const history = fc.array(
    fc.record({ atMs: moment, name: fc.constantFrom("a", "b"), size: moment }),
  );
  fc.assert(fc.property(history, moment, (writes, startMs) => {
    const early = new Observer(0);
    const late = new Observer(startMs);
    const [seenEarly, seenLate] = [new Map<string, string>(), new Map<string, string>()];
    const files: Record<string, FileState> = {};
    const sorted = writes.toSorted((one, other) => one.atMs - other.atMs);
    for (let now = 0; now < 400; now++) {
      for (const { name, size } of sorted.filter(({ atMs }) => atMs === now)) {
        files[name] = file(now, size);
      }
      for (const { key, path, atMs } of early.look(now, files)) {
        equal(seenEarly.has(key), false);
        seenEarly.set(key, `${path} ${atMs}`);
      }
      if (now < startMs) continue;
      for (const { key, path, atMs } of late.look(now, files)) seenLate.set(key, `${path} ${atMs}`);
    }
    for (const [key, what] of seenLate) equal(seenEarly.get(key), what);
    for (const [key, what] of seenEarly) {
      if (Number(what.slice(2)) >= startMs) equal(seenLate.get(key), what);
    }
  }));
});
