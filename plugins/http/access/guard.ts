/**
 * Who may ask: each request passes here before anything else looks at it.
 *
 * @module
 */
import type { Context, MiddlewareHandler, Next } from "hono";
import type { Scope } from "../api/server.ts";
import type { HttpLimits } from "../options.ts";
import { ProblemAnswer } from "../problems.ts";
import { RateLimit } from "./rate_limit.ts";
import { sessionIn, type Sessions } from "./sessions.ts";
import type { Identity, TokenTable } from "./tokens.ts";

/** What requests carry within the endpoint. */
export interface HttpEnv {
  /** What the server says of a request. */
  readonly Bindings: {
    /** Where it comes from. */
    readonly address?: string;
  };
  /** What the guard found out. */
  readonly Variables: {
    /** Who asks, if anybody said. */
    identity?: Identity;
  };
}

/** The longest token that is looked at. */
export const MAX_TOKEN_CHARS = 200;

/** What the guard works with. */
export interface GuardOptions {
  readonly tokens: TokenTable;
  readonly sessions: Sessions;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly limits: HttpLimits;
  readonly now: () => number;
}

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const BEARER = /^bearer ([^\s]+)$/i;
const UNKNOWN_ADDRESS = "unknown";

/** Refuses what must not get any further, and finds out who asks. */
export function guard(options: GuardOptions): MiddlewareHandler<HttpEnv> {
  const { tokens, sessions, limits, now } = options;
  const hosts = new Set([...LOOPBACK_HOSTS, ...options.hosts.map((host) => host.toLowerCase())]);
  const origins = new Set(options.origins);
  const known = new RateLimit(limits.rate, now);
  const anonymous = new RateLimit(limits.anonymousRate, now);
  let underWay = 0;
  return async (c, next) => {
    const { headers } = c.req.raw;
    refuseOtherHosts(c, hosts);
    refuseOtherOrigins(c, origins);
    const identity = identify(headers, { tokens, sessions });
    const address = c.env?.address ?? UNKNOWN_ADDRESS;
    const waitSeconds = identity === undefined
      ? anonymous.take(address)
      : known.take(identity.name);
    if (waitSeconds > 0) throw tooOften(waitSeconds);
    if (underWay >= limits.requests) throw tooMany("requests", limits.requests);
    if (identity !== undefined) c.set("identity", identity);
    refuseBodies(c, limits);
    underWay++;
    try {
      await next();
    } finally {
      underWay--;
    }
  };
}

/** Lets those pass whose token has the scope. */
export function needs(scope: Scope): MiddlewareHandler<HttpEnv> {
  return async (c: Context<HttpEnv>, next: Next) => {
    const identity = c.get("identity");
    if (identity === undefined) {
      throw new ProblemAnswer("token-missing", 'Send a token as "Authorization: Bearer TOKEN"');
    }
    if (!identity.scopes.has(scope)) {
      const detail = `The token "${identity.name}" does not have the scope "${scope}"`;
      throw new ProblemAnswer("scope-missing", detail);
    }
    if (identity.byCookie && !SAFE_METHODS.includes(c.req.method)) refuseBlind(c);
    await next();
  };
}

/** Nobody may ask for more at once. */
export function tooMany(what: string, most: number): ProblemAnswer {
  return new ProblemAnswer("too-many", `There are ${most} ${what} under way, which is the most`, {
    retryAfterSeconds: 1,
  });
}

function tooOften(retryAfterSeconds: number): ProblemAnswer {
  return new ProblemAnswer("too-many", "These are too many requests in a short time", {
    retryAfterSeconds,
  });
}

/** A page that was given a name of its own by a hostile DNS server asks by that name. */
function refuseOtherHosts(c: Context<HttpEnv>, hosts: ReadonlySet<string>): void {
  const name = hostOf(c).replace(/:\d+$/, "").toLowerCase();
  if (hosts.has(name)) return;
  throw new ProblemAnswer(
    "host-refused",
    `This server does not answer for "${name}": name it under "hosts" of the "http" settings`,
  );
}

function hostOf({ req }: Context<HttpEnv>): string {
  return req.header("host") ?? new URL(req.url).host;
}

/** Browsers say which site asks; anything else that says so is taken at its word. */
function refuseOtherOrigins(c: Context<HttpEnv>, origins: ReadonlySet<string>): void {
  const origin = c.req.header("origin");
  if (origin === undefined || origins.has(origin) || isOwn(origin, hostOf(c))) return;
  throw new ProblemAnswer("origin-refused", `The site "${origin}" may not ask this server`);
}

/** The scheme does not count: in front of this server somebody else may speak TLS. */
function isOwn(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}

/** A cookie comes along by itself, so with one the browser must say that its own page asks. */
function refuseBlind(c: Context<HttpEnv>): void {
  if (c.req.header("origin") !== undefined) return; // It was one of ours.
  if (c.req.header("sec-fetch-site") === "same-origin") return;
  throw new ProblemAnswer(
    "origin-refused",
    'With a session, requests that change something must say where they come from: send "Origin"',
  );
}

function identify(
  headers: Headers,
  { tokens, sessions }: Pick<GuardOptions, "tokens" | "sessions">,
): Identity | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const token = BEARER.exec(authorization)?.[1] ?? "";
    return token.length > MAX_TOKEN_CHARS ? undefined : tokens.find(token);
  }
  const session = sessionIn(headers.get("cookie"));
  return session === undefined ? undefined : sessions.find(session);
}

/** How long a body is that does not say so shows while it is read; see `body.ts`. */
function refuseBodies({ req }: Context<HttpEnv>, { bodyBytes }: HttpLimits): void {
  if (SAFE_METHODS.includes(req.method)) return;
  const length = Number(req.header("content-length") ?? 0);
  if (length > bodyBytes) throw tooLarge(bodyBytes);
  const type = req.header("content-type");
  const hasBody = length > 0 || req.header("transfer-encoding") !== undefined;
  if (type === undefined ? !hasBody : JSON_TYPE.test(type)) return;
  throw new ProblemAnswer("type-refused", 'Send the body as "application/json"');
}

/** A body has more bytes than it may. */
export function tooLarge(bodyBytes: number): ProblemAnswer {
  return new ProblemAnswer("body-too-large", `The body has more than ${bodyBytes} bytes`);
}
