/**
 * All runs of a store, however many there are.
 *
 * @module
 */
import type { JournalStore, RunSummary } from "../plugin/journal.ts";

const PAGE = 500;

/**
 * All runs, newest first, page by page. Runs that are removed meanwhile end it
 * no sooner: behind one that is gone, it goes on from the last one that is not.
 */
export async function* allRuns(
  store: Pick<JournalStore, "find" | "list">,
  query: { readonly statuses?: readonly string[] } = {},
): AsyncGenerator<RunSummary> {
  const seen: string[] = [];
  for (;;) {
    const after = seen.at(-1);
    const page = await store.list({
      ...query,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const run of page) {
      seen.push(run.runId);
      yield run;
    }
    if (page.length === PAGE) continue;
    // Asked after the list: a run that is there now was there then, and nothing is behind it.
    if (page.length > 0 || after === undefined) return;
    if (await store.find(after) !== undefined) return;
    await forgetGone(seen, store);
  }
}

/** Leaves the last one that is still there at the end. */
async function forgetGone(runIds: string[], store: Pick<JournalStore, "find">): Promise<void> {
  for (let last = runIds.at(-1); last !== undefined; last = runIds.at(-1)) {
    if (await store.find(last) !== undefined) return;
    runIds.pop();
  }
}
