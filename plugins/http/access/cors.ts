/**
 * What browsers want to hear before a page of another site may ask and read.
 * Such pages show a token; the cookie of a session is for the server's own.
 *
 * @module
 */
import { empty } from "../replies.ts";

/** Seconds for which a browser need not ask again. */
export const PREFLIGHT_SECONDS = 600;

const ALLOWED: Readonly<Record<string, string>> = {
  "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id",
  "access-control-allow-methods": "GET, POST, DELETE",
  "access-control-max-age": String(PREFLIGHT_SECONDS),
};

/** Whether a browser asks if its page may ask. */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") &&
    headers.has("access-control-request-method");
}

/** It may; whether its page may read the answer, {@linkcode allowReading} says. */
export function preflight(): Response {
  return empty(204, ALLOWED);
}

/** Says that pages of this site may read an answer, or, without one, that it depends on who asks. */
export function allowReading(headers: Headers, origin: string | undefined): void {
  headers.append("vary", "Origin");
  if (origin === undefined) return;
  headers.set("access-control-allow-origin", origin);
  headers.set("access-control-expose-headers", "location, retry-after");
}
