/**
 * Tokens: who may ask for what. Only digests are kept in memory and in
 * settings; the text of the first token stands in one private file.
 *
 * @module
 */
import { sha256, sha256Hex } from "../../../core/expr/sha256.ts";
import { type Host, HostError } from "../../../core/plugin/ports.ts";
import type { Scope } from "../api/server.ts";

/** A token that is accepted. */
export interface Token {
  /** For the list of sessions and for what is recorded: `ci`. */
  readonly name: string;
  /** The SHA-256 of the token's text, hexadecimal. */
  readonly sha256: string;
  /** What it may do: `run` includes `read`, `admin` both. */
  readonly scopes: readonly Scope[];
}

/** Who asks. */
export interface Identity {
  /** The token's name. */
  readonly name: string;
  /** What it may do, all that is included listed. */
  readonly scopes: ReadonlySet<Scope>;
  /** Whether a cookie said so: then changes must come from the same origin. */
  readonly byCookie: boolean;
}

/** The name of the token that is made at the first start. */
export const FIRST_TOKEN = "first";

/** Bytes of chance in a token. */
export const TOKEN_BYTES = 32;

const PRIVATE_FILE_MODE = 0o600;
const MAX_TOKEN_FILE_BYTES = 1_024;

const INCLUDED: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ["read"],
  run: ["read", "run"],
  admin: ["read", "run", "admin"],
};

/** Where the first token of a state folder stands. */
export function tokenFileOf(statePath: string): string {
  return `${statePath}/http/token`;
}

/**
 * The token of a file, which is made (mode 0600, in a folder of mode 0700)
 * where it is missing.
 *
 * @throws {HostError} when the file cannot be read or made.
 */
export async function openTokenFile(
  path: string,
  host: Pick<Host, "createText" | "readText">,
): Promise<{ readonly text: string; readonly made: boolean }> {
  const text = newToken();
  try {
    await host.createText(path, `${text}\n`, { mode: PRIVATE_FILE_MODE });
    return { text, made: true };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "EEXIST") throw error;
  }
  const known = (await host.readText(path, { maxBytes: MAX_TOKEN_FILE_BYTES })).trim();
  if (/^[\w-]{32,}$/.test(known)) return { text: known, made: false };
  throw new HostError("EINVAL", `Cannot use the token in "${path}": it has less than 32 letters`);
}

/** A token by its text, with all scopes unless it says otherwise. */
export function tokenFrom(text: string, options: Partial<Omit<Token, "sha256">> = {}): Token {
  return { name: FIRST_TOKEN, scopes: ["admin"], ...options, sha256: sha256Hex(text) };
}

/** A text that nobody guesses. */
export function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
}

/** Finds who a text stands for, in a time that says nothing of the tokens. */
export class TokenTable {
  readonly #tokens: readonly { readonly digest: Uint8Array; readonly identity: Identity }[];
  /** Tokens that were shown: to hash one again for each request costs more than to answer most. */
  readonly #shown = new Map<Identity, string>();

  /** @param tokens Those that are accepted. */
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens.map(({ name, sha256, scopes }) => ({
      digest: Uint8Array.fromHex(sha256),
      identity: {
        name,
        scopes: new Set(scopes.flatMap((scope) => INCLUDED[scope])),
        byCookie: false,
      },
    }));
  }

  /** Who this token stands for, if it is one. */
  find(text: string): Identity | undefined {
    let shown: Identity | undefined;
    for (const [identity, known] of this.#shown) if (sameText(text, known)) shown = identity;
    return shown ?? this.#findByDigest(text);
  }

  #findByDigest(text: string): Identity | undefined {
    const digest = sha256(text);
    let found: Identity | undefined;
    // All are compared, wherever the right one stands.
    for (const token of this.#tokens) {
      if (sameBytes(digest, token.digest)) found = token.identity;
    }
    if (found !== undefined) this.#shown.set(found, text);
    return found;
  }
}

/** Whether two texts are the same; takes as long for any two of a length. */
function sameText(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return difference === 0;
}

/** Whether two texts of bytes are the same; takes as long for any two of a length. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at++) difference |= (one[at] ?? 0) ^ (other[at] ?? 0);
  return difference === 0;
}
