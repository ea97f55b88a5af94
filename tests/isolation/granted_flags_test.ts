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
  { denied = [], modules = [] }: { denied?: string[]; modules?: string[] } = {},
) {
  return grantedFlags(permissions, { host, denied, modules });
}

test("granted flags are none where nothing is granted", async () => {
  assert.deepEqual(await flags({}, { denied: ["/work/.sluice"] }), []);
  assert.deepEqual(await flags({ read: [] }, { modules: ["/p.ts"] }), ["--allow-read=/p.ts"]);
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
  await refused({}, { modules: ["/a,b.ts"] });
});

test("granted flags do not let the state be moved with a folder around it", async () => {
  const denied = ["deep/down/.state"];
  await assert.rejects(flags({ write: ["deep"] }, { denied }), {
    message: /grant the folders beside/,
  });
  assert.ok(await flags({ read: ["deep"], write: ["deep/down"] }, { denied }));
});
