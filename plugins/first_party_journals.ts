/**
 * The journals that are always installed. Almost every run needs the one in
 * SQLite, so that one is imported by its literal name.
 *
 * @module
 */
import { z } from "zod";
import { defineJournal, type JournalKind, type KindEntry } from "../core/plugin/configured_kind.ts";

// Read when it is first used: Deno reads whatever a literal `import()` names
// before it runs the first line.
const MEMORY_JOURNAL: string = "./memory_journal.ts";

/** The journals that are always installed. */
export const FIRST_PARTY_JOURNALS: readonly KindEntry<JournalKind>[] = [
  {
    name: "sqlite",
    load: async () => {
      const { sqliteJournal } = await import("./sqlite_journal.ts");
      return defineJournal({
        name: "sqlite",
        summary: "Keeps runs in a file of SQLite.",
        options: z.strictObject({
          path: z.string().min(1).optional().describe("The folder that holds sluice.db."),
        }),
        open: ({ path }, { host, clock, statePath }) =>
          Promise.resolve(sqliteJournal({ folder: path ?? statePath, host, clock })),
      });
    },
  },
  {
    name: "memory",
    load: async () => {
      const module: typeof import("./memory_journal.ts") = await import(MEMORY_JOURNAL);
      return defineJournal({
        name: "memory",
        summary: "Keeps runs in memory: they do not survive the process.",
        options: z.strictObject({}),
        open: () => Promise.resolve(module.memoryJournal()),
      });
    },
  },
];
