/**
 * The contracts of the routes as a page, without anything from other hosts.
 *
 * @module
 */
import { API, type Api } from "./contract.ts";
import { SECURITY_HEADERS } from "./replies.ts";

type Document = ReturnType<Api["getOpenAPI31Document"]>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

/** Adds the page and its style: one file each, as the policy wants it. */
export function addReferencePage(app: Api, document: Document): void {
  const page = pageOf(document);
  app.get(`${API}/docs`, () => fileOf(page, "text/html; charset=utf-8"));
  app.get(`${API}/docs.css`, () => fileOf(STYLE, "text/css; charset=utf-8"));
}

function fileOf(body: string, type: string): Response {
  return new Response(body, {
    headers: {
      ...SECURITY_HEADERS,
      "content-security-policy":
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      "content-type": type,
    },
  });
}

function pageOf({ info, paths = {}, components = {} }: Document): string {
  const routes = Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const route = item?.[method];
      return route === undefined ? [] : [routeOf(`${method.toUpperCase()} ${path}`, route)];
    })
  );
  const schemas = Object.entries(components.schemas ?? {}).map(([name, schema]) =>
    `<details id="${escaped(name)}"><summary>${escaped(name)}</summary>${code(schema)}</details>`
  );
  return [
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${
      escaped(info.title)
    } API</title>`,
    '<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="docs.css">',
    `<main><h1>${escaped(info.title)} ${escaped(info.version)}</h1>`,
    '<p>For programs: <a href="openapi.json">openapi.json</a>. Errors are <code>application/problem+json</code>.</p>',
    `<h2>Routes</h2>${routes.join("")}<h2>Documents</h2>${schemas.join("")}</main></html>`,
  ].join("\n");
}

interface Route {
  readonly summary?: string;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters?: unknown;
  readonly requestBody?: unknown;
  readonly responses?: unknown;
}

function routeOf(title: string, route: Route): string {
  const { summary = "", security = [], parameters, requestBody, responses } = route;
  const scope = security[0]?.["token"]?.[0];
  const parts = [["Parameters", parameters], ["Body", requestBody], [
    "Answers",
    responses,
  ]] as const;
  const shown = parts.filter(([, part]) => part !== undefined).map(([name, part]) =>
    `<h3>${name}</h3>${code(part)}`
  );
  return [
    `<details><summary><code>${escaped(title)}</code> ${escaped(summary)} `,
    `<em>${scope === undefined ? "no token" : `scope ${escaped(scope)}`}</em></summary>`,
    `${shown.join("")}</details>`,
  ].join("");
}

/** What it refers to is on the same page. */
function code(part: unknown): string {
  const text = escaped(JSON.stringify(part, null, 2));
  const linked = text.replaceAll(
    /#\/components\/schemas\/(\w+)/g,
    '<a href="#$1">$1</a>',
  );
  return `<pre>${linked}</pre>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 0 auto; padding: 1rem }
details { border-bottom: 1px solid #8884; padding: .4rem 0 }
summary { cursor: pointer }
summary em { opacity: .7; font-size: .85em }
pre { overflow-x: auto; font-size: .85em; padding: .5rem; background: #8881 }
`;
