/**
 * Measures one size of one subject in a process of its own: only so does the
 * most memory that was taken belong to it.
 *
 * `measure_size.ts legs 10000` prints a {@linkcode Point} as JSON.
 *
 * @module
 */
import process from "node:process";
import { median, type Point, timed } from "./bench.ts";
import { peakMegabytes } from "./memory.ts";
import { inFolder } from "./process.ts";
import { isSubject, prepare } from "./subjects.ts";

/** Enough of it, and nothing is compiled while it is measured. */
const WARM_UP_SIZE = 1_000;
const WARM_UP_TIMES = 3;

/** Small sizes are repeated until so many have been done. */
const ENOUGH = 20_000;
const MAX_TIMES = 15;

const [subject = "", text = ""] = process.argv.slice(2);
const size = Number(text);
if (!isSubject(subject)) throw new Error(`There is no subject "${subject}"`);
await inFolder(async (folder) => {
  const warm = await prepare(subject, { folder: `${folder}/warm`, size: WARM_UP_SIZE });
  for (let i = 0; i < WARM_UP_TIMES; i++) await warm();
  const work = await prepare(subject, { folder: `${folder}/work`, size });
  const times = Math.max(1, Math.min(MAX_TIMES, Math.round(ENOUGH / size)));
  const before = peakMegabytes();
  const samples = [await spent(work)];
  const megabytes = peakMegabytes() - before;
  while (samples.length < times) samples.push(await spent(work));
  const middle = (of: "ms" | "processorMs") => median(samples.map((sample) => sample[of]));
  const point: Point = { size, ms: middle("ms"), processorMs: middle("processorMs"), megabytes };
  console.log(JSON.stringify(point));
});
process.exit(0);

async function spent(work: () => Promise<void>): Promise<Pick<Point, "ms" | "processorMs">> {
  const before = process.cpuUsage();
  const ms = await timed(work);
  const { user, system } = process.cpuUsage(before);
  return { ms, processorMs: (user + system) / 1_000 };
}
