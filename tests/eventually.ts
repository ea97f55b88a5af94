/**
 * Waits for what only a look can tell: a file that another process writes, a
 * process that is gone. Whatever tells by itself (an event, an end of a stream,
 * an exit) is waited for instead.
 *
 * @module
 */

/** After this a test fails rather than wait on: far more than a busy machine needs. */
const LONGEST_WAIT_MS = 60_000;
const BETWEEN_LOOKS_MS = 5;

/** What is waited for. */
export interface Awaited {
  /** In the words of whoever reads that it never came: "the engine gets to its stage". */
  readonly what: string;
  /** Once this has ended, however, nothing is waited for any more. @default it is waited for until it is so */
  readonly unless?: Promise<unknown>;
}

/** Returns as soon as it is so, or throws when it has not come within a minute. */
export async function eventually(
  isSo: () => boolean,
  { what, unless }: Awaited,
): Promise<void> {
  let isVain = false;
  const stop = () => void (isVain = true);
  unless?.then(stop, stop);
  for (let waitedMs = 0; !isSo() && !isVain; waitedMs += BETWEEN_LOOKS_MS) {
    if (waitedMs >= LONGEST_WAIT_MS) throw new Error(`Waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
  }
}
