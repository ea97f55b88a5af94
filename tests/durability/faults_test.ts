import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { COMMAND, sluice } from "../command.ts";
import { test } from "../harness.ts";

const WORKFLOW = `
marks:
  type: Workflow
  jobs:
    a:
      stages:
        - {name: one, bash: "echo one >> marks"}
        - {name: long, bash: "head -c 2000000 /dev/zero | tr '\\\\0' x | fold -w 100"}
        - {name: two, bash: "echo two >> marks"}
short:
  type: Workflow
  jobs:
    a: {stages: [{name: begin, bash: "echo begin >> marks; sleep 1; echo end >> marks"}]}
`;

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script in which `$SLUICE` is the command, in a folder with workflows. */
async function inFolder(
  body: (
    bash: (script: string, env?: Readonly<Record<string, string>>) => Ending,
    cwd: string,
  ) => void | Promise<void>,
): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-faults-"));
  const bash = (script: string, env: Readonly<Record<string, string>> = {}): Ending => {
    const { status, stdout, stderr } = spawnSync("bash", ["-c", script], {
      cwd,
      encoding: "utf8",
      env: { ...process.env, ...env, NO_COLOR: "1", SLUICE: COMMAND.join(" ") },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: status, stdout, stderr };
  };
  try {
    await writeFile(join(cwd, "w.yml"), WORKFLOW);
    await body(bash, cwd);
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

function marks(cwd: string): string[] {
  const path = join(cwd, "marks");
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

/** A file system of its own needs a namespace, which not every machine grants. */
const UNSHARED = ["unshare -m", "unshare -rm"].find((unshare) =>
  spawnSync("bash", ["-c", `${unshare} mount -t tmpfs tmpfs /mnt`]).status === 0
);

test("a run on a full disk is interrupted with a clear message and goes on once there is room", () =>
  inFolder((bash, cwd) => {
    // Where no file system may be mounted, a limit on the size of files stands in for it.
    const [full, room] = UNSHARED === undefined ? ["trap '' XFSZ; ulimit -f 400;", ""] : [
      "mkdir .sluice && mount -t tmpfs -o size=600k tmpfs .sluice;",
      "mount -o remount,size=60m .sluice;",
    ];
    const script = `(${full} $SLUICE run w.yml -w marks --run-id r >&2; echo "$?"; cat marks
      ${room} ${UNSHARED === undefined ? "" : "$SLUICE resume r 2>/dev/null; echo $?"})
      ${UNSHARED === undefined ? "$SLUICE resume r 2>/dev/null; echo $?" : ""}`;
    const { stdout, stderr } = UNSHARED === undefined
      ? bash(script)
      : bash(`${UNSHARED} bash -c "$SCRIPT"`, { SCRIPT: script });
    deepEqual(stdout.trim().split("\n"), ["1", "one", "0"], stderr);
    match(
      stderr,
      /error: Run "r" was interrupted: Cannot write the journal ".*": (database or disk is full|disk I\/O error); nothing recorded is lost, resume it with "sluice resume r"\n/,
    );
    deepEqual(marks(cwd), ["one", "two"], "no stage that had ended was run again");
  }));

test("a state folder that cannot be written stops a run before it begins", () =>
  inFolder((bash, cwd) => {
    const script = UNSHARED === undefined
      ? "touch file; $SLUICE run w.yml -w short --state file/state"
      : `${UNSHARED} bash -c 'mkdir state; mount -t tmpfs -o ro tmpfs state; $SLUICE run w.yml -w short --state state'`;
    const { code, stderr } = bash(script);
    equal(code, 1);
    match(stderr, /^error: Cannot open the journal "[^"]*state\/sluice.db": [^\n]+\n$/);
    deepEqual(marks(cwd), []);
  }));

test("a run without file descriptors ends with a clear message, and leaves no half of anything", () =>
  inFolder((bash, cwd) => {
    for (const files of [16, 24, 32]) {
      const { code, stderr } = bash(
        `ulimit -n ${files}; $SLUICE run w.yml -w marks --run-id r${files}`,
      );
      if (code === 0) continue;
      ok(code !== null && code > 0, `it does not hang or die: ${stderr}`);
      match(stderr, /files|descriptors|EMFILE|unable to open|Cannot/i);
    }
    const times = (mark: string) => marks(cwd).filter((line) => line === mark).length;
    ok(times("two") <= times("one"));
    const { code, stderr } = bash("$SLUICE resume --quiet; $SLUICE runs --status running --json");
    equal(code, 0, stderr);
  }));

test("a reader that is slow gets all, one that goes away hurts nobody", () =>
  inFolder((bash, cwd) => {
    const slow = bash("$SLUICE run w.yml -w marks -v --run-id r 2>&1 | (sleep 0.5; grep -c xxx)");
    equal(slow.stdout, "20000\n");
    const gone = bash('$SLUICE run w.yml -w marks -v 2>&1 | head -1; echo "${PIPESTATUS[0]}"');
    match(gone.stdout, /^marks: run .*\n0\n$/);
    deepEqual(marks(cwd), ["one", "two", "one", "two"]);
  }));

test("a run whose messages cannot be written goes on", () =>
  inFolder((bash, cwd) => {
    equal(bash("$SLUICE run w.yml -w short 2>/dev/full").code, 0);
    deepEqual(marks(cwd), ["begin", "end"]);
  }));

// Bun says nothing of output that it could not write.
if (!("Bun" in globalThis)) {
  test("a document that cannot be written is a failure", () =>
    inFolder((bash) => {
      const { code, stderr } = bash("$SLUICE run w.yml -w short --json >/dev/full");
      equal(code, 1);
      match(stderr, /error: Cannot write to standard output: No space left on device[^\n]*\n$/);
    }));
}

test("of two starts of one run at once, one is refused with a clear message", () =>
  inFolder(async (_, cwd) => {
    const start = () => sluice(["run", "w.yml", "-w", "short", "--run-id", "r"], { cwd });
    const both = await Promise.all([start(), start()]);
    const [done, refused] = both.toSorted((a, b) => Number(a.code) - Number(b.code));
    equal(done?.code, 0, done?.stderr);
    ok(refused?.code === 1 || refused?.code === 2);
    match(
      refused.stderr,
      /^error: (Cannot open run "r": process \d+ is writing it|Cannot make run "r": there is one already|Cannot open run "r": another writer was quicker)\n$/,
    );
    deepEqual(marks(cwd), ["begin", "end"], "it was carried out once");
  }));

/** A disk in a file: once what the file lies on is full, the kernel answers each flush with EIO. */
const BROKEN_DISK = `
  mkdir -p back .sluice && mount -t tmpfs -o size=3m tmpfs back && truncate -s 30M back/disk &&
    mkfs.ext4 -q -O ^has_journal -N 64 -m 0 back/disk && mount -o loop back/disk .sluice || exit 77`;

const BROKEN = `
broken:
  type: Workflow
  jobs:
    a:
      stages:
        - {name: one, bash: "echo one >> marks"}
        - {name: break, bash: "echo break >> marks; test -e broken || { touch broken; cat /dev/zero > back/fill || true; }"}
        - {name: large, bash: "echo large >> marks; head -c 600000 /dev/urandom | base64 -w 80"}
        - {name: two, bash: "echo two >> marks"}
`;

test("a run on a disk that answers with EIO is interrupted, and goes on once the disk works", () =>
  inFolder(async (bash, cwd) => {
    await writeFile(join(cwd, "b.yml"), BROKEN);
    const script = `${BROKEN_DISK}
      $SLUICE run b.yml -q --run-id r; echo "$?"
      rm back/fill; umount .sluice; mount -o loop back/disk .sluice
      $SLUICE resume r -q; echo "$?"; $SLUICE show r --json | grep -c '"run.settled"'`;
    const { code, stdout, stderr } = bash('unshare -m bash -c "$SCRIPT"', { SCRIPT: script });
    if (code === 77 || UNSHARED !== "unshare -m") {
      console.log("skipped: no file can be mounted as a disk here");
      return;
    }
    deepEqual(stdout.trim().split("\n").slice(0, 2), ["1", "0"], stderr);
    match(
      stderr,
      /error: Run "r" was interrupted: Cannot write the journal ".*": disk I\/O error; nothing recorded is lost, resume it with "sluice resume r"\n/,
    );
    const done = marks(cwd);
    equal(
      done.filter((mark) => mark === "one").length,
      1,
      "what was acknowledged is not run again",
    );
    equal(done.at(-1), "two");
    equal(done.filter((mark) => mark === "two").length, 1);
  }));

test("a journal whose disk cannot be read stops a run before it begins", () =>
  inFolder((bash, cwd) => {
    // Reads of a process's own memory at address 0 fail with EIO.
    const { code, stderr } = bash(
      "mkdir .sluice; ln -s /proc/self/mem .sluice/sluice.db; $SLUICE run w.yml -w marks",
    );
    equal(code, 1);
    match(stderr, /^error: Cannot open the journal "\.sluice\/sluice\.db": [^\n]+\n$/);
    deepEqual(marks(cwd), []);
  }));

test("a run that is killed for the size of its files goes on where there is no limit", () =>
  inFolder((bash, cwd) => {
    const run = "$SLUICE run w.yml -q -w marks --run-id r";
    const { stdout, stderr } = bash(
      `(ulimit -c 0; ulimit -f 1400; ${run}); echo "$?"; ${run}; echo "$?"`,
    );
    const [first, second] = stdout.trim().split("\n");
    ok(first !== "0" || /^warning: .*output/i.test(stderr), "it was killed, or says what is lost");
    equal(second, "0", stderr);
    deepEqual(marks(cwd), ["one", "two"]);
  }));

test("output that cannot be kept is told of, and hurts no run", () =>
  inFolder((bash, cwd) => {
    const { code, stderr } = bash(
      "mkdir .sluice; touch .sluice/logs; $SLUICE run w.yml -q -w marks --run-id r",
    );
    equal(code, 0, stderr);
    match(stderr, /^warning: [^\n]*output[^\n]*\n$/i);
    deepEqual(marks(cwd), ["one", "two"]);
  }));
