import assert from "node:assert/strict";
import type { Permissions } from "../../core/plugin/permissions.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { grantedFlags } from "../../plugins/isolation/granted_flags.ts";
import { test } from "../harness.ts";

const host = new FakeHost({
  cwd: "/work",
  files: {
    "/work/data/a": "",
    "/work/conf/b": "",
    "/work/.sluice/runs.db": "",
    "/work/deep/down/.state/x": "",
    "/other/c": "",
    "/odd/d": "",
  },
  links: {
    "/work/data/out": "/other",
    "/work/data/in": "/work/conf",
    "/work/data/state": "/work/.sluice",
    "/odd/a,b": "/other",
  },
});

function flags(
  permissions: Permissions,
  { denied = [], kept = [] }: { denied?: string[]; kept?: string[] } = {},
) {
  return grantedFlags(permissions, { host, denied, kept });
}

test("granted flags are none where nothing is granted", async () => {
  assert.deepEqual(await flags({}, { denied: ["/work/.sluice"] }), []);
  assert.deepEqual(await flags({ read: [], secrets: ["TOKEN"] }), []);
});

test("granted flags name exactly what was granted, by its absolute path", async () => {
  assert.deepEqual(
    await flags({ net: ["a.example:443"], read: ["conf", "/other/"], env: ["ONE"] }),
    ["--allow-net=a.example:443", "--allow-read=/work/conf,/other", "--allow-env=ONE"],
  );
});

test("granted flags deny links that lead out, and the engine's state", async () => {
  assert.deepEqual(await flags({ read: ["/work/data"] }, { denied: [".sluice"] }), [
    "--allow-read=/work/data",
    "--deny-read=/work/.sluice,/work/data/in,/work/data/out,/work/data/state",
  ]);
  assert.deepEqual(await flags({ read: ["."], write: ["data"] }, { denied: [".sluice"] }), [
    "--allow-read=/work",
    "--allow-write=/work/data",
    "--deny-read=/work/.sluice,/work/data/out,/work/data/state",
    "--deny-write=/work/.sluice,/work/data/in,/work/data/out,/work/data/state",
  ]);
});

test("granted flags are refused where they would say something else", async () => {
  const refused = (permissions: Permissions, options = {}) =>
    assert.rejects(flags(permissions, options), { name: "PermissionError", retryable: false });
  await refused({ read: ["/data,/etc"] });
  await refused({ net: ["*"] });
  await refused({ env: ["*"] });
  await refused({ read: ["/odd"] });
});

test("granted flags do not let the state be moved with a folder around it", async () => {
  const denied = ["deep/down/.state"];
  await assert.rejects(flags({ write: ["deep"] }, { denied }), {
    message: /grant the folders beside/,
  });
  assert.ok(await flags({ read: ["deep"], write: ["deep/down"] }, { denied }));
});

test("granted flags let nothing be moved that has links in it, since they would lead elsewhere", async () => {
  const linked = new FakeHost({
    cwd: "/work",
    files: { "/work/deep/down/a": "", "/out/b": "", "/work/side/c": "" },
    links: { "/work/deep/down/link": "/out", "/work/deep/in": "/work/deep/down" },
  });
  const grant = (write: readonly string[]) => grantedFlags({ write }, { host: linked, denied: [] });
  assert.deepEqual(await grant(["deep"]), [
    "--allow-write=/work/deep",
    "--deny-write=/work/deep/down,/work/deep/in",
  ]);
  await assert.rejects(grant(["deep", "side"]), { message: /could be moved into the second/ });
});

test("granted flags keep what says which code runs, whatever folder is granted", async () => {
  const kept = ["conf/sluice.lock", "conf/.plugins"];
  const fixed = async (write: string) => (await flags({ write: [write] }, { kept })).at(-1);
  assert.equal(await fixed("."), "--deny-write=/work/conf,/work/data");
  assert.equal(await fixed("conf"), "--deny-write=/work/conf/.plugins,/work/conf/sluice.lock");
  assert.equal(await fixed("conf/.plugins/x"), "--deny-write=/work/conf/.plugins/x");
});
