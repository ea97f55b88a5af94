import { deepEqual, equal } from "node:assert/strict";
import { AttemptRemains } from "../../core/engine/attempt_remains.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import type { Host } from "../../core/plugin/ports.ts";
import { test } from "../harness.ts";

function hostThat(changes: Partial<Host>): Host {
  return Object.assign(new FakeHost(), changes);
}

test("an attempt's folder is removed, and its processes only if that is asked for", async () => {
  const done: string[] = [];
  const host = hostThat({
    remove: (path) => Promise.resolve(void done.push(`remove ${path}`)),
    endMarked: (marks) => Promise.resolve(done.push(`end ${[...marks].join()}`)),
    makeTempFolder: () => Promise.resolve("/tmp/sluice-1"),
  });
  const remains = new AttemptRemains(host, () => "m1");
  await remains.clear({ processes: true, tell: () => {} });
  deepEqual(done, []);
  equal(remains.mark(), "m1");
  await remains.folder();
  await remains.clear({ processes: false, tell: () => {} });
  await remains.clear({ processes: true, tell: () => {} });
  deepEqual(done, ["remove /tmp/sluice-1", "end m1", "remove /tmp/sluice-1"]);
});

test("what cannot be cleared is told, and rejects nothing", async () => {
  const told: string[] = [];
  const host = hostThat({
    remove: () => Promise.reject(new Error("Directory not empty")),
    endMarked: () => Promise.reject(new Error("Device busy")),
    makeTempFolder: () => Promise.resolve("/tmp/sluice-1"),
  });
  const remains = new AttemptRemains(host, () => "m1");
  remains.mark();
  await remains.folder();
  await remains.clear({ processes: true, tell: (text) => told.push(text) });
  deepEqual(told, [
    "Cannot end what the stage left running: Error: Device busy",
    'Cannot remove the stage\'s folder "/tmp/sluice-1": Error: Directory not empty',
  ]);
});
