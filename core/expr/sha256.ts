/**
 * SHA-256 (FIPS 180-4) without a platform: ids are needed synchronously, and
 * the pure layers may not ask a runtime for them.
 *
 * @module
 */

const BLOCK_BYTES = 64;

/** SHA-256 of the UTF-8 form of a text, as 32 bytes. */
export function sha256(text: string): Uint8Array {
  const blocks = new DataView(padded(new TextEncoder().encode(text)).buffer);
  const hash = INITIAL_HASH.slice();
  const schedule = new Int32Array(64);
  for (let offset = 0; offset < blocks.byteLength; offset += BLOCK_BYTES) {
    fillSchedule(schedule, blocks, offset);
    compress(hash, schedule);
  }
  const digest = new DataView(new ArrayBuffer(32));
  hash.forEach((word, i) => digest.setInt32(i * 4, word));
  return new Uint8Array(digest.buffer);
}

/**
 * SHA-256 of the UTF-8 form of a text, hexadecimal.
 *
 * @example
 * ```ts
 * import { sha256Hex } from "./sha256.ts";
 *
 * console.assert(sha256Hex("abc").startsWith("ba7816bf8f01cfea"));
 * ```
 */
export function sha256Hex(text: string): string {
  return Array.from(sha256(text), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const INITIAL_HASH = fractions(8, (prime) => Math.sqrt(prime));
const ROUND_CONSTANTS = fractions(64, (prime) => Math.cbrt(prime));

/** The first 32 fractional bits of a root of each of the first primes. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const words: number[] = [];
  for (let candidate = 2; words.length < count; candidate++) {
    if (isPrime(candidate)) words.push(Math.floor((root(candidate) % 1) * 2 ** 32) | 0);
  }
  return Int32Array.from(words);
}

function isPrime(candidate: number): boolean {
  for (let divisor = 2; divisor * divisor <= candidate; divisor++) {
    if (candidate % divisor === 0) return false;
  }
  return true;
}

/** The message, a one bit, zeros, and the length in bits, in whole blocks. */
function padded(message: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES;
  const bytes = new Uint8Array(size);
  bytes.set(message);
  bytes[message.length] = 0x80;
  new DataView(bytes.buffer).setBigUint64(size - 8, BigInt(message.length) * 8n);
  return bytes;
}

function fillSchedule(schedule: Int32Array, blocks: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = blocks.getInt32(offset + i * 4);
  for (let i = 16; i < 64; i++) {
    const w15 = schedule[i - 15] ?? 0;
    const w2 = schedule[i - 2] ?? 0;
    const s0 = rotated(w15, 7) ^ rotated(w15, 18) ^ (w15 >>> 3);
    const s1 = rotated(w2, 17) ^ rotated(w2, 19) ^ (w2 >>> 10);
    schedule[i] = ((schedule[i - 16] ?? 0) + s0 + (schedule[i - 7] ?? 0) + s1) | 0;
  }
}

/** Plain assignments, because ids of a hundred thousand legs are made with this. */
function compress(hash: Int32Array, schedule: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let i = 0; i < 64; i++) {
    const s1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
    const choice = (e & f) ^ (~e & g);
    const t1 = (h + s1 + choice + (ROUND_CONSTANTS[i] ?? 0) + (schedule[i] ?? 0)) | 0;
    const s0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + s0 + majority) | 0;
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => hash[i] = ((hash[i] ?? 0) + word) | 0);
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
