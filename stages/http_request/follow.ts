/**
 * Redirects: each is a request of its own, to a host that is looked at anew.
 *
 * @module
 */
import { StageError } from "../../core/plugin/stage_kind.ts";
import { exchange, type WireRequest, type WireResponse } from "./exchange.ts";
import { type Reach, reachableAddresses } from "./reach.ts";

/** A request as its author means it. */
export type HttpRequest = Omit<WireRequest, "address">;

/** A response, and where it came from in the end. */
export interface HttpResponse extends WireResponse {
  /** The last URL. */
  readonly url: URL;
}

/** How far redirects are followed. */
export interface FollowOptions {
  /** What may be reached. */
  readonly reach: Reach;
  /** The most redirects; with 0 the first one is the response. */
  readonly maxRedirects: number;
}

/**
 * Asks, and asks again where it is told to.
 *
 * @throws {StageError} for a host that may not be reached, and for redirects that may not be followed.
 */
export async function follow(
  request: HttpRequest,
  { reach, maxRedirects }: FollowOptions,
): Promise<HttpResponse> {
  let asked = request;
  for (let redirects = 0;; redirects++) {
    const addresses = await reachableAddresses(asked.url, reach);
    const response = await exchange(asked, addresses);
    const { location } = response.headers;
    const isLast = maxRedirects === 0 || location === undefined || !REDIRECTS.has(response.status);
    if (isLast) return { ...response, url: asked.url };
    if (redirects === maxRedirects) {
      throw refused(`"${request.url.host}" redirects more than ${maxRedirects} times`);
    }
    asked = redirected(asked, { status: response.status, location });
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** These keep method and body; the others ask by GET. */
const SAME_METHOD: ReadonlySet<number> = new Set([307, 308]);

/** What tells nothing about who asks. */
const HARMLESS_HEADERS: ReadonlySet<string> = new Set(["accept", "accept-language", "user-agent"]);

function redirected(
  request: HttpRequest,
  { status, location }: { readonly status: number; readonly location: string },
): HttpRequest {
  const url = parsed(location, request.url);
  const isElsewhere = url.origin !== request.url.origin;
  if (request.url.protocol === "https:" && url.protocol !== "https:") {
    throw refused(`"${request.url.host}" redirects to "${url.origin}", which is not encrypted`);
  }
  const keepsMethod = SAME_METHOD.has(status) || request.method === "HEAD" ||
    request.method === "GET";
  if (keepsMethod && isElsewhere && request.body !== undefined) {
    throw refused(
      `"${request.url.host}" redirects to "${url.origin}", and what is sent is for the first alone`,
    );
  }
  return {
    ...request,
    url,
    headers: headersFor(request.headers, { isElsewhere, keepsMethod }),
    ...(!keepsMethod && { method: "GET", body: undefined }),
  };
}

/** Another host is not told who asks: any header of the author's may be a secret. */
function headersFor(
  headers: HttpRequest["headers"],
  { isElsewhere, keepsMethod }: { readonly isElsewhere: boolean; readonly keepsMethod: boolean },
): HttpRequest["headers"] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => {
      if (isElsewhere) return HARMLESS_HEADERS.has(name);
      return keepsMethod || !name.startsWith("content-");
    }),
  );
}

function parsed(location: string, base: URL): URL {
  const url = URL.parse(location, base.href);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw refused(`"${base.host}" redirects to what is no URL of HTTP`);
  }
  if (url.username !== "" || url.password !== "") {
    throw refused(`"${base.host}" redirects to a URL with a password in it`);
  }
  return url;
}

function refused(message: string): StageError {
  return new StageError(`Cannot follow the redirect: ${message}`, {
    name: "NetworkError",
    retryable: false,
  });
}
