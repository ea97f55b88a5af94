/**
 * The host in a URL.
 *
 * @module
 */

/**
 * The host and port that a URL names; `undefined` when it names none. By
 * RFC 3986 and not by a browser's parser, whose view of schemes such as `s3:`
 * differs between runtimes.
 */
export function hostOf(url: string): string | undefined {
  const authority = AUTHORITY.exec(url)?.[1];
  const host = authority?.slice(authority.lastIndexOf("@") + 1).toLowerCase();
  return host === "" ? undefined : host;
}

const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\s\\]*)/i;
