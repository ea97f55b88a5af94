/**
 * Bodies, read up to their bound before anything looks at them, whatever they
 * said of their length.
 *
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { type HttpEnv, tooLarge } from "./guard.ts";

/** Reads the body of a request; refuses one with more bytes than `bodyBytes`. */
export function boundedBody(bodyBytes: number): MiddlewareHandler<HttpEnv> {
  return async ({ req }, next) => {
    const { body, method, headers } = req.raw;
    if (body !== null) {
      const text = await textOf(body, bodyBytes);
      // Some runtimes give every request a body, and an empty one is none.
      req.raw = new Request(req.url, { method, headers, body: text === "" ? null : text });
    }
    await next();
  };
}

async function textOf(body: ReadableStream<Uint8Array>, bodyBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > bodyBytes) throw tooLarge(bodyBytes);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
