import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { Datetime } from "../../core/expr/datetime.ts";
import type { AuditRecord } from "../../core/plugin/sink.ts";
import { testAudit } from "../../core/plugin/testing/audit_suite.ts";
import { FakeHost, type FakeHostOptions } from "../../core/plugin/testing/fake_host.ts";
import { openHost } from "../../platform/mod.ts";
import { fileAudit, type FileAuditOptions } from "../../plugins/file_audit.ts";
import { test } from "../harness.ts";

const DAY_MS = 86_400_000;
const RELEASE_MS = Date.UTC(2026, 0, 31, 4, 5, 6);

function unexpected(message: string): never {
  throw new Error(`Unexpected warning: ${message}`);
}

testAudit("fileAudit() in memory", {
  open: () => {
    const host = new FakeHost();
    const open = () => fileAudit({ folder: "audits", host, warn: unexpected });
    return Promise.resolve({ audit: open(), reopen: () => Promise.resolve(open()) });
  },
  openFailing: (writes) => {
    let left = writes;
    const host = new FakeHost({
      fault: (operation) => operation === "write" && left-- <= 0 ? "ENOSPC" : undefined,
    });
    const open = () => fileAudit({ folder: "audits", host, warn: unexpected });
    return Promise.resolve({
      audit: open(),
      reopen: () => Promise.resolve(open()),
      mend: () => Promise.resolve(void (left = Infinity)),
    });
  },
  register: test,
});

testAudit("fileAudit() on disk", {
  async open() {
    const host = openHost();
    const folder = await host.makeTempFolder("sluice-audit-");
    const open = () => fileAudit({ folder: `${folder}/audits`, host, warn: unexpected });
    return {
      audit: open(),
      reopen: () => Promise.resolve(open()),
      remove: () => host.remove(folder),
    };
  },
  register: test,
});

function audited(options: Partial<FileAuditOptions> = {}, hostOptions: FakeHostOptions = {}) {
  const host = new FakeHost(hostOptions);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  return { host, warnings, audit: fileAudit({ folder: "/audits", host, warn, ...options }) };
}

function record(changes: Partial<AuditRecord> = {}): AuditRecord {
  return {
    name: "etl",
    releaseMs: RELEASE_MS,
    type: "normal",
    runId: "run-1",
    parentRunId: null,
    context: { status: "SUCCESS" },
    runsMetadata: { exec_start: "2026-02-01T00:00:00.000Z" },
    ...changes,
  };
}

test("fileAudit() writes the reference's layout and fields", async () => {
  const { audit, host } = audited();
  const path = await audit.save(record({
    parentRunId: "parent",
    context: { params: { day: new Datetime(RELEASE_MS, { offsetMinutes: 60 }) } },
  }));
  assert.equal(path, "/audits/workflow=etl/release=20260131040506/run-1.log");
  assert.equal(
    host.files.get(path),
    `{
  "name": "etl",
  "release": "2026-01-31T04:05:06.000Z",
  "type": "normal",
  "context": {
    "params": {
      "day": "2026-01-31T05:05:06+01:00"
    }
  },
  "run_id": "run-1",
  "parent_run_id": "parent",
  "runs_metadata": {
    "exec_start": "2026-02-01T00:00:00.000Z"
  },
  "prev": "0000000000000000000000000000000000000000000000000000000000000000",
  "hash": "557c0965f9e71750cc02c55a55f946af77a165645f7ec2b01b8448e9824a2207"
}
`,
  );
});

test("fileAudit() keeps its files from other users", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-audit-");
  const path = await fileAudit({ folder: `${folder}/audits`, host, warn: unexpected }).save(
    record(),
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  for (
    const it of ["audits", "audits/workflow=etl", "audits/workflow=etl/release=20260131040506"]
  ) {
    assert.equal(statSync(`${folder}/${it}`).mode & 0o777, 0o700, it);
  }
  await host.remove(folder);
});

test("fileAudit() writes nothing outside its folder, whatever names say", async () => {
  const { audit, host } = audited();
  for (const name of ["..", "../..", "/etc", "a/../../..", "..\\..", "a\0/../b"]) {
    await audit.save(record({ name, runId: name }));
  }
  const records = [...host.files.keys()].filter((path) => !path.startsWith("/audits/chain/"));
  for (const path of records) {
    assert.match(path, /^\/audits\/workflow=[^/]+\/release=\d{14}\/[^/]+\.log$/);
  }
  assert.equal(records.length, 6);
});

test("fileAudit() leaves out the fields that it is told to", async () => {
  const { audit, host } = audited({ excluded: ["context", "runs_metadata", "name", "release"] });
  const path = await audit.save(record());
  assert.deepEqual(Object.keys(JSON.parse(host.files.get(path) ?? "")), [
    "type",
    "run_id",
    "parent_run_id",
    "prev",
    "hash",
  ]);
  assert.deepEqual(await audit.find({ name: "etl" }), [record({ context: {}, runsMetadata: {} })]);
  const bare = audited({ excluded: ["run_id", "type", "parent_run_id"] });
  await bare.audit.save(record({ parentRunId: "parent" }));
  assert.deepEqual(await bare.audit.find({ name: "etl" }), [record({ type: "" })]);
});

test("fileAudit() reads what the reference wrote", async () => {
  const text = JSON.stringify({
    name: "etl",
    release: "2026-01-31 04:05:06+00:00",
    type: "normal",
    context: { status: "SUCCESS" },
    run_id: "run-1",
    parent_run_id: null,
    runs_metadata: { exec_start: "2026-02-01T00:00:00.000Z" },
  });
  const path = "/audits/workflow=etl/release=20260131040506/run-1.log";
  const { audit } = audited({}, { files: { [path]: text } });
  assert.deepEqual(await audit.find({ name: "etl" }), [record()]);
});

test("fileAudit() finds the other records beside damaged ones, and says what is wrong with those", async () => {
  const folder = "/audits/workflow=etl/release=20260131040506";
  const { audit, warnings } = audited({}, {
    files: {
      [`${folder}/a.log`]: '{"name": "etl", "rel',
      [`${folder}/b.log`]: "[]",
      [`${folder}/c.log`]: '{"context": {"a": [{"__proto__": {"admin": true}}]}}',
      [`${folder}/d.log`]: '{"release": "yesterday"}',
      [`${folder}/e.log`]: '{"run_id": 5}',
      [`${folder}/f.log`]: '{"context": "none"}',
      [`${folder}/g.log.tmp`]: "half",
      [`${folder}/notes.txt`]: "mine",
      "/audits/workflow=etl/readme": "",
    },
  });
  await audit.save(record());
  assert.deepEqual(await audit.find({ name: "etl" }), [record()]);
  assert.equal(warnings.length, 6);
  assert.match(warnings[0] ?? "", /^Skipped the audit record ".*\/a\.log": /);
  assert.match(warnings[2] ?? "", /It has a key "__proto__", which nothing may have$/);
  assert.equal(await audit.has("etl", RELEASE_MS), true);
});

test("fileAudit() has a release of which only a damaged record is left", async () => {
  const path = "/audits/workflow=etl/release=20260131040506/run-1.log";
  const { audit } = audited({}, { files: { [path]: "" } });
  assert.equal(await audit.has("etl", RELEASE_MS), true);
  assert.deepEqual(await audit.find({ name: "etl" }), []);
});

test("fileAudit() skips a record that the machine will not read", async () => {
  const disk = { isBroken: false };
  const { audit, warnings } = audited({}, {
    fault: (operation, path) =>
      disk.isBroken && operation === "read" && path.endsWith("/bad.log") ? "EIO" : undefined,
  });
  await audit.save(record({ runId: "bad" }));
  await audit.save(record());
  disk.isBroken = true;
  assert.deepEqual(await audit.find({ name: "etl" }), [record()]);
  assert.equal(warnings.length, 1);
});

test("fileAudit() lets a failed write through, with nothing kept", async () => {
  const { audit, host } = audited({}, {
    fault: (operation) => operation === "write" ? "ENOSPC" : undefined,
  });
  await assert.rejects(audit.save(record()), { name: "HostError", code: "ENOSPC" });
  assert.equal(host.files.size, 0);
});

test("fileAudit() links a record that was left without a link, whatever came meanwhile", async () => {
  const { audit, host, chainFault } = failingAtTheChain();
  const path = "/audits/workflow=etl/release=20260131040506/run-1.log";
  await assert.rejects(audit.save(record()), { name: "HostError", code: "ENOSPC" });
  assert.match(host.files.get(path) ?? "", /"hash"/);
  assert.equal((await audit.evidence.verify()).problems.length, 1);
  chainFault.on = false;
  await audit.save(record({ runId: "run-2" }));
  const next = fileAudit({ folder: "/audits", host, warn: unexpected });
  assert.equal(await next.save(record(), { excluded: ["type"] }), path);
  const { links, problems } = await next.evidence.verify();
  assert.deepEqual({ links, problems }, { links: 2, problems: [] });
});

const TAMPERED: Readonly<Record<string, (text: string) => string>> = {
  "another status": (text) => text.replace("SUCCESS", "FAILED"),
  "another start": (text) => text.replace("2026-02-01", "2026-02-02"),
  "a damaged text": (text) => text.slice(0, -20),
  "nothing": () => "",
};

for (const [what, change] of Object.entries(TAMPERED)) {
  test(`fileAudit() vouches for no record that somebody slipped in before the run's own: ${what}`, async () => {
    const { audit, host, chainFault } = failingAtTheChain();
    await assert.rejects(audit.save(record()));
    chainFault.on = false;
    const path = "/audits/workflow=etl/release=20260131040506/run-1.log";
    const changed = change(host.files.get(path) ?? "");
    host.files.set(path, changed);
    await assert.rejects(audit.save(record()), {
      code: "EEXIST",
      message: `Cannot keep the record "${path}": there is one already that is in no link and ` +
        'says something else; see "sluice audit verify", and move it away',
    });
    assert.equal(host.files.get(path), changed, "what was found stays as it was found");
    const { links, problems } = await audit.evidence.verify();
    assert.deepEqual([links, problems.map(({ path }) => `/audits/${path}`)], [0, [path]]);
    host.files.delete(path);
    await audit.save(record());
    assert.deepEqual((await audit.evidence.verify()).problems, []);
  });
}

test("fileAudit() does not write over a kept record that was changed", async () => {
  const { audit, host } = audited();
  const path = await audit.save(record());
  const changed = (host.files.get(path) ?? "").replace("SUCCESS", "FAILED");
  host.files.set(path, changed);
  await audit.save(record());
  assert.equal(host.files.get(path), changed);
  const { problems } = await audit.evidence.verify();
  assert.deepEqual(problems.map(({ message }) => message), ["This record was changed"]);
});

/** An audit whose disk has room for records and none for links. */
function failingAtTheChain() {
  const chainFault = { on: true };
  const fault = (operation: string, path: string) =>
    chainFault.on && operation === "write" && path.includes("/chain/") ? "ENOSPC" : undefined;
  return { ...audited({}, { fault }), chainFault };
}

test("fileAudit() refuses a date that its folders cannot name", async () => {
  const { audit } = audited();
  await assert.rejects(audit.save(record({ releaseMs: Date.UTC(10_000, 0) })), RangeError);
  await assert.rejects(audit.save(record({ releaseMs: Number.NaN })), RangeError);
});

test("prune() removes records of runs that ended long ago, damaged ones by their date", async () => {
  const { audit, host } = audited();
  const now = RELEASE_MS;
  const ended = (ms: number) => ({ runsMetadata: { exec_end: new Date(ms).toISOString() } });
  for (const name of ["etl", "report"]) {
    const old = { name, releaseMs: now - 200 * DAY_MS };
    await audit.save(record({ ...old, runId: "old", ...ended(now - 199 * DAY_MS) }));
    await audit.save(record({ name, runId: "young" }));
  }
  const backfill = record({ runId: "backfill", releaseMs: now - 900 * DAY_MS, ...ended(now) });
  await audit.save(backfill);
  host.files.set("/audits/workflow=etl/release=20200101000000/damaged.log", "{");
  host.files.set("/audits/notes.txt", "mine");
  const removed = await audit.prune({ endedBeforeMs: now - 180 * DAY_MS });
  assert.deepEqual(removed.map(({ name, runId }) => `${name}/${runId}`), [
    "etl/old",
    "etl/damaged",
    "report/old",
  ]);
  const left = await host.listFiles("/audits") ?? [];
  assert.deepEqual(left.filter((path) => !path.startsWith("chain/")), [
    "notes.txt",
    "workflow=etl/release=20230815040506/backfill.log",
    "workflow=etl/release=20260131040506/young.log",
    "workflow=report/release=20260131040506/young.log",
  ]);
  assert.deepEqual((await audit.evidence.verify()).problems, []);
});
