/**
 * Work that leaves nothing behind.
 *
 * @module
 */

interface Answer<Out> {
  readonly data: Out;
}

/**
 * Has a module do some work in a thread of its own that ends with it; the
 * module says by a message that it listens, gets `input` as one, and answers with
 * another. `undefined`
 * where such a thread leaves more behind than the work itself.
 *
 * On Bun, the machine code for a thousand files and the gaps between what was
 * kept of them cost thirty megabytes for good, and all of that goes with a
 * thread. On Deno a thread leaves twice as much as collecting garbage does.
 *
 * @example
 * ```ts ignore
 * const sum = await workApart<number>(new URL("./add.ts", import.meta.url), [1, 2]);
 * ```
 */
export function workApart<Out>(module: URL, input: unknown): Promise<Out> | undefined {
  return "Bun" in globalThis ? inThread(module, input) : undefined;
}

async function inThread<Out>(module: URL, input: unknown): Promise<Out> {
  // What Bun alone knows: a small heap.
  const options = { type: "module", smol: true } as const;
  const worker = new Worker(module.href, options);
  try {
    return await new Promise<Out>((resolve, reject) => {
      // Before it says that it listens, nobody hears what is sent.
      worker.onmessage = () => {
        worker.onmessage = ({ data }: Answer<Out>) => resolve(data);
        worker.postMessage(input);
      };
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  } finally {
    worker.terminate();
  }
}
