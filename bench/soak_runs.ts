/** The process of P17: prints a {@linkcode Measured} as JSON. @module */
import process from "node:process";
import type { Measured } from "./bench.ts";
import { heapMegabytes, openFiles, residentMegabytes } from "./memory.ts";
import { inFolder } from "./process.ts";
import { opened, runMany, stagesText } from "./subjects.ts";

const FIRST = 10_000;
const ALL = 100_000;
const AT_ONCE = 500;

await inFolder(async (folder) => {
  const { sluice, workflow } = await opened(stagesText(1), { folder });
  await runMany(sluice, workflow, { count: FIRST, atOnce: AT_ONCE });
  const early = { live: await heapMegabytes(), taken: residentMegabytes(), files: openFiles() };
  await runMany(sluice, workflow, { count: ALL - FIRST, atOnce: AT_ONCE });
  const late = { live: await heapMegabytes(), taken: residentMegabytes(), files: openFiles() };
  const resident = `resident ${early.taken.toFixed(0)} and ${late.taken.toFixed(0)} MB`;
  const measured: Measured = {
    ours: { what: "after 100,000", samplesMegabytes: [late.live] },
    floor: { what: "after 10,000", samplesMegabytes: [early.live] },
    note: `live heap; ${resident}; open files ${early.files} and ${late.files}; durable`,
  };
  console.log(JSON.stringify(measured));
});
process.exit(0);
