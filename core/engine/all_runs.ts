/**
 * All runs of a store, however many there are.
 *
 * @module
 */
import type { JournalStore, RunSummary } from "../plugin/journal.ts";

const PAGE = 500;

/** All runs, newest first, page by page. */
export async function* allRuns(
  store: Pick<JournalStore, "list">,
  query: { readonly statuses?: readonly string[] } = {},
): AsyncGenerator<RunSummary> {
  let after: string | undefined;
  for (;;) {
    const page = await store.list({
      ...query,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    yield* page;
    after = page.at(-1)?.runId;
    if (page.length < PAGE) return;
  }
}
