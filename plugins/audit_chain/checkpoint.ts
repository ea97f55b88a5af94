/**
 * Signed checkpoints: somebody vouches, with an Ed25519 key, that the chain had
 * come as far as this. Whoever can write all of an audit can also write a whole
 * new chain, or cut off its end; but not sign a checkpoint that fits.
 *
 * @module
 */
import { sha256Hex } from "../../core/expr/sha256.ts";
import { headPosition } from "./link.ts";

/** A key that signs checkpoints, or only checks them. */
export interface CheckpointKey {
  /** Tells it from other keys: the beginning of the digest of its public half. */
  readonly id: string;
  /** Checks. */
  readonly publicKey: CryptoKey;
  /** Signs; absent where only the public half is there. */
  readonly privateKey?: CryptoKey;
}

/** The texts of the two files of a new key. */
export interface KeyTexts {
  /** The key's id. */
  readonly id: string;
  /** Signs and checks: keep it from whoever may write the audit. */
  readonly privateText: string;
  /** Only checks. */
  readonly publicText: string;
}

/** What a checkpoint vouches for. */
export interface Checkpoint {
  /** The last link as `position:hash`. */
  readonly head: string;
  /** How many records there were. */
  readonly records: number;
  /** When it was signed, in epoch milliseconds. */
  readonly atMs: number;
}

/** What comes of looking at a checkpoint: its head, or what is wrong with it. */
export type CheckedCheckpoint =
  | { readonly ok: true; readonly head: string; readonly at: string }
  | { readonly ok: false; readonly message: string };

const KIND = "sluice-audit-key";
const VERSION = 1;
const ALGORITHM = "Ed25519";
const ID_DIGITS = 16;

/** Makes a key. */
export async function makeKey(): Promise<KeyTexts> {
  const { publicKey, privateKey } = await newPair();
  const spki = await crypto.subtle.exportKey("spki", publicKey);
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", privateKey);
  const id = idOf(toBase64(spki));
  const known = { kind: KIND, version: VERSION, id, public: toBase64(spki) };
  return {
    id,
    privateText: `${JSON.stringify({ ...known, private: toBase64(pkcs8) }, null, 2)}\n`,
    publicText: `${JSON.stringify(known, null, 2)}\n`,
  };
}

/**
 * The key in the text of a file.
 *
 * @throws {TypeError} for a text that holds none.
 */
export async function readKey(text: string): Promise<CheckpointKey> {
  const { kind, public: spki, private: pkcs8 } = mappingIn(text);
  if (kind !== KIND || typeof spki !== "string") {
    throw new TypeError('This file holds no key: "sluice audit keygen" makes one');
  }
  try {
    const publicKey = await importKey("spki", spki, "verify");
    const id = idOf(spki);
    if (typeof pkcs8 !== "string") return { id, publicKey };
    return { id, publicKey, privateKey: await importKey("pkcs8", pkcs8, "sign") };
  } catch (cause) {
    throw new TypeError("This file holds a key that is damaged", { cause });
  }
}

/** The text of a signed checkpoint. */
export async function signCheckpoint(
  { head, records, atMs }: Checkpoint,
  { id, privateKey }: CheckpointKey,
): Promise<string> {
  if (privateKey === undefined) {
    throw new TypeError("This key only checks: sign with the private half");
  }
  const fields = {
    checkpoint: VERSION,
    head,
    records,
    at: new Date(atMs).toISOString(),
    key_id: id,
  };
  const signed = new TextEncoder().encode(JSON.stringify(fields));
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, signed);
  return `${JSON.stringify({ ...fields, signature: toBase64(signature) })}\n`;
}

/** Whether one of these keys has signed a checkpoint, and what it says. */
export async function checkCheckpoint(
  text: string,
  keys: readonly CheckpointKey[],
): Promise<CheckedCheckpoint> {
  const { checkpoint, head, records, at, key_id: id, signature } = mappingIn(text);
  if (
    checkpoint !== VERSION || typeof head !== "string" || Number.isNaN(headPosition(head)) ||
    typeof at !== "string" || typeof signature !== "string"
  ) {
    return { ok: false, message: "This checkpoint cannot be read" };
  }
  const key = keys.find((it) => it.id === id);
  if (key === undefined) {
    return { ok: false, message: `The checkpoint of ${at} is signed with another key` };
  }
  const fields = { checkpoint, head, records, at, key_id: id };
  const signed = new TextEncoder().encode(JSON.stringify(fields));
  const bytes = fromBase64(signature);
  const isRight = bytes !== undefined &&
    await crypto.subtle.verify(ALGORITHM, key.publicKey, bytes, signed);
  return isRight
    ? { ok: true, head, at }
    : { ok: false, message: `The checkpoint of ${at} was changed: its signature is wrong` };
}

async function newPair(): Promise<CryptoKeyPair> {
  const pair = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  if ("publicKey" in pair) return pair;
  throw new Error("Internal error: Ed25519 makes pairs of keys");
}

async function importKey(
  format: "spki" | "pkcs8",
  text: string,
  usage: "sign" | "verify",
): Promise<CryptoKey> {
  const bytes = fromBase64(text) ?? new Uint8Array();
  return await crypto.subtle.importKey(format, bytes, ALGORITHM, false, [usage]);
}

function idOf(spki: string): string {
  return sha256Hex(spki).slice(0, ID_DIGITS);
}

/** Only own properties are read: the text comes from outside. */
function mappingIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === "object" && json !== null ? { ...json } : {};
  } catch {
    return {}; // Whoever asked finds nothing in it, and says so.
  }
}

function toBase64(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined; // It is no base64, so it is no signature either.
  }
}
