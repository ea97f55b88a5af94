import { equal, ok } from "node:assert/strict";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";

const host = openHost();

/** A process of `mark` that has said that it is there. */
async function started(
  script: string,
  mark: string,
): Promise<{ readonly ended: Promise<string | null> }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const ended = host.spawn("bash", {
    args: ["-c", script],
    env: host.env(),
    mark,
    onLine: () => resolve(),
  }).then(({ signal }) => signal);
  await promise;
  return { ended };
}

function newMark(): string {
  return crypto.randomUUID();
}

test("endMarked() ends what carries a mark, and nothing else", async () => {
  const [mine, other] = [newMark(), newMark()];
  const marked = await started("echo there; sleep 60", mine);
  const spared = await started("echo there; sleep 60", other);
  equal(await host.endMarked(new Set([mine])), 1);
  equal(await marked.ended, "SIGTERM");
  equal(await host.endMarked(new Set([mine])), 0);
  equal(await host.endMarked(new Set([other])), 1);
  equal(await spared.ended, "SIGTERM");
});

test("endMarked() does not take a part of a mark for the mark", async () => {
  const mark = newMark();
  const marked = await started("echo there; sleep 60", mark);
  equal(await host.endMarked(new Set([mark.slice(0, -1), `${mark}x`, ""])), 0);
  equal(await host.endMarked(new Set([mark])), 1);
  await marked.ended;
});

test("endMarked() ends what ignores SIGTERM once its grace is over", async () => {
  const mark = newMark();
  const marked = await started("trap '' TERM; echo there; sleep 60; sleep 60", mark);
  equal(await host.endMarked(new Set([mark]), { graceMs: 50 }), 1);
  equal(await marked.ended, "SIGKILL");
});

test("endMarked() gives a process its grace, and asks it once", async () => {
  const folder = await host.makeTempFolder("sluice-test-");
  try {
    const mark = newMark();
    const script = `trap 'echo asked >>${folder}/asked' TERM; echo there
      while ! [ -s ${folder}/asked ]; do sleep 0.01; done; sleep 0.2; echo tidy >>${folder}/asked`;
    const marked = await started(script, mark);
    equal(await host.endMarked(new Set([mark])), 1);
    await marked.ended;
    equal(await host.readText(`${folder}/asked`), "asked\ntidy\n");
  } finally {
    await host.remove(folder);
  }
});

test("endMarked() finds what left its group, and what lost its environment", async () => {
  const mark = newMark();
  const marked = await started(
    "setsid sleep 60 & env -i /bin/sh -c 'echo there; sleep 60' & wait",
    mark,
  );
  ok(await host.endMarked(new Set([mark])) >= 1);
  await marked.ended;
  equal(await host.endMarked(new Set([mark])), 0);
});

test("endMarked() of no marks looks for nothing", async () => {
  equal(await host.endMarked(new Set()), 0);
});

test("a mark does not reach the caller's other processes", async () => {
  const mark = newMark();
  const { stdout } = await host.spawn("bash", {
    args: ["-c", 'echo "[$SLUICE_MARK]"'],
    env: { PATH: host.env()["PATH"] ?? "" },
    mark,
  });
  equal(stdout, `[${mark}]\n`);
  const without = await host.spawn("bash", { args: ["-c", 'echo "[$SLUICE_MARK]"'], env: {} });
  equal(without.stdout, "[]\n");
});
