/**
 * Who may ask: each request passes here before anything else looks at it.
 *
 * @module
 */
import type { Context, MiddlewareHandler } from "hono";
import type { Scope } from "../api/server.ts";
import type { KeptAnswers } from "../kept_answers.ts";
import type { HttpLimits } from "../options.ts";
import { ProblemAnswer } from "../problems.ts";
import { allowReading, isPreflight, preflight } from "./cors.ts";
import { callerAt, RateLimit } from "./rate_limit.ts";
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
    /** What bounds the body, where there may be one. */
    limits?: HttpLimits;
  };
}

/** The longest token that is looked at. */
export const MAX_TOKEN_CHARS = 200;

/** Those who show no token hold at most one in so many of the places for requests. */
export const ANONYMOUS_SHARE = 4;

/** What the guard works with. */
export interface GuardOptions {
  /** Who may ask. */
  readonly tokens: TokenTable;
  /** Browsers that have signed in. */
  readonly sessions: Sessions;
  /** The names that this server is reached by, besides loopback ones. */
  readonly hosts: readonly string[];
  /** Other sites whose pages may ask. */
  readonly origins: readonly string[];
  /** How much, and how often. */
  readonly limits: HttpLimits;
  /** Answers that stay as they are, for those who may read. */
  readonly kept: KeptAnswers;
  /** Says what time it is. */
  readonly now: () => number;
  /** Told of each answer, refusals too. */
  readonly answered: (method: string, status: number, ms: number) => void;
  /** The answer to an error. */
  readonly failed: (error: unknown) => Response;
}

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"];
const SAFE_METHODS = ["GET", "HEAD", "OPTIONS"];
const JSON_TYPE = /^application\/json\s*(;|$)/i;
const BEARER = /^bearer ([^\s]+)$/i;
const UNKNOWN_ADDRESS = "unknown";

/** Refuses what must not get any further, finds out who asks, and counts what is answered. */
export function guard(options: GuardOptions): MiddlewareHandler<HttpEnv> {
  const { answered, failed } = options;
  const gate = new Gate(options);
  // One step for all of it: each further one costs about as much as a small answer.
  return async (c, next) => {
    const startedMs = performance.now();
    const { method } = c.req.raw;
    try {
      using place = gate.enter(c);
      if (place.answer === undefined) await next();
      else c.res = place.answer;
    } catch (error) {
      c.res = failed(error);
    }
    gate.leave(c);
    // Nobody reads this body, and a stream would stay open for ever.
    if (method === "HEAD") await c.res.body?.cancel();
    answered(method, c.res.status, performance.now() - startedMs);
  };
}

/** Lets those pass whose token has the scope. */
export function needs(scope: Scope): MiddlewareHandler<HttpEnv> {
  return (c, next) => {
    const identity = c.get("identity");
    if (identity === undefined) {
      throw new ProblemAnswer("token-missing", 'Send a token as "Authorization: Bearer TOKEN"');
    }
    if (!identity.scopes.has(scope)) {
      const detail = `The token "${identity.name}" does not have the scope "${scope}"`;
      throw new ProblemAnswer("scope-missing", detail);
    }
    if (identity.byCookie && !SAFE_METHODS.includes(c.req.method)) refuseBlind(c);
    return next();
  };
}

/** Nobody may ask for more at once. */
export function tooMany(what: string, most: number): ProblemAnswer {
  return new ProblemAnswer("too-many", `There are ${most} ${what} under way, which is the most`, {
    retryAfterSeconds: 1,
  });
}

/** A body has more bytes than it may. */
export function tooLarge(bodyBytes: number): ProblemAnswer {
  return new ProblemAnswer("body-too-large", `The body has more than ${bodyBytes} bytes`);
}

/** A request under way; disposed of, it makes room for another. */
interface PlaceInside extends Disposable {
  /** What is answered without a further look. */
  readonly answer: Response | undefined;
}

class Gate {
  readonly #options: GuardOptions;
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #known: RateLimit;
  readonly #anonymous: RateLimit;
  #latestHost: string | undefined;
  #underWay = 0;
  #anonymousUnderWay = 0;

  constructor(options: GuardOptions) {
    const { hosts, origins, limits, now } = options;
    this.#options = options;
    this.#hosts = new Set([...LOOPBACK_HOSTS, ...hosts.map((host) => host.toLowerCase())]);
    this.#origins = new Set(origins);
    this.#known = new RateLimit(limits.rate, now);
    this.#anonymous = new RateLimit(limits.anonymousRate, now);
  }

  enter(c: Context<HttpEnv>): PlaceInside {
    const { headers, method } = c.req.raw;
    const host = headers.get("host") ?? new URL(c.req.url).host;
    // Almost all ask by the same name, and to take it apart costs as much as all else here.
    if (host !== this.#latestHost) refuseOtherHosts(host, this.#hosts);
    this.#latestHost = host;
    const origin = headers.get("origin");
    if (origin !== null) refuseOtherOrigins(origin, { host, origins: this.#origins });
    const identity = identify(headers, this.#options);
    this.#countIn(identity, c.env?.address ?? UNKNOWN_ADDRESS);
    const isKnown = identity !== undefined;
    if (isKnown) c.set("identity", identity);
    if (!SAFE_METHODS.includes(method)) this.#expectBody(c);
    this.#underWay++;
    if (!isKnown) this.#anonymousUnderWay++;
    return {
      answer: this.#atOnce(c, identity),
      [Symbol.dispose]: () => {
        this.#underWay--;
        if (!isKnown) this.#anonymousUnderWay--;
      },
    };
  }

  /** What a browser is told that asks whether it may ask, or an answer that was kept. */
  #atOnce({ req }: Context<HttpEnv>, identity: Identity | undefined): Response | undefined {
    if (req.raw.method === "GET") {
      return identity?.scopes.has("read") ? this.#options.kept.find(req.path) : undefined;
    }
    return this.#origins.size > 0 && isPreflight(req.raw) ? preflight() : undefined;
  }

  /** Pages of other sites may read the answer, refusals too, where they may ask. */
  leave({ req, res }: Context<HttpEnv>): void {
    if (this.#origins.size === 0) return;
    const origin = req.raw.headers.get("origin");
    allowReading(res.headers, origin !== null && this.#origins.has(origin) ? origin : undefined);
  }

  #countIn(identity: Identity | undefined, address: string): void {
    const { limits } = this.#options;
    const waitSeconds = identity === undefined
      ? this.#anonymous.take(callerAt(address))
      : this.#known.take(identity.name);
    if (waitSeconds > 0) throw tooOften(waitSeconds);
    if (this.#underWay >= limits.requests) throw tooMany("requests", limits.requests);
    const most = Math.ceil(limits.requests / ANONYMOUS_SHARE);
    if (identity === undefined && this.#anonymousUnderWay >= most) {
      throw tooMany("requests without a token", most);
    }
  }

  /** How long a body is that does not say so shows while it is read; see `body.ts`. */
  #expectBody(c: Context<HttpEnv>): void {
    const { limits } = this.#options;
    const { headers } = c.req.raw;
    const length = Number(headers.get("content-length") ?? 0);
    if (length > limits.bodyBytes) throw tooLarge(limits.bodyBytes);
    const type = headers.get("content-type");
    const hasBody = length > 0 || headers.has("transfer-encoding");
    if (type === null ? hasBody : !JSON_TYPE.test(type)) {
      throw new ProblemAnswer("type-refused", 'Send the body as "application/json"');
    }
    c.set("limits", limits);
  }
}

function tooOften(retryAfterSeconds: number): ProblemAnswer {
  return new ProblemAnswer("too-many", "These are too many requests in a short time", {
    retryAfterSeconds,
  });
}

/** A page that was given a name of its own by a hostile DNS server asks by that name. */
function refuseOtherHosts(host: string, hosts: ReadonlySet<string>): void {
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (hosts.has(name)) return;
  throw new ProblemAnswer(
    "host-refused",
    `This server does not answer for "${name}": name it under "hosts" of the "http" settings`,
  );
}

/** Browsers say which site asks; anything else that says so is taken at its word. */
function refuseOtherOrigins(
  origin: string,
  { host, origins }: { readonly host: string; readonly origins: ReadonlySet<string> },
): void {
  if (origins.has(origin) || isOwn(origin, host)) return;
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
