import { testJournalStore } from "../../core/plugin/testing/journal_suite.ts";
import { openHost } from "../../platform/mod.ts";
import { sqliteJournal } from "../../plugins/sqlite_journal.ts";
import { test } from "../harness.ts";

const host = openHost();

testJournalStore("sqliteJournal()", {
  async open() {
    const folder = await host.makeTempFolder("sluice-journal-");
    return {
      store: sqliteJournal({ folder, host }),
      reopen: () => Promise.resolve(sqliteJournal({ folder, host })),
      remove: () => host.remove(folder),
    };
  },
  register: test,
});
