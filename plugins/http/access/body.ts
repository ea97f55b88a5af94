/**
 * Bodies, read up to their bounds before anything looks at them, whatever they
 * said of their length.
 *
 * @module
 */
import type { Context, Next } from "hono";
import type { HttpLimits } from "../options.ts";
import { ProblemAnswer } from "../problems.ts";
import { type HttpEnv, tooLarge } from "./guard.ts";

/** Reads the body of a request; refuses one that has too many bytes or takes too long. */
export function boundedBody(c: Context<HttpEnv>, next: Next): Promise<void> {
  // Only where there may be one: to look for it costs as much as to answer.
  const limits = c.get("limits");
  return limits === undefined ? next() : readThen(c, { next, limits });
}

async function readThen(
  c: Context<HttpEnv>,
  { next, limits }: { readonly next: Next; readonly limits: HttpLimits },
): Promise<void> {
  const { body, method, headers } = c.req.raw;
  if (body === null) return await next();
  const text = await textOf(body, limits);
  // Some runtimes give every request a body, and an empty one is none.
  c.req.raw = new Request(c.req.url, { method, headers, body: text === "" ? null : text });
  await next();
}

// By a race and not by a signal: whatever a runtime does with its connection, the request is answered.
async function textOf(
  body: ReadableStream<Uint8Array>,
  { bodyBytes, bodyMs }: HttpLimits,
): Promise<string> {
  const reader = body.getReader();
  const late = Promise.withResolvers<"late">();
  const timer = setTimeout(() => late.resolve("late"), bodyMs);
  try {
    const decoder = new TextDecoder();
    let text = "";
    let bytes = 0;
    for (;;) {
      const read = await Promise.race([reader.read(), late.promise]);
      if (read === "late") throw tooSlow(bodyMs);
      if (read.done) return text + decoder.decode();
      bytes += read.value.length;
      if (bytes > bodyBytes) throw tooLarge(bodyBytes);
      text += decoder.decode(read.value, { stream: true });
    }
  } catch (error) {
    // What else comes is for nobody; that the other side is gone already is no matter.
    void reader.cancel().catch(() => {});
    throw error instanceof ProblemAnswer ? error : cutOff();
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(bodyMs: number): ProblemAnswer {
  return new ProblemAnswer("body-too-slow", `The body took longer than ${bodyMs} ms to come`);
}

function cutOff(): ProblemAnswer {
  return new ProblemAnswer("request-unreadable", "The body ended before it was complete");
}
