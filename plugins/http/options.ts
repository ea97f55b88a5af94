/**
 * How the endpoint is set up.
 *
 * @module
 */
import type { Token } from "./access/tokens.ts";
import type { Rate } from "./access/rate_limit.ts";
import type { PageFiles } from "./api/page_file.ts";

/** What bounds the endpoint. */
export interface HttpLimits {
  /** Bytes of the longest body. */
  readonly bodyBytes: number;
  /** Milliseconds that a body may take to come. */
  readonly bodyMs: number;
  /** Requests under way at once; streams count apart. */
  readonly requests: number;
  /** Streams that are open at once. */
  readonly streams: number;
  /** Runs under way at once that were started here. */
  readonly runs: number;
  /** Milliseconds that an answer is held back at most for its run to end. */
  readonly waitMs: number;
  /** How often one token may ask. */
  readonly rate: Rate;
  /** How often one address may ask that shows no token, or a wrong one. */
  readonly anonymousRate: Rate;
}

/** What bounds the endpoint where nobody says. */
export const DEFAULT_LIMITS: HttpLimits = {
  bodyBytes: 1024 * 1024,
  bodyMs: 30_000,
  requests: 2_048,
  streams: 4_096,
  runs: 256,
  waitMs: 60_000,
  rate: { perSecond: 1_000, burst: 2_000 },
  anonymousRate: { perSecond: 20, burst: 200 },
};

/** How the endpoint is set up. */
export interface HttpOptions {
  /** Who may ask for what. Without any, nothing but health, documentation and webhooks answers. @default [] */
  readonly tokens?: readonly Token[] | undefined;
  /** The names that this server is reached by besides loopback ones, without ports: `sluice.example.com`. @default [] */
  readonly hosts?: readonly string[] | undefined;
  /** Other sites whose pages may ask with a token and read the answer: `https://admin.example.com`. @default [] */
  readonly origins?: readonly string[] | undefined;
  /** Whether a token with the scope `admin` may start runs from a definition in the request. @default false */
  readonly inlineDefinitions?: boolean | undefined;
  /** What bounds it. @default {@linkcode DEFAULT_LIMITS} */
  readonly limits?: Partial<HttpLimits> | undefined;
  /** The page; `false` for none. @default the page that comes with the plugin */
  readonly page?: PageFiles | false | undefined;
  /** Ends it: streams are closed, nothing more is started, and it says that it is not ready. */
  readonly signal?: AbortSignal | undefined;
  /** Told what goes wrong in the endpoint itself. @default written to standard error */
  readonly warn?: ((message: string) => void) | undefined;
}
