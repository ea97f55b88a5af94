/**
 * The stage kind `http`: asks a server.
 *
 * @module
 */
import { z } from "zod";
import { ExpressionError } from "../core/expr/expression_error.ts";
import { parseJson, toJson } from "../core/expr/json.ts";
import type { Value } from "../core/expr/value.ts";
import { templated } from "../core/model/templated.ts";
import { permissionProblem } from "../core/plugin/permissions.ts";
import {
  defineStage,
  type LeafStageKind,
  type Outputs,
  type StageContext,
  StageError,
} from "../core/plugin/stage_kind.ts";
import type { HttpRequest, HttpResponse } from "./http_request/follow.ts";
import type { Resolve } from "./http_request/reach.ts";

/** Bytes of a response that are taken where the stage does not say: 1 MiB. */
export const DEFAULT_RESPONSE_BYTES: number = 1024 * 1024;

/** The most bytes of a response that a stage may ask for: 64 MiB. */
export const MAX_RESPONSE_BYTES: number = 64 * 1024 * 1024;

/** Redirects that are followed where the stage does not say. */
export const DEFAULT_REDIRECTS = 5;

/** The most redirects that a stage may ask for. */
export const MAX_REDIRECTS = 20;

/** Characters of a response that the failure keeps, under the stage's `info`. */
export const MAX_KEPT_BODY_CHARS = 16_000;

/** The most hosts that a stage may name. */
export const MAX_ALLOWED_HOSTS = 100;

// Many workflows mention "http" somewhere, and so load this file; few ask a server.
const FOLLOW: string = "./http_request/follow.ts";

/** Options for {@linkcode httpRequest}. */
export interface HttpRequestOptions {
  /** Finds the addresses of a host. @default the system's resolver */
  readonly resolve?: Resolve;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, {
    error: 'A status is a number such as 404 or a class such as "4xx"',
  }),
]);

// Names that belong to the connection are not the author's to set.
const OWN_HEADERS = ["host", "content-length", "transfer-encoding", "connection", "upgrade"];

const fields = {
  http: z.string().min(1),
  method: z.enum(METHODS).optional(),
  headers: z.record(
    z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, { error: "This is no name of a header" })
      .refine((name) => !OWN_HEADERS.includes(name.toLowerCase()), {
        error: "This header belongs to the connection and cannot be set",
      }),
    scalar,
  ).optional(),
  query: z.record(z.string(), z.union([scalar, z.array(scalar)])).optional(),
  auth: z.strictObject({ username: z.string(), password: z.string() }).optional(),
  json: z.custom<Value>().optional(),
  form: z.record(z.string(), scalar).optional(),
  body: z.string().optional(),
  expect: z.union([templated(status), z.array(templated(status)).min(1)]).optional(),
  redirects: templated(z.int().min(0).max(MAX_REDIRECTS)).optional(),
  "max-bytes": templated(z.int().min(1).max(MAX_RESPONSE_BYTES)).optional(),
  "allow-hosts": z.array(hostSchema()).min(1).max(MAX_ALLOWED_HOSTS).optional(),
};

function hostSchema(): z.ZodType<string> {
  return z.string().refine((host) => permissionProblem("net", host) === undefined, {
    error: 'A host is written as it is, such as "api.example.com:443" or "*.example.com"',
  });
}

/**
 * A stage that sends one request and leaves what came back: `status`,
 * `headers`, `body`, and `json` where the response is JSON.
 *
 * Hosts on this machine and in private networks are refused unless
 * `allow-hosts`, or the setting of that name, names them; redirects are looked
 * at as if they had been written in the first place, and another host is not
 * told who asks. A status that is not expected fails the stage, and trying
 * again helps where the server says so (408, 425, 429 and 5xx).
 */
export function httpRequest(options: HttpRequestOptions = {}): LeafStageKind {
  return defineStage({
    name: "http",
    keys: ["http"],
    summary: "Sends a request to a server.",
    fields,
    // Connections go to the addresses that were looked at, which no list of names covers.
    needs: () => [{ permission: "net", reason: "requests, to addresses that are known only then" }],
    secrets: ["http", "headers", "query", "auth", "json", "form", "body"],
    // Hosts come from whoever wrote the workflow, and never from a value.
    raw: ["allow-hosts"],
    outputs: z.object({
      status: z.number(),
      headers: z.record(z.string(), z.string()),
      body: z.string(),
      json: z.any(),
      url: z.string(),
    }),
    execute: (input, context) => execute(input, { ...options, context }),
  });
}

type Input = z.infer<z.ZodObject<typeof fields>>;

async function execute(
  input: Input,
  { context, resolve = systemResolve }: HttpRequestOptions & { readonly context: StageContext },
): Promise<Outputs> {
  const request = requestOf(input, context);
  const { signal, policy, print } = context;
  signal.throwIfAborted();
  const { follow }: typeof import("./http_request/follow.ts") = await import(FOLLOW);
  const response = await follow(request, {
    reach: { asked: input["allow-hosts"], allowed: policy?.allowHosts, resolve, signal },
    maxRedirects: countOf(input.redirects, DEFAULT_REDIRECTS),
  });
  signal.throwIfAborted();
  print(`${request.method} ${request.url.origin}${request.url.pathname} ${response.status}`);
  const text = textIn(response);
  if (!isExpected(response.status, input.expect)) throw unexpected(response, { request, text });
  return { ...plainResponse(response, text), json: jsonIn(response, text) };
}

async function systemResolve(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

function requestOf(input: Input, { signal, key }: StageContext): HttpRequest {
  const { type, body } = bodyOf(input);
  const method = input.method ?? (body === undefined ? "GET" : "POST");
  const isSafe = ["GET", "HEAD", "OPTIONS"].includes(method);
  return {
    ...{ method, body, signal },
    url: urlOf(input),
    headers: {
      "user-agent": "sluice",
      accept: "*/*",
      ...(type !== undefined && { "content-type": type }),
      // The same for every attempt that a server may have seen already.
      ...(!isSafe && { "idempotency-key": key }),
      ...authorizationOf(input),
      ...headersOf(input),
    },
    maxBytes: countOf(input["max-bytes"], DEFAULT_RESPONSE_BYTES),
  };
}

function urlOf({ http, query = {} }: Input): URL {
  const url = URL.parse(http);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    throw wrong('Cannot read the URL: it must begin with "https://" or "http://"');
  }
  if (url.username !== "" || url.password !== "") {
    throw wrong('A URL must hold no password; write it under "auth"');
  }
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(name, String(one));
    }
  }
  url.hash = "";
  return url;
}

function headersOf({ headers = {} }: Input): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const text = String(value);
      if (/^[\t\x20-\x7e\x80-\xff]*$/.test(text)) return [name.toLowerCase(), text];
      throw wrong(`Cannot send the header "${name}": it has a character that no header can have`);
    }),
  );
}

function authorizationOf({ auth }: Input): Readonly<Record<string, string>> {
  if (auth === undefined) return {};
  const bytes = new TextEncoder().encode(`${auth.username}:${auth.password}`);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return { authorization: `Basic ${btoa(binary)}` };
}

function bodyOf(
  { json, form, body }: Input,
): { readonly type?: string; readonly body?: string | undefined } {
  if ([json, form, body].filter((one) => one !== undefined).length > 1) {
    throw wrong('Only one of "json", "form" and "body" can be sent');
  }
  if (json !== undefined) {
    return { type: "application/json", body: JSON.stringify(toJson(json)) };
  }
  if (form === undefined) return { body };
  const entries = Object.entries(form).map(([name, value]) => [name, String(value)]);
  return {
    type: "application/x-www-form-urlencoded",
    body: new URLSearchParams(entries).toString(),
  };
}

function countOf(written: number | string | undefined, fallback: number): number {
  return typeof written === "number" ? written : fallback;
}

function isExpected(status: number, expected: Input["expect"] = "2xx"): boolean {
  const list = Array.isArray(expected) ? expected : [expected];
  return list.some((one) => one === status || one === `${Math.floor(status / 100)}xx`);
}

const TRY_AGAIN: ReadonlySet<number> = new Set([408, 425, 429]);

function unexpected(
  response: HttpResponse,
  { request, text }: { readonly request: HttpRequest; readonly text: string },
): StageError {
  const { status } = response;
  return new StageError(
    `${request.method} ${request.url.origin}${request.url.pathname} gave ${status}, which is not expected`,
    {
      name: "HttpError",
      retryable: TRY_AGAIN.has(status) || status >= 500,
      details: plainResponse(response, text.slice(0, MAX_KEPT_BODY_CHARS)),
    },
  );
}

function plainResponse({ status, headers, url }: HttpResponse, body: string): Outputs {
  return { status, headers, body, url: url.origin + url.pathname };
}

function textIn({ headers, body }: HttpResponse): string {
  const [, charset = "utf-8"] = /charset="?([\w-]+)/i.exec(headers["content-type"] ?? "") ?? [];
  try {
    return new TextDecoder(charset).decode(body);
  } catch {
    return new TextDecoder().decode(body); // A charset that nobody knows: better this than nothing.
  }
}

function jsonIn({ headers }: HttpResponse, text: string): Value {
  if (!/^[^;]*[/+]json\b/i.test(headers["content-type"] ?? "") || text === "") return null;
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new StageError(
      `The response says that it is JSON, and cannot be read: ${error.message}`,
      {
        name: "ValueError",
        cause: error,
      },
    );
  }
}

function wrong(message: string): StageError {
  return new StageError(message, { name: "ValueError", retryable: false });
}
