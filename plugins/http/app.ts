/**
 * The endpoint as a Hono application.
 *
 * @module
 */
import type { Context, Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Sluice } from "../../preset.ts";
import { VERSION } from "../../version.ts";
import { guard, type HttpEnv } from "./access/guard.ts";
import type { PageFile, PageFiles } from "./api/page_file.ts";
import { API, type Api, openApi } from "./contract.ts";
import { addReferencePage } from "./reference_page.ts";
import { Endpoint } from "./endpoint.ts";
import type { HttpOptions } from "./options.ts";
import { ProblemAnswer, problemOf, problemResponse } from "./problems.ts";
import { empty, PAGE_POLICY, SECURITY_HEADERS, text } from "./replies.ts";
import { addHookRoutes } from "./routes/hook_routes.ts";
import { addReferenceRoutes } from "./routes/reference_routes.ts";
import { addRunRoutes } from "./routes/run_routes.ts";
import { addServerRoutes } from "./routes/server_routes.ts";
import { addSessionRoutes } from "./routes/session_routes.ts";
import { addStreamRoutes } from "./routes/stream_routes.ts";
import { addWorkflowRoutes } from "./routes/workflow_routes.ts";

// Read when somebody looks at it; see preset.ts.
const PAGE: string = "./page/mod.ts";

/**
 * The endpoint, to be served or mounted. It lasts as long as the engine, or
 * until `signal` is aborted.
 *
 * @example
 * ```ts
 * import { openSluice } from "@sluice/sluice";
 * import { createApp, tokenFrom } from "@sluice/sluice/http";
 * import { equal } from "node:assert/strict";
 *
 * await using sluice = await openSluice({ memory: true });
 * const app = createApp(sluice, { tokens: [tokenFrom("a-token-that-nobody-guesses")] });
 * const answer = await app.request("/api/v1/runs", {
 *   headers: { authorization: "Bearer a-token-that-nobody-guesses" },
 * });
 * equal(answer.status, 200);
 * ```
 */
export function createApp(sluice: Sluice, options: HttpOptions = {}): Hono<HttpEnv> {
  const endpoint = new Endpoint(sluice, options);
  const app = openApi();
  const failed = (error: unknown) => problemResponse(problemFrom(error, endpoint));
  app.onError(failed);
  app.notFound((c) => problemResponse(nothingAt(c)));
  app.use(
    "*",
    guard({
      ...endpoint,
      hosts: options.hosts ?? [],
      origins: options.origins ?? [],
      now: () => sluice.engine.now(),
      answered: (method, status, ms) => endpoint.metrics.answered(method, status, ms),
      failed,
    }),
  );
  addSessionRoutes(app, endpoint);
  addWorkflowRoutes(app, endpoint);
  addRunRoutes(app, endpoint);
  addStreamRoutes(app, endpoint);
  addServerRoutes(app, endpoint);
  addReferenceRoutes(app, endpoint);
  addHookRoutes(app, endpoint);
  describe(app);
  if (options.page !== false) addPage(app, options.page);
  return app;
}

function problemFrom(error: unknown, { warn }: Endpoint): ProblemAnswer {
  const known = problemOf(error);
  if (known !== undefined) return known;
  if (error instanceof HTTPException && error.status < 500) {
    return new ProblemAnswer("request-unreadable", error.message);
  }
  warn(`A request failed: ${error instanceof Error ? error.stack : error}`);
  return new ProblemAnswer("internal", "The server made a mistake; its log has more");
}

function nothingAt({ req }: Context): ProblemAnswer {
  return new ProblemAnswer("not-found", `There is nothing at ${req.method} ${req.path}`);
}

function describe(app: Api): void {
  app.openAPIRegistry.registerComponent("securitySchemes", "token", {
    type: "http",
    scheme: "bearer",
    description: "A token: the first one stands in the state folder, in http/token",
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "session", {
    ...{ type: "apiKey", in: "cookie", name: "sluice_session" },
    description: "What POST /session gives, for browsers",
  });
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: { title: "Sluice", version: VERSION },
  });
  const written = JSON.stringify(document);
  app.get(`${API}/openapi.json`, () => text(written, "application/json"));
  addReferencePage(app, document);
}

// The router says what stands behind the path that it is mounted at: whoever mounts it may have
// another version of Hono, whose requests the helpers of ours cannot read.
function addPage(app: Api, given: PageFiles | undefined): void {
  app.get("/:file{.+}", async (c) => {
    const file = (given ?? await pageFiles()).get(`/${c.req.param("file")}`);
    return file === undefined ? problemResponse(nothingAt(c)) : pageResponse(file);
  });
  app.get("*", async (c) => {
    // The page's own addresses begin behind a slash. Relative, as a proxy may know another path.
    const { path } = c.req;
    if (!path.endsWith("/")) return empty(308, { location: `./${path.split("/").at(-1)}/` });
    const index = (given ?? await pageFiles()).get("/");
    return index === undefined ? problemResponse(nothingAt(c)) : pageResponse(index);
  });
}

function pageResponse({ body, type }: PageFile): Response {
  return new Response(body, {
    headers: {
      ...SECURITY_HEADERS,
      "content-security-policy": PAGE_POLICY,
      "content-type": type,
    },
  });
}

async function pageFiles(): Promise<PageFiles> {
  const { PAGE_FILES }: { readonly PAGE_FILES: PageFiles } = await import(PAGE);
  return PAGE_FILES;
}
