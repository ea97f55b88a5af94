/**
 * One request and its response, on a connection of its own.
 *
 * @module
 */
import type { IncomingMessage, RequestOptions } from "node:http";
import { isForbiddenKey } from "../../core/source/forbidden_key.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { messageOf } from "../../core/source/message_of.ts";

/** What is asked. */
export interface WireRequest {
  /** Where. */
  readonly url: URL;
  /** The address to connect to. */
  readonly address: string;
  /** How. */
  readonly method: string;
  /** Names to values; `Host` is the URL's. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent. */
  readonly body?: string | undefined;
  /** Bytes of the longest response that is taken. */
  readonly maxBytes: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** What came back. */
export interface WireResponse {
  /** The status code. */
  readonly status: number;
  /** Names in lower case to values. */
  readonly headers: Readonly<Record<string, string>>;
  /** What was sent. */
  readonly body: Uint8Array;
}

/** Connecting failed, so nothing was sent, and another address may do. */
const NOT_CONNECTED: ReadonlySet<unknown> = new Set([
  ...["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL", "ConnectionRefused"],
]);

/**
 * Asks at the first of the addresses that takes the connection.
 *
 * @throws {StageError} `NetworkError` when there is none, or no whole response; `ValueError` when it is too long.
 */
export async function exchange(
  request: Omit<WireRequest, "address">,
  addresses: readonly string[],
): Promise<WireResponse> {
  let last: unknown;
  for (const address of addresses) {
    try {
      return await send({ ...request, address });
    } catch (error) {
      request.signal.throwIfAborted();
      if (error instanceof StageError) throw error;
      last = error;
      if (!NOT_CONNECTED.has(codeOf(error))) break;
    }
  }
  throw failed(request.url, last);
}

async function send(request: WireRequest): Promise<WireResponse> {
  const { body, signal } = request;
  // One of the two is needed, and neither by a run that asks for nothing.
  const client = request.url.protocol === "https:"
    ? await import("node:https")
    : await import("node:http");
  const { promise, resolve, reject } = Promise.withResolvers<WireResponse>();
  const sent = client.request({ ...optionsOf(request), signal }, (response) => {
    received(response, request).then(resolve, (error: unknown) => {
      sent.destroy();
      reject(error);
    });
  });
  sent.on("error", reject);
  sent.end(body);
  return await promise;
}

/** The connection goes to the address; certificate and `Host` are those of the name. */
function optionsOf({ url, address, method, headers, body }: WireRequest): RequestOptions & {
  readonly servername?: string;
} {
  const length = body === undefined ? {} : { "content-length": String(byteLength(body)) };
  const isName = !/^\[|^[\d.]+$/.test(url.hostname);
  return {
    host: address,
    port: url.port || undefined,
    path: url.pathname + url.search,
    method,
    headers: { "accept-encoding": "identity", ...headers, ...length, host: url.host },
    ...(isName && { servername: url.hostname }),
    agent: false,
  };
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

async function received(
  response: IncomingMessage,
  { maxBytes }: WireRequest,
): Promise<WireResponse> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += chunk.length;
    if (size > maxBytes) throw tooLong(maxBytes);
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return { status: response.statusCode ?? 0, headers: headersOf(response), body };
}

function headersOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const entries = Object.entries(headers).flatMap(([name, value]) => {
    // Outputs take no such name, and no server has a reason to send one.
    if (value === undefined || isForbiddenKey(name)) return [];
    return [[name, Array.isArray(value) ? value.join(", ") : value] as const];
  });
  return Object.fromEntries(entries);
}

function tooLong(maxBytes: number): StageError {
  return new StageError(
    `The response has more than ${maxBytes} bytes; write a larger "max-bytes", or ask for less`,
    { name: "ValueError", retryable: false },
  );
}

function failed({ host }: URL, cause: unknown): StageError {
  const why = messageOf(cause);
  return new StageError(`Cannot reach "${host}": ${why}`, { name: "NetworkError", cause });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
