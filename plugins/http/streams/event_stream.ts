/**
 * Server-Sent Events, written only as fast as their reader reads.
 *
 * @module
 */
import { SECURITY_HEADERS } from "../replies.ts";

/** Milliseconds of silence after which a comment is sent, so that nothing in between gives up. */
export const KEEP_ALIVE_MS = 15_000;

/** Milliseconds after which a browser connects again. */
export const RECONNECT_MS = 1_000;

/** As much as is sent at once, in UTF-16 code units; a longer message goes alone. */
export const BATCH_LENGTH: number = 64 * 1024;

/** A comment. */
export const KEEP_ALIVE = ":\n\n";

/** Says that nothing more will come, so that a browser does not connect again. */
export const END = "event: end\ndata: {}\n\n";

const HELLO = `retry: ${RECONNECT_MS}\n\n`;

/** What a stream is made of: given the signal that ends it, the texts to send. */
export type StreamSource = (signal: AbortSignal) => AsyncGenerator<string>;

/** What belongs to a stream. */
export interface EventStreamOptions {
  /** Ends it from this side. */
  readonly ending: AbortSignal;
  /** Called once it has ended. */
  readonly ended: () => void;
}

/**
 * A stream as an answer. Nothing is kept for a reader who is slow: the source
 * is asked for more only when what was sent has been taken.
 */
export function eventStream(source: StreamSource, { ending, ended }: EventStreamOptions): Response {
  const stop = new AbortController();
  const texts = source(AbortSignal.any([stop.signal, ending]));
  const encoder = new TextEncoder();
  let over = false;
  const end = () => {
    if (over) return;
    over = true;
    ended();
    stop.abort();
    // It may rest where it gave its last text, with nobody to ask for the next: what it holds is freed.
    void texts.return(undefined).catch(() => {});
  };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(HELLO)),
    async pull(controller) {
      try {
        const { done, value } = await texts.next();
        if (done) {
          end();
          controller.close();
        } else controller.enqueue(encoder.encode(value));
      } catch (error) {
        end();
        controller.error(error);
      }
    },
    cancel: end, // Its reader is gone.
  }, { highWaterMark: 1 });
  return new Response(body, {
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "text/event-stream",
      "x-accel-buffering": "no",
    },
  });
}
