/**
 * Works that need one another: none of them goes on alone.
 *
 * @module
 */

/**
 * Works side by side until all have ended. When one fails, the others are told
 * to end; it rejects with that failure once they have.
 *
 * @param signal Tells all of them to end.
 * @param works Each is given the signal on which it has to end.
 */
export async function together(
  signal: AbortSignal,
  works: readonly ((ending: AbortSignal) => Promise<unknown>)[],
): Promise<void> {
  const failed = new AbortController();
  const ending = AbortSignal.any([signal, failed.signal]);
  await Promise.all(works.map(async (work) => {
    try {
      await work(ending);
    } catch (error) {
      failed.abort(error); // Of many failures, the first is told of.
    }
  }));
  failed.signal.throwIfAborted();
}
