import { deepEqual, equal, rejects } from "node:assert/strict";
import { openOnce } from "../../core/plugin/open_once.ts";
import { test } from "../harness.ts";

/** Opens what is counted, as long as the world lets it. */
function opening() {
  const world = { isBroken: false, tries: 0 };
  const open = openOnce(() => {
    world.tries++;
    return world.isBroken
      ? Promise.reject(new Error("The disk is away"))
      : Promise.resolve(`store ${world.tries}`);
  });
  return { world, open };
}

test("openOnce() opens when it is first asked, and gives the same to all who ask", async () => {
  const { world, open } = opening();
  equal(world.tries, 0);
  deepEqual(await Promise.all([open(), open()]), ["store 1", "store 1"]);
  equal(await open(), "store 1");
});

test("openOnce() tries again after what could not be opened", async () => {
  const { world, open } = opening();
  world.isBroken = true;
  const asked = [open(), open()];
  for (const it of asked) await rejects(it, /The disk is away/);
  equal(world.tries, 1, "who asks while it is being opened gets the same answer");
  world.isBroken = false;
  equal(await open(), "store 2");
});

test("openOnce() tells what was opened, and opens nothing for it", async () => {
  const { world, open } = opening();
  equal(await open.opened(), undefined);
  equal(world.tries, 0);
  await open();
  equal(await open.opened(), "store 1");
  equal(await open.take(), "store 1");
  equal(await open.opened(), undefined);
  equal(await open(), "store 2", "what was closed is opened anew");
  await open.take();
  world.isBroken = true;
  const asked = open();
  equal(await open.opened(), undefined);
  equal(await open.take(), undefined);
  await rejects(asked);
});
