import assert from "node:assert/strict";
import type { Permissions } from "../../core/plugin/permissions.ts";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { grantedFlags } from "../../plugins/isolation/granted_flags.ts";
import { test } from "../harness.ts";

const host = new FakeHost({
  cwd: "/srv",
  files: {
    "/srv/data/a": "",
    "/srv/conf/b": "",
    "/srv/.sluice/runs.db": "",
    "/srv/deep/down/.state/x": "",
    "/other/c": "",
    "/odd/d": "",
  },
  links: {
    "/srv/data/out": "/other",
    "/srv/data/in": "/srv/conf",
    "/srv/data/state": "/srv/.sluice",
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
  assert.deepEqual(await flags({}, { denied: ["/srv/.sluice"] }), []);
  assert.deepEqual(await flags({ read: [], secrets: ["TOKEN"] }), []);
});

test("granted flags name exactly what was granted, by its absolute path", async () => {
  assert.deepEqual(
    await flags({ net: ["a.example:443"], read: ["conf", "/other/"], env: ["ONE"] }),
    ["--allow-net=a.example:443", "--allow-read=/srv/conf,/other", "--allow-env=ONE"],
  );
});

test("granted flags deny links that lead out, and the engine's state", async () => {
  assert.deepEqual(await flags({ read: ["/srv/data"] }, { denied: [".sluice"] }), [
    "--allow-read=/srv/data",
    "--deny-read=/srv/.sluice,/srv/data/in,/srv/data/out,/srv/data/state",
  ]);
  assert.deepEqual(await flags({ read: ["."], write: ["data"] }, { denied: [".sluice"] }), [
    "--allow-read=/srv",
    "--allow-write=/srv/data",
    "--deny-read=/srv/.sluice,/srv/data/out,/srv/data/state",
    "--deny-write=/srv/.sluice,/srv/data/in,/srv/data/out,/srv/data/state",
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
    cwd: "/srv",
    files: { "/srv/deep/down/a": "", "/out/b": "", "/srv/side/c": "" },
    links: { "/srv/deep/down/link": "/out", "/srv/deep/in": "/srv/deep/down" },
  });
  const grant = (write: readonly string[]) => grantedFlags({ write }, { host: linked, denied: [] });
  assert.deepEqual(await grant(["deep"]), [
    "--allow-write=/srv/deep",
    "--deny-write=/srv/deep/down,/srv/deep/in",
  ]);
  await assert.rejects(grant(["deep", "side"]), { message: /could be moved into the second/ });
});

test("granted flags keep what says which code runs, whatever folder is granted", async () => {
  const kept = ["conf/sluice.lock", "conf/.plugins"];
  const fixed = async (write: string) => (await flags({ write: [write] }, { kept })).at(-1);
  assert.equal(await fixed("."), "--deny-write=/srv/conf,/srv/data");
  assert.equal(await fixed("conf"), "--deny-write=/srv/conf/.plugins,/srv/conf/sluice.lock");
  assert.equal(await fixed("conf/.plugins/x"), "--deny-write=/srv/conf/.plugins/x");
});
