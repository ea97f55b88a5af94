/**
 * Other engines, installed from their registry into a folder of their own when
 * they are first measured against.
 *
 * @module
 */
import { mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CannotMeasure } from "./bench.ts";
import { command } from "./process.ts";

/** What is installed, with the versions that the figures are of. */
const PEERS: Readonly<Record<string, string>> = {
  [restateServer()]: "1.7.12",
  "@restatedev/restate-sdk": "1.17.2",
  "openworkflow": "0.10.1",
  "wireit": "0.14.13",
};

/** The package with the Restate server for this machine. */
export function restateServer(): string {
  return `@restatedev/restate-server-${process.platform}-${process.arch}`;
}

/** The versions of the peers, for whoever reads a figure. */
export function peerVersion(name: string): string {
  return `${name} ${PEERS[name] ?? ""}`;
}

/** The folder in which the peers are installed. Throws {@linkcode CannotMeasure} where they cannot be. */
export async function peersFolder(): Promise<string> {
  const versions = Object.values(PEERS).join("-");
  const folder = join(tmpdir(), `sluice-bench-peers-${versions}`);
  if (await exists(join(folder, "node_modules"))) return folder;
  const beside = `${folder}.${process.pid}`;
  await mkdir(beside, { recursive: true });
  await writeFile(
    join(beside, "package.json"),
    JSON.stringify({ private: true, type: "module", dependencies: PEERS }),
  );
  try {
    await command([process.execPath, "install"], beside);
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw new CannotMeasure(`the peers cannot be installed: ${error}`);
  }
  return folder;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}
