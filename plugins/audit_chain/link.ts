/**
 * What ties the records of an audit together, wherever they are kept: each link
 * holds the hash of its record, and that hash covers the link before it. Whoever
 * changes, removes, adds or moves a record has to change every link behind it.
 *
 * The same records in the same order have the same hashes in every audit.
 *
 * @module
 */
import type { Json, JsonObject } from "../../core/expr/json.ts";
import { sha256Hex } from "../../core/expr/sha256.ts";
import type { AuditProblem } from "../../core/plugin/sink.ts";

/** What stands before the first link. */
export const NO_LINK: string = "0".repeat(64);

/** What a link vouches for: which record, and its content unless it was removed. */
export interface Vouched {
  /** The record's path, see `record_fields.ts`. */
  readonly path: string;
  /** The record; absent where it was removed. */
  readonly content?: JsonObject | undefined;
}

/** A record that was written, or removed because it was old enough. */
export interface Link {
  /** Where it is in the chain, from 1. */
  readonly position: number;
  /** The record's path. */
  readonly path: string;
  /** Whether the record was removed. */
  readonly removed: boolean;
  /** The hash of the link before it. */
  readonly prev: string;
  /** The hash of this one; see {@linkcode hashOf}. */
  readonly hash: string;
}

/** The end of a chain. */
export type LinkEnd = Pick<Link, "position" | "hash">;

/** The link that follows `end`. */
export function nextLink({ path, content }: Vouched, end: LinkEnd): Link {
  const hash = hashOf({ path, content }, end.hash);
  return {
    position: end.position + 1,
    path,
    removed: content === undefined,
    prev: end.hash,
    hash,
  };
}

/** The hash of a link that follows the one with the hash `prev`. */
export function hashOf({ path, content }: Vouched, prev: string): string {
  return sha256Hex(`${prev}\n${canonical({ path, content: content ?? null })}`);
}

/** JSON as one text, whatever the order of its keys. */
export function canonical(json: Json | undefined): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join(",")}]`;
  if (typeof json !== "object" || json === null) return JSON.stringify(json ?? null);
  const entries = Object.entries(json).sort(([one], [other]) => one < other ? -1 : 1);
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join()}}`;
}

/** A link as `position:hash`: what a later verification can be told to find. */
export function headOf(link: LinkEnd | undefined): string {
  return `${link?.position ?? 0}:${link?.hash ?? NO_LINK}`;
}

/** The position in a head; `NaN` in what is none. */
export function headPosition(head: string): number {
  return Number(/^(\d{1,15}):[0-9a-f]{64}$/.exec(head)?.[1]);
}

/** Where links do not follow one another. */
export function* brokenBetween(links: readonly Link[]): Iterable<AuditProblem> {
  let before: LinkEnd = { position: 0, hash: NO_LINK };
  for (const link of links) {
    const { position, path, prev } = link;
    if (position !== before.position + 1) {
      const message = `Nothing is left of what came between ${before.position} and ${position}`;
      yield { position, path, message };
    } else if (prev !== before.hash) {
      const message = `This link does not follow link ${before.position}: one of them was changed`;
      yield { position, path, message };
    }
    before = link;
  }
}

/** Records that were cut off at the end leave a chain that is whole, but not the one that was known. */
export function cutOff(links: readonly Link[], heads: readonly string[]): readonly AuditProblem[] {
  if (heads.length === 0) return [];
  const known = new Set([headOf(undefined), ...links.map(headOf)]);
  return heads.filter((head) => !known.has(head)).map((head) => ({
    position: headPosition(head),
    path: "",
    message:
      `The head ${head} that was known is not in the chain: its end was cut off or rewritten`,
  }));
}
