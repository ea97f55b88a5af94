/**
 * Sessions of browsers: `EventSource` cannot send a token, so a cookie stands
 * for one. They live in memory and end with the server.
 *
 * @module
 */
import { sha256Hex } from "../../../core/expr/sha256.ts";
import { type Identity, newToken } from "./tokens.ts";

/** The most sessions of one token; its oldest goes when there are more, and never one of another token. */
export const MAX_SESSIONS = 100;

/** Milliseconds that a session lasts. */
export const SESSION_MS: number = 12 * 3_600_000;

/** The name of the cookie. */
export const SESSION_COOKIE = "sluice_session";

interface Session {
  readonly identity: Identity;
  readonly endsMs: number;
}

/** The sessions there are. */
export class Sessions {
  /** By the digest of their id, so that how long a look takes says nothing of the id. */
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;

  /** @param now Says what time it is. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Opens one; gives its id. */
  open(identity: Identity): string {
    const id = newToken();
    this.#makeRoom(identity);
    const session = { identity: { ...identity, byCookie: true }, endsMs: this.#now() + SESSION_MS };
    this.#sessions.set(sha256Hex(id), session);
    return id;
  }

  /** Who the session of this id belongs to, if there is one. */
  find(id: string): Identity | undefined {
    const key = sha256Hex(id);
    const session = this.#sessions.get(key);
    if (session === undefined) return undefined;
    if (session.endsMs > this.#now()) return session.identity;
    this.#sessions.delete(key);
    return undefined;
  }

  /** Ends one. */
  close(id: string): void {
    this.#sessions.delete(sha256Hex(id));
  }

  #makeRoom({ name }: Identity): void {
    const same = [...this.#sessions].filter(([, { identity }]) => identity.name === name);
    for (const [key] of same.slice(0, Math.max(0, same.length - MAX_SESSIONS + 1))) {
      this.#sessions.delete(key);
    }
  }
}

/** The cookie of a session; without an id, the one that removes it. */
export function sessionCookie(
  id: string | undefined,
  { secure }: { readonly secure: boolean },
): string {
  const seconds = id === undefined ? 0 : SESSION_MS / 1_000;
  const flags = `Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  return `${SESSION_COOKIE}=${id ?? ""}; ${flags}`;
}

/** The id that a request's cookies hold. */
export function sessionIn(cookies: string | null): string | undefined {
  for (const cookie of cookies?.split(";") ?? []) {
    const [name, value] = cookie.trim().split("=", 2);
    if (name === SESSION_COOKIE && value) return value;
  }
  return undefined;
}
