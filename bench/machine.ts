/** What must be known of a machine to read its figures. @module */
import { open } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { median, timed } from "./bench.ts";
import { inFolder } from "./process.ts";

const FLUSHES = 50;

/** The system, its processors, and what it costs to flush the disk. */
export async function describeMachine(): Promise<string> {
  const system = `${process.platform} ${process.arch}, ${cpus().length} cores`;
  const flush = `an fdatasync takes ${(await flushMs()).toFixed(2)} ms`;
  return `${system}; journal with synchronous=FULL (what was acknowledged is on disk), ${flush}`;
}

/** How many processes wanted to run at once in the last minute. */
export function load(): number {
  return loadavg()[0] ?? 0;
}

function flushMs(): Promise<number> {
  return inFolder(async (folder) => {
    const file = await open(join(folder, "flushed"), "a");
    const samples: number[] = [];
    for (let i = 0; i < FLUSHES; i++) {
      samples.push(
        await timed(async () => {
          await file.write("a line of a journal\n");
          await file.datasync();
        }),
      );
    }
    await file.close();
    return median(samples);
  });
}
