/**
 * Appends to run "a" what does not fit on its disk, then what does.
 *
 * @module
 */
import { dirname } from "node:path";
import process from "node:process";
import { JournalError } from "../../core/plugin/journal.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";

const store = sqliteJournal({ folder: dirname(process.argv[2] ?? ""), host: openHost() });
const writer = { id: "engine-2", pid: 2, birth: "" };
const journal = await store.open("a", writer, () => false);
try {
  await journal.append(["too much".repeat(1_000_000)]);
} catch (error) {
  if (!(error instanceof JournalError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
}
await journal.append(["fits"]);
process.stdout.write(`${(await Array.fromAsync(store.read("a"))).join(", ")}\n`);
await store.close();
