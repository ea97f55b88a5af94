/**
 * What `sluice serve` says once it listens.
 *
 * @module
 */

/** Where it listens, and how one gets in. */
export interface ServeAddress {
  /** The interface: `127.0.0.1`. */
  readonly host: string;
  /** The port. */
  readonly port: number;
  /** The first token. */
  readonly token: string;
  /** Where the token stands. */
  readonly tokenFile: string;
}

/** Those that listen everywhere, and what one calls them by from this machine. */
const EVERYWHERE: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };

/** The names that a server is asked by that listens on this interface; none where that is all of them. */
export function hostNames(host: string): readonly string[] {
  return Object.hasOwn(EVERYWHERE, host) ? [] : [nameOf(host)];
}

/** Where it listens. */
export function addressOf({ host, port }: Pick<ServeAddress, "host" | "port">): string {
  return `http://${nameOf(host)}:${port}`;
}

/**
 * Where it listens and what to open. An address with the token in it lets in
 * whoever reads it, so only a terminal is shown one: what goes into a pipe is
 * kept by whoever keeps logs.
 */
export function addressLines(
  address: ServeAddress,
  { isTerminal }: { readonly isTerminal: boolean },
): readonly string[] {
  const { host, port, token, tokenFile } = address;
  const listening = `Listening on ${addressOf(address)}; the token stands in ${tokenFile}`;
  if (!isTerminal) return [listening];
  const name = Object.hasOwn(EVERYWHERE, host) ? EVERYWHERE[host] : nameOf(host);
  return [listening, `Open http://${name}:${port}/#token=${token}`];
}

/** As addresses have it. */
function nameOf(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
