/**
 * Signing in and out, for browsers.
 *
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { sessionCookie, sessionIn } from "../access/sessions.ts";
import { SessionBodySchema, type SessionDocument, SessionSchema } from "../api/server.ts";
import { answers, API, type Api, PUBLIC, requiredBody, secured } from "../contract.ts";
import type { Endpoint } from "../endpoint.ts";
import { ProblemAnswer } from "../problems.ts";
import { empty, json } from "../replies.ts";

const PATH = `${API}/session`;

const show = createRoute({
  ...{ method: "get", path: PATH, summary: "Who is asking", tags: ["Sessions"] },
  ...secured("read"),
  responses: answers({
    200: { schema: SessionSchema, description: "The token's name and scopes" },
  }),
});

const open = createRoute({
  ...{ method: "post", path: PATH, summary: "Exchange a token for a cookie", tags: ["Sessions"] },
  ...PUBLIC,
  request: { body: requiredBody(SessionBodySchema) },
  responses: answers({ 204: { description: "The cookie is set" } }),
});

const close = createRoute({
  ...{ method: "delete", path: PATH, summary: "End the session", tags: ["Sessions"] },
  ...PUBLIC,
  responses: answers({ 204: { description: "The cookie is removed" } }),
});

/** Adds the routes of sessions. */
export function addSessionRoutes(app: Api, { tokens, sessions, options }: Endpoint): void {
  app.openapi(show, (c) => {
    const identity = c.get("identity");
    const document: SessionDocument = {
      name: identity?.name ?? "",
      scopes: [...identity?.scopes ?? []],
      inline: options.inlineDefinitions === true && identity?.scopes.has("admin") === true,
    };
    return json(document);
  });
  app.openapi(open, (c) => {
    const identity = tokens.find(c.req.valid("json").token);
    if (identity === undefined) {
      throw new ProblemAnswer("token-missing", "This token is not one of this server");
    }
    const id = sessions.open(identity);
    return empty(204, { "set-cookie": sessionCookie(id, { secure: isSecure(c.req.raw) }) });
  });
  app.openapi(close, (c) => {
    const id = sessionIn(c.req.header("cookie") ?? null);
    if (id !== undefined) sessions.close(id);
    return empty(204, { "set-cookie": sessionCookie(undefined, { secure: isSecure(c.req.raw) }) });
  });
}

/** In front of this server somebody else may speak TLS; the browser knows. */
function isSecure({ headers, url }: Request): boolean {
  return url.startsWith("https:") || headers.get("origin")?.startsWith("https:") === true;
}
