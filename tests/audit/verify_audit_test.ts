import { deepEqual, equal, match, notEqual, rejects } from "node:assert/strict";
import process from "node:process";
import { FakeHost } from "../../core/plugin/testing/fake_host.ts";
import { openHost } from "../../platform/mod.ts";
import { type FileAudit, fileAudit } from "../../plugins/file_audit.ts";
import { test } from "../harness.ts";

const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2026, 0, 1);

interface Kept {
  readonly host: FakeHost;
  readonly audit: FileAudit;
  /** The records' files, as they came. */
  readonly paths: readonly string[];
  /** The problems that a verification finds, as `path: message`. */
  problems(head?: string): Promise<string[]>;
}

/** An audit with four records. */
async function kept(): Promise<Kept> {
  const host = new FakeHost();
  const audit = fileAudit({ folder: "/audits", host, warn: () => {} });
  const paths: string[] = [];
  for (const day of [0, 1, 2, 3]) paths.push(await save(audit, day));
  const problems = async (head?: string) =>
    (await audit.evidence.verify(headsOf(head))).problems.map(({ path, message }) =>
      `${path}: ${message}`
    );
  return { host, audit, paths, problems };
}

function headsOf(head?: string) {
  return { heads: head === undefined ? [] : [head] };
}

function save(audit: FileAudit, day: number, status = "SUCCESS"): Promise<string> {
  const at = new Date(FIRST_MS + day * DAY_MS).toISOString();
  return audit.save({
    name: "etl",
    releaseMs: FIRST_MS + day * DAY_MS,
    type: "normal",
    runId: `run-${day}`,
    parentRunId: null,
    context: { status, jobs: { load: { outputs: { rows: day } } } },
    runsMetadata: { exec_start: at, exec_end: at },
  });
}

function link(position: number): string {
  return `/audits/chain/000000/00000000${position}.json`;
}

function edit({ host }: Kept, path: string, change: (text: string) => string): void {
  const text = host.files.get(path) ?? "";
  const changed = change(text);
  notEqual(changed, text);
  host.files.set(path, changed);
}

test("verify() finds nothing wrong with an audit that nobody touched", async () => {
  const { audit } = await kept();
  const { links, records, problems, head } = await audit.evidence.verify();
  deepEqual({ links, records, problems }, { links: 4, records: 4, problems: [] });
  match(head, /^4:[0-9a-f]{64}$/);
  deepEqual((await audit.evidence.verify(headsOf(head))).problems, []);
});

test("verify() finds nothing wrong with an audit that has nothing", async () => {
  const audit = fileAudit({ folder: "/none", host: new FakeHost(), warn: () => {} });
  const { links, records, problems, head } = await audit.evidence.verify();
  deepEqual({ links, records, problems }, { links: 0, records: 0, problems: [] });
  deepEqual((await audit.evidence.verify(headsOf(head))).problems, []);
});

const EDITS: Readonly<Record<string, (text: string) => string>> = {
  "a value": (text) => text.replace("SUCCESS", "FAILED"),
  "a number": (text) => text.replace('"rows": 1', '"rows": 2'),
  "white space": (text) => text.replace("\n", "\n\n"),
  "a field that is gone": (text) => text.replace(/ {2}"type": .*\n/, ""),
  "a field that was added": (text) => text.replace("{", '{\n  "note": 1,'),
  "a key that is there twice": (text) => text.replace("{", '{\n  "type": "rerun",'),
  "its hash": (text) => text.replace(/"hash": "./, '"hash": "g'),
  "the hash before it": (text) => text.replace(/"prev": "./, '"prev": "g'),
  "everything": () => "not even JSON",
  "nothing left": () => "",
};

for (const [what, change] of Object.entries(EDITS)) {
  test(`verify() finds an edit of a record: ${what}`, async () => {
    const audit = await kept();
    const path = audit.paths[1] ?? "";
    edit(audit, path, change);
    const problems = await audit.problems();
    equal(problems.length, 1);
    match(problems[0] ?? "", /run-1\.log: This record (was changed|is not as it was written)$/);
  });
}

test("verify() finds a record that is gone", async () => {
  const { host, paths, problems } = await kept();
  host.files.delete(paths[2] ?? "");
  deepEqual(await problems(), [
    "workflow=etl/release=20260103000000/run-2.log: This record is gone",
  ]);
});

test("verify() finds a record that is gone with its link", async () => {
  const { host, paths, problems } = await kept();
  host.files.delete(paths[2] ?? "");
  host.files.delete(link(3));
  match((await problems()).join("\n"), /Nothing is left of what came between 2 and 4/);
});

test("verify() finds that the end was cut off, if it is told what the end was", async () => {
  const { host, audit, paths, problems } = await kept();
  const { head } = await audit.evidence.verify();
  host.files.delete(paths[3] ?? "");
  host.files.delete(link(4));
  deepEqual(await problems(), [], "a shorter chain is a chain");
  match((await problems(head)).join("\n"), /its end was cut off or rewritten/);
});

test("verify() finds a record that was slipped in", async () => {
  const { host, paths, problems } = await kept();
  const text = host.files.get(paths[0] ?? "") ?? "";
  host.files.set("/audits/workflow=etl/release=20260109000000/run-9.log", text);
  match((await problems()).join("\n"), /run-9\.log: This record is in no link/);
});

test("verify() finds a link that was slipped in", async () => {
  const audit = await kept();
  const text = audit.host.files.get(link(2)) ?? "";
  audit.host.files.set(link(5), text);
  match((await audit.problems()).join("\n"), /000000005\.json: This link is not as it was written/);
  audit.host.files.set(link(5), text.replace('"position":2', '"position":5'));
  match((await audit.problems()).join("\n"), /This link does not follow link 4/);
});

test("verify() finds records that changed places", async () => {
  const { host, paths, problems } = await kept();
  const [one = "", other = ""] = [paths[1], paths[2]];
  const [text = "", otherText = ""] = [host.files.get(one), host.files.get(other)];
  host.files.set(one, otherText).set(other, text);
  equal((await problems()).length, 2);
});

test("verify() finds links that changed places, whatever they were renamed to", async () => {
  const { host, problems } = await kept();
  const [two = "", three = ""] = [host.files.get(link(2)), host.files.get(link(3))];
  host.files.set(link(2), three).set(link(3), two);
  equal((await problems()).filter((it) => it.includes("not as it was written")).length, 2);
  host.files.set(link(2), three.replace('"position":3', '"position":2'));
  host.files.set(link(3), two.replace('"position":2', '"position":3'));
  match((await problems()).join("\n"), /does not follow/);
});

test("verify() finds a record that was moved with its link", async () => {
  const { host, paths, problems } = await kept();
  const path = paths[1] ?? "";
  host.files.set(path.replace("workflow=etl", "workflow=other"), host.files.get(path) ?? "");
  host.files.delete(path);
  host.files.set(
    link(2),
    (host.files.get(link(2)) ?? "").replace("workflow=etl", "workflow=other"),
  );
  match((await problems()).join("\n"), /workflow=other.*: This record was changed/);
});

test("verify() finds a changed link, even one whose record was removed since", async () => {
  const { host, audit, problems } = await kept();
  await audit.prune({ endedBeforeMs: FIRST_MS + 1.5 * DAY_MS });
  deepEqual(await problems(), []);
  host.files.set(link(2), (host.files.get(link(2)) ?? "").replace(/"hash":"./, '"hash":"g'));
  match((await problems()).join("\n"), /does not follow link 2/);
});

test("verify() knows the records that prune() removed, and those that come back", async () => {
  const { host, audit, paths, problems } = await kept();
  const [path = ""] = paths;
  const text = host.files.get(path) ?? "";
  equal((await audit.prune({ endedBeforeMs: FIRST_MS + 1.5 * DAY_MS })).length, 2);
  const { links, records } = await audit.evidence.verify();
  deepEqual({ links, records, problems: await problems() }, { links: 6, records: 2, problems: [] });
  host.files.set(path, text);
  match((await problems()).join("\n"), /run-0\.log: This record was removed, and is there again/);
});

test("save() adds to no chain whose end was changed", async () => {
  const { host } = await kept();
  host.files.set(link(4), "{}");
  const audit = fileAudit({ folder: "/audits", host, warn: () => {} });
  await rejects(save(audit, 5), /its link 4 was changed; see "sluice audit verify"/);
});

test("save() goes on behind a writer that died before its link", async () => {
  const { host, problems } = await kept();
  await host.createText("/audits/chain/000001/.half.tmp", "{");
  const audit = fileAudit({ folder: "/audits", host, warn: () => {} });
  await save(audit, 5);
  deepEqual(await problems(), []);
});

test("two processes add to one chain without a gap", async () => {
  const host = openHost();
  const folder = await host.makeTempFolder("sluice-audit-");
  try {
    const script = new URL("audit_process.ts", import.meta.url).pathname;
    const runtime = host.runtime === "deno" ? ["run", "-A", "--no-check"] : [];
    const results = await Promise.all(["a", "b"].map((prefix) =>
      host.spawn(process.execPath, {
        args: [...runtime, script, `${folder}/audits`, prefix, "30"],
        env: host.env(),
      })
    ));
    deepEqual(results.map(({ exitCode, stderr }) => [exitCode, stderr]), [[0, ""], [0, ""]]);
    const audit = fileAudit({ folder: `${folder}/audits`, host, warn: () => {} });
    const { links, records, problems } = await audit.evidence.verify();
    deepEqual({ links, records, problems }, { links: 60, records: 60, problems: [] });
  } finally {
    await host.remove(folder);
  }
});
