import { deepEqual, equal, rejects } from "node:assert/strict";
import { workApart } from "../../platform/apart.ts";
import { collectGarbage } from "../../platform/garbage.ts";
import { test } from "../harness.ts";

test("collectGarbage() collects what nothing uses", async () => {
  let refs = Array.from({ length: 100 }, () => new WeakRef({ big: "x".repeat(1_000) }));
  // What was made in this turn is held until it has ended.
  await new Promise((resolve) => setTimeout(resolve, 0));
  await collectGarbage();
  await new Promise((resolve) => setTimeout(resolve, 0));
  await collectGarbage();
  refs = refs.filter((ref) => ref.deref() !== undefined);
  equal(refs.length < 50, true, `${refs.length} of 100 are still there`);
});

test("workApart() has a module answer from a thread of its own, where a thread leaves nothing behind", async () => {
  const source = (work: string) =>
    new URL(
      `data:text/javascript,${
        encodeURIComponent(
          `globalThis.onmessage = ({ data }) => { ${work} }; postMessage("listening");`,
        )
      }`,
    );
  const answer = workApart<number>(source("postMessage(data.one + data.two);"), { one: 1, two: 2 });
  if (!("Bun" in globalThis)) return equal(answer, undefined);
  equal(await answer, 3);
  const failing = workApart(source('throw new Error("no");'), {});
  await rejects(async () => await failing, /no/);
  deepEqual(
    await workApart(source("postMessage(new Map([[1, data]]));"), [2]),
    new Map([[1, [2]]]),
  );
});
