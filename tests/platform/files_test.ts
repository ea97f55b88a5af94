import assert from "node:assert/strict";
import { HostError } from "../../core/plugin/ports.ts";
import { openHost } from "../../platform/mod.ts";
import { test } from "../harness.ts";

const host = openHost();

async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await host.makeTempFolder("sluice-test-");
  try {
    await body(folder);
  } finally {
    await host.remove(folder);
  }
}

async function shell(folder: string, script: string): Promise<string> {
  const { stdout } = await host.spawn("bash", {
    args: ["-c", script],
    cwd: folder,
    env: { PATH: host.env()["PATH"] ?? "" },
  });
  return stdout.trim();
}

async function linesOf(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of host.readLines(path)) lines.push(line);
  return lines;
}

test("writeText() makes the folder, replaces the file and leaves nothing else", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a/b/file.txt`;
    await host.writeText(path, "first");
    await host.writeText(path, "zweite ü 🦕\n");
    assert.equal(await host.readText(path), "zweite ü 🦕\n");
    assert.deepEqual(await host.listFiles(folder), ["a/b/file.txt"]);
  }));

test("writeText() gives the file the mode it is told", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/secret`, "x", { mode: 0o600 });
    assert.equal(await shell(folder, "stat -c %a secret"), "600");
  }));

test("writeText() leaves the old file and no draft when it cannot write", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/name/inner`, "x");
    await assert.rejects(host.writeText(`${folder}/name`, "y"), HostError);
    assert.deepEqual(await host.listFiles(folder), ["name/inner"]);
  }));

test("appendTextNow() adds at the end and makes what is missing", () =>
  withFolder(async (folder) => {
    host.appendTextNow(`${folder}/log/lines`, "one\n");
    host.appendTextNow(`${folder}/log/lines`, "two\n");
    assert.equal(await host.readText(`${folder}/log/lines`), "one\ntwo\n");
  }));

test("appendText() adds at the end and makes what is missing", () =>
  withFolder(async (folder) => {
    await host.appendText(`${folder}/log/lines`, "one\n");
    await host.appendText(`${folder}/log/lines`, "two\n");
    assert.equal(await host.readText(`${folder}/log/lines`), "one\ntwo\n");
  }));

test("readPieces() gives whole lines, and goes on behind any of its pieces", () =>
  withFolder(async (folder) => {
    const lines = Array.from({ length: 5_000 }, (_, nth) => `${nth} ${"ü".repeat(nth % 90)}`);
    lines.splice(2_500, 0, "long ".repeat(50_000), "\ufeff", "");
    await host.writeText(`${folder}/lines`, `${lines.join("\n")}\nunfinished`);
    const read = async (from: number) =>
      await Array.fromAsync(host.readPieces(`${folder}/lines`, { from }));
    const pieces = await read(0);
    const all = [...lines, "unfinished"];
    assert.deepEqual(pieces.flatMap((piece) => piece.lines), all);
    assert.ok(pieces.length > 3);
    assert.equal(pieces.at(-1)?.endByte, pieces.at(-2)?.endByte);
    let seen = 0;
    for (const piece of pieces.slice(0, -1)) {
      seen += piece.lines.length;
      const rest = (await read(piece.endByte)).flatMap((it) => it.lines);
      assert.deepEqual(rest, all.slice(seen));
    }
    assert.deepEqual(await read(10_000_000), []);
    await assert.rejects(Array.fromAsync(host.readPieces(`${folder}/no`, { from: 0 })), {
      code: "ENOENT",
    });
  }));

test("readText() refuses a file beyond its bound, whatever the file says of its size", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/file`, "12345");
    assert.equal(await host.readText(`${folder}/file`, { maxBytes: 5 }), "12345");
    await assert.rejects(host.readText(`${folder}/file`, { maxBytes: 4 }), { code: "EFBIG" });
    await assert.rejects(host.readText("/dev/zero", { maxBytes: 100_000 }), { code: "EFBIG" });
  }));

test("readText() says what is so", async () => {
  await assert.rejects(host.readText("/no/such/file"), {
    name: "HostError",
    code: "ENOENT",
    message: 'Cannot read "/no/such/file": there is no such file or folder',
  });
  await assert.rejects(host.readText("/"), { code: "EISDIR" });
});

test("readLines() gives lines across chunks, and a last one without an end", () =>
  withFolder(async (folder) => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `${index} ${"ü".repeat(index % 50)}`);
    await host.writeText(`${folder}/lines`, lines.join("\n"));
    assert.deepEqual(await linesOf(`${folder}/lines`), lines);
    await host.writeText(`${folder}/lines`, "one\n\ntwo\n");
    assert.deepEqual(await linesOf(`${folder}/lines`), ["one", "", "two"]);
    await assert.rejects(linesOf(`${folder}/none`), { code: "ENOENT" });
  }));

test("listFiles() lists files and links to files, sorted, and follows no link to a folder", () =>
  withFolder(async (folder) => {
    await shell(
      folder,
      "mkdir -p b/c; touch b/c/z b/a y .x; ln -s y link; ln -s . loop; ln -s no dead",
    );
    assert.deepEqual(await host.listFiles(folder), [".x", "b/a", "b/c/z", "link", "y"]);
    assert.equal(await host.listFiles(`${folder}/none`), undefined);
    await assert.rejects(host.listFiles(`${folder}/y`), { code: "ENOTDIR" });
  }));

test("listFiles() refuses a folder that is too deep", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/${"d/".repeat(40)}file`, "");
    await assert.rejects(host.listFiles(folder), { code: "ELOOP" });
  }));

test("remove() takes a folder with all in it, and is quiet when there is nothing", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/a/b`, "x");
    await host.remove(`${folder}/a`);
    await host.remove(`${folder}/a`);
    assert.deepEqual(await host.listFiles(folder), []);
  }));

test("makeTempFolder() makes a private folder", () =>
  withFolder(async (folder) => {
    assert.equal(await shell(folder, "stat -c %a ."), "700");
  }));

test("isFileNow() tells a file from what is none", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/a`, "a");
    const found = ["a", "", "b", "b/c"].map((name) => host.isFileNow(`${folder}/${name}`));
    assert.deepEqual(found, [true, false, false, false]);
  }));

test("fileFacts() says how a file is, and nothing of what is none", () =>
  withFolder(async (folder) => {
    await host.writeText(`${folder}/a`, "four");
    const facts = await host.fileFacts(`${folder}/a`);
    assert.equal(facts?.sizeBytes, 4);
    assert.equal(facts?.changedMs, facts?.modifiedMs);
    await shell(folder, "touch -d @1000000000.5 a && mv a b");
    const moved = await host.fileFacts(`${folder}/b`);
    assert.equal(moved?.modifiedMs, 1_000_000_000_500);
    assert.ok((moved?.changedMs ?? 0) > 1_000_000_000_500);
    assert.equal((moved?.changedMs ?? 1) % 1_000, 0, "both runtimes say the same second");
    assert.equal(await host.fileFacts(`${folder}/a`), undefined);
    assert.equal(await host.fileFacts(folder), undefined);
  }));
