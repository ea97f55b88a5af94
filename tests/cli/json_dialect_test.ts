import { deepEqual, ok } from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { noteDocument } from "../../cli/schedule_note_document.ts";
import type { ScheduleNote } from "../../core/engine/schedule_note.ts";
import { sluice } from "../command.ts";
import { test } from "../harness.ts";

const TEXT = `load:
  type: Workflow
  params:
    day: { type: str, default: monday }
  on:
    schedule:
      - cron: "30 2 * * *"
        timezone: Europe/Paris
  jobs:
    fetch:
      strategy: { matrix: { os: [linux, mac] } }
      stages:
        - { name: Say, id: say, if: "\${{ params.day == 'monday' }}", bash: echo hi, timeout: 60 }
        - name: Each
          foreach: [1, 2]
          stages: [{ name: Inner, echo: "\${{ item }}" }]
    flaky:
      needs: [fetch]
      stages:
        - { name: Break, raise: "no", retry: 1 }
`;

/** What authors put in, and the tree of an expression, have keys of their own. */
const FOREIGN: ReadonlySet<string> = new Set(["params", "context", "input", "matrix", "env"]);

/** All that tell something, on a run that failed. */
const COMMANDS: readonly (readonly string[])[] = [
  ["list"],
  ["check"],
  ["plan", "load"],
  ["graph", "load"],
  ["runs"],
  ["show", "last"],
  ["explain", "last"],
  ["timeline", "last"],
  ["logs", "last"],
  ["replay", "last"],
  ["next"],
  ["backfill", "load", "--from", "2026-11-20", "--to", "2026-11-22", "--dry-run"],
  ["schedule", "status"],
  ["schedule", "--once"],
  ["permissions", "load"],
  ["plugin", "list"],
  ["config"],
  ["audit", "list"],
  ["audit", "verify"],
  ["trace", "list"],
  ["prune", "--keep", "0", "--dry-run"],
];

test("every document of a command has keys in snake_case and moments as text", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "sluice-dialect-"));
  try {
    await writeFile(join(cwd, "load.yml"), TEXT);
    await writeFile(join(cwd, "sluice.yml"), "trace_handlers: [{ type: file }]\n");
    const conf = ["--conf", "."];
    await sluice(["run", "load", "-q", ...conf], { cwd });
    for (const command of COMMANDS) {
      const { stdout, stderr } = await sluice([...command, "--json", ...conf], { cwd });
      const documents = documentsIn(stdout);
      ok(documents.length > 0, `${command.join(" ")} printed no document: ${stderr}`);
      deepEqual([...offences(documents)], [], command.join(" "));
    }
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
});

test("what a scheduler says has keys in snake_case and moments as text", () => {
  const nowMs = Date.UTC(2026, 0, 1);
  const notes: readonly ScheduleNote[] = [
    { type: "started", workflow: "w", runId: "r", lateMs: 7 },
    { type: "recovered", workflow: "w", runId: "r" },
    { type: "settled", workflow: "w", runId: "r", status: "SUCCESS" },
    { type: "skipped", workflow: "w", slotMs: nowMs, why: "so" },
    { type: "missed", workflow: "w", slotMs: nowMs, firstMs: nowMs - 1, count: 2, why: "so" },
  ];
  const documents = notes.map((note) => noteDocument(note, { nowMs }));
  deepEqual([...offences(documents)], []);
  deepEqual(documents.at(-1), {
    ...{ at: "2026-01-01T00:00:00.000Z", type: "missed", workflow: "w", why: "so", count: 2 },
    ...{ slot: "2026-01-01T00:00:00.000Z", since: "2025-12-31T23:59:59.999Z" },
  });
});

function documentsIn(text: string): readonly unknown[] {
  try {
    return [JSON.parse(text)];
  } catch {
    return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
  }
}

/** From 2001 on: no other number in these documents is as large. */
const EARLIEST_EPOCH_MS = 1_000_000_000_000;

function* offences(value: unknown, path = "$"): Generator<string> {
  if (typeof value === "number" && value > EARLIEST_EPOCH_MS) yield `${path} is an epoch`;
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (/[a-z][A-Z]/.test(key)) yield `${path}.${key} is no snake_case`;
    if (!FOREIGN.has(key)) yield* offences(inner, `${path}.${key}`);
  }
}
