/**
 * Answers, with the headers that all of them carry.
 *
 * @module
 */

/**
 * For everything but the page: nothing in it may run, load or be framed, and
 * nobody keeps a copy.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The policy of pages: scripts, styles and data from this server alone, and none within the page. */
export const PAGE_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");

const JSON_TYPE = "application/json";

// Made once: most answers are of this kind, and their headers cost more than their bodies.
const JSON_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  "content-type": JSON_TYPE,
};

/** How an answer differs from a plain 200. */
export interface ReplyOptions {
  /** @default 200 */
  readonly status?: number;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A document as an answer. */
export function json(document: unknown, { status = 200, headers }: ReplyOptions = {}): Response {
  return new Response(JSON.stringify(document), {
    status,
    headers: headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers },
  });
}

/** JSON that has been written already. */
export function writtenJson(text: string): Response {
  return new Response(text, { headers: JSON_HEADERS });
}

/** Text of some type. */
export function text(body: string, type: string, options: ReplyOptions = {}): Response {
  return new Response(body, {
    status: options.status ?? 200,
    headers: { ...SECURITY_HEADERS, "content-type": type, ...options.headers },
  });
}

/** Nothing but a status. */
export function empty(status: number, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, { status, headers: { ...SECURITY_HEADERS, ...headers } });
}
