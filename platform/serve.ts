/**
 * Listening for HTTP requests.
 *
 * @module
 */
import { HostError } from "../core/plugin/ports.ts";
import { messageOf } from "../core/source/message_of.ts";

/** What is known of a request besides itself. */
export interface Caller {
  /** Where it comes from; absent where the runtime does not say. */
  readonly address?: string;
}

/** Where to listen. */
export interface ServeOptions {
  /** The port; 0 for any that is free. */
  readonly port: number;
  /** The address or name of the interface: `127.0.0.1`. */
  readonly host: string;
}

/** Something that listens. */
export interface Served {
  /** The port that it got. */
  readonly port: number;
  /** Takes no more connections and waits until what is under way has been answered. */
  stop(): Promise<void>;
}

/** Answers a request. */
export type Answer = (request: Request, caller: Caller) => Response | Promise<Response>;

/** The part of Bun's own server that is used here. */
interface BunServer {
  readonly port: number;
  requestIP(request: Request): { readonly address: string } | null;
  stop(): Promise<void>;
}

declare const Bun: {
  serve(options: {
    readonly port: number;
    readonly hostname: string;
    readonly idleTimeout: number;
    readonly fetch: (request: Request, server: BunServer) => Response | Promise<Response>;
  }): BunServer;
};

/** Bun would end a connection that is silent for ten seconds; streams are silent for longer. */
const LONGEST_IDLE_SECONDS = 255;

/**
 * Listens and answers. Throws {@linkcode HostError} where the port cannot be had.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 *
 * const served = serve(() => new Response("Hello"), { port: 0, host: "127.0.0.1" });
 * const answer = await fetch(`http://127.0.0.1:${served.port}/`);
 * equal(await answer.text(), "Hello");
 * await served.stop();
 * ```
 */
export function serve(answer: Answer, options: ServeOptions): Served {
  try {
    return "Bun" in globalThis ? serveOnBun(answer, options) : serveOnDeno(answer, options);
  } catch (error) {
    const why = messageOf(error);
    const { host, port } = options;
    throw new HostError("EADDRINUSE", `Cannot listen on ${host}:${port}: ${why}`, { cause: error });
  }
}

function serveOnDeno(answer: Answer, { port, host }: ServeOptions): Served {
  const server = Deno.serve(
    { port, hostname: host, onListen: () => {} },
    (request, { remoteAddr }) =>
      answer(request, remoteAddr.transport === "tcp" ? { address: remoteAddr.hostname } : {}),
  );
  return { port: server.addr.port, stop: () => server.shutdown() };
}

function serveOnBun(answer: Answer, { port, host }: ServeOptions): Served {
  const server = Bun.serve({
    ...{ port, hostname: host, idleTimeout: LONGEST_IDLE_SECONDS },
    fetch: (request, server) => {
      const address = server.requestIP(request)?.address;
      return answer(request, address === undefined ? {} : { address });
    },
  });
  return { port: server.port, stop: () => server.stop() };
}
