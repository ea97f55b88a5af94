/**
 * Which hosts a request may reach, and at which addresses. What is asked for
 * is resolved here once, and the connection goes to the address that was
 * looked at: a name that means something else a moment later leads nowhere.
 *
 * @module
 */
import { isIP } from "node:net";
import { missing } from "../../core/plugin/permissions.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";
import { isPublicAddress } from "./public_address.ts";

/** Finds the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>;

/** What a request may reach. */
export interface Reach {
  /** The hosts that the stage itself names; absent for all. */
  readonly asked?: readonly string[] | undefined;
  /** The hosts that the settings allow; absent for all that are public. */
  readonly allowed?: readonly string[] | undefined;
  /** Finds the addresses of a host. */
  readonly resolve: Resolve;
  /** Gives up: a resolver may take long to say that it knows nothing. */
  readonly signal: AbortSignal;
}

/**
 * The addresses at which a URL may be asked for.
 *
 * @throws {StageError} `PermissionError` where one may not be reached, `NetworkError` where there is none.
 */
export async function reachableAddresses(url: URL, reach: Reach): Promise<readonly string[]> {
  const target = targetOf(url);
  for (const list of [reach.allowed, reach.asked]) {
    if (list !== undefined && !covers(list, target)) {
      throw refused(`Cannot reach "${target}": it is none of the hosts that are allowed`);
    }
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const addresses = isIP(host) === 0 ? await resolved(host, reach) : [host];
  // A wildcard stands for names, and whoever owns one of them says what address it has.
  const named = (reach.allowed ?? reach.asked ?? []).filter((name) => !name.includes("*"));
  const local = addresses.find((address) => !isPublicAddress(address));
  if (local === undefined || covers(named, target)) return addresses;
  throw refused(
    `Cannot reach "${target}": its address ${local} is on this machine or in a private network; ` +
      `where that is meant, name the host in "allow-hosts"`,
  );
}

/** Host and port, as permissions spell them. */
export function targetOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === "https:" ? HTTPS_PORT : HTTP_PORT)}`;
}

const HTTP_PORT = "80";
const HTTPS_PORT = "443";

function covers(list: readonly string[], target: string): boolean {
  return (missing({ net: [target] }, { net: list }).net ?? []).length === 0;
}

async function resolved(host: string, { resolve, signal }: Reach): Promise<readonly string[]> {
  const found = Promise.race([resolve(host), aborted(signal)]);
  const addresses = await found.catch((cause: unknown) => {
    signal.throwIfAborted();
    const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
    throw notFound(host, code === undefined ? "" : ` (${code})`);
  });
  if (addresses.length === 0) throw notFound(host, "");
  return addresses;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

function notFound(host: string, why: string): StageError {
  return new StageError(`Cannot find the address of "${host}"${why}`, { name: "NetworkError" });
}

function refused(message: string): StageError {
  return new StageError(message, { name: "PermissionError", retryable: false });
}
