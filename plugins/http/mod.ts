/**
 * The endpoint: an application of Hono that starts workflows and shows what
 * runs, to be served by `sluice serve` or mounted in an application of your own.
 *
 * ```ts
 * import { Hono } from "hono";
 * import { openSluice } from "@sluice/sluice";
 * import { createApp, tokenFrom } from "@sluice/sluice/http";
 *
 * await using sluice = await openSluice({ memory: true });
 * const app = new Hono();
 * app.route("/sluice", createApp(sluice, { tokens: [tokenFrom("a-token-that-nobody-guesses")] }));
 * ```
 *
 * @module
 */
export { createApp } from "./app.ts";
export { DEFAULT_LIMITS, type HttpLimits, type HttpOptions } from "./options.ts";
export { type HttpEnv } from "./access/guard.ts";
export { type Rate } from "./access/rate_limit.ts";
export {
  FIRST_TOKEN,
  newToken,
  openTokenFile,
  type Token,
  tokenFileOf,
  tokenFrom,
} from "./access/tokens.ts";
export { httpSettings } from "./http_settings.ts";
export type * from "./api/mod.ts";
export { PROBLEM_TYPE } from "./api/problem.ts";
export type { Identity } from "./access/tokens.ts";
export type { Json, JsonObject } from "../../core/expr/json.ts";
export type { Place, Position, Span } from "../../core/source/span.ts";
export type { SettingsSection } from "../../core/engine/settings.ts";
