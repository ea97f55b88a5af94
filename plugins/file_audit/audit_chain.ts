/**
 * The order in which records came into the audit, as files that are only ever
 * added. Each link holds the hash of its record, and that hash covers the link
 * before it: whoever changes, removes, adds or moves a record has to change
 * every link behind it.
 *
 * ```text
 * audits/chain/000000/000000001.json
 * ```
 *
 * A link is a file of its own that is made whole or not at all, and only where
 * there is none: so any number of processes may add to the chain without a lock,
 * and one that dies leaves nothing half written and nothing locked.
 *
 * @module
 */
import type { Json, JsonObject } from "../../core/expr/json.ts";
import { sha256Hex } from "../../core/expr/sha256.ts";
import { type Host, HostError } from "../../core/plugin/ports.ts";

/** What stands before the first link. */
export const NO_LINK: string = "0".repeat(64);

/** The folder of the links, within that of the audit. */
export const CHAIN_FOLDER = "chain";

const POSITION_DIGITS = 9;
const SHARD_DIGITS = 6;
const LINK = /^\d{9}\.json$/;
const PRIVATE_FILE_MODE = 0o600;

/** A record that was written, or removed because it was old enough. */
export interface Link {
  /** Where it is in the chain, from 1. */
  readonly position: number;
  /** The record's file, within the audit's folder. */
  readonly path: string;
  /** Whether the record was removed. */
  readonly removed: boolean;
  /** The hash of the link before it. */
  readonly prev: string;
  /** The hash of this one; see {@linkcode hashOf}. */
  readonly hash: string;
}

/** A link that is to be added. */
export interface NewLink extends Vouched {
  /**
   * Called with what the link will be, and again when another process was
   * quicker: a record must be there before its link leads to it.
   */
  readonly write?: (link: Link) => Promise<void>;
}

/** What a link vouches for: which record, and its content unless it was removed. */
export interface Vouched {
  /** The record's file, within the audit's folder. */
  readonly path: string;
  /** The record; absent where it was removed. */
  readonly content?: JsonObject | undefined;
}

/** The hash of a link that follows the one with the hash `prev`. */
export function hashOf({ path, content }: Vouched, prev: string): string {
  return sha256Hex(`${prev}\n${canonical({ path, content: content ?? null })}`);
}

/** A mapping as one text, whatever the order of its keys. */
function canonical(json: Json | undefined): string {
  if (Array.isArray(json)) return `[${json.map(canonical).join(",")}]`;
  if (typeof json !== "object" || json === null) return JSON.stringify(json ?? null);
  const entries = Object.entries(json).sort(([one], [other]) => one < other ? -1 : 1);
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join()}}`;
}

/** The text of a record: its fields, and where it stands in the chain. */
export function recordText(
  content: JsonObject,
  { prev, hash }: Pick<Link, "prev" | "hash">,
): string {
  return `${JSON.stringify({ ...content, prev, hash }, null, 2)}\n`;
}

/** The file of a link, within the audit's folder. */
export function linkPath(position: number): string {
  const name = String(position).padStart(POSITION_DIGITS, "0");
  return `${CHAIN_FOLDER}/${name.slice(0, SHARD_DIGITS)}/${name}.json`;
}

/** What the text of a link says; `undefined` for a text that no link has. */
export function parseLink(text: string): Link | undefined {
  try {
    const link: Link = JSON.parse(text);
    // Only what is written exactly so was written by us.
    return text === textOf(link) ? link : undefined;
  } catch {
    return undefined; // It is no JSON, or not that of a link: whoever asked says so.
  }
}

/** What keeps a chain. */
export interface ChainOptions {
  /** The audit's folder. */
  readonly folder: string;
  readonly host: Pick<Host, "createText" | "listNames" | "readText">;
}

/** Adds to the chain of an audit. */
export class AuditChain {
  readonly #options: ChainOptions;
  /** As far as this process knows; others may have come further. */
  #last: Pick<Link, "position" | "hash"> | undefined;
  #adding: Promise<void> = Promise.resolve();

  /** @param options What keeps the chain. */
  constructor(options: ChainOptions) {
    this.#options = options;
  }

  /** Adds a link; one after another, as far as this process goes. */
  add(link: NewLink): Promise<void> {
    const added = this.#adding.then(() => this.#add(link));
    this.#adding = added.catch(() => {}); // Whoever asked for it is told.
    return added;
  }

  async #add({ path, content, write }: NewLink): Promise<void> {
    for (let isFree = false; !isFree;) {
      const { position, hash: prev } = this.#last ?? await this.#end();
      const hash = hashOf({ path, content }, prev);
      const link = { position: position + 1, path, removed: content === undefined, prev, hash };
      await write?.(link);
      isFree = await this.#create(link);
      this.#last = isFree ? link : undefined;
    }
  }

  /** Whether the position was still free. */
  async #create(link: Link): Promise<boolean> {
    const { folder, host } = this.#options;
    try {
      await host.createText(`${folder}/${linkPath(link.position)}`, textOf(link), {
        mode: PRIVATE_FILE_MODE,
      });
      return true;
    } catch (error) {
      if (error instanceof HostError && error.code === "EEXIST") return false;
      throw error;
    }
  }

  /** The last link that there is. */
  async #end(): Promise<Pick<Link, "position" | "hash">> {
    const { folder, host } = this.#options;
    const position = await this.#lastPosition();
    if (position === 0) return { position, hash: NO_LINK };
    const link = parseLink(await host.readText(`${folder}/${linkPath(position)}`));
    if (link !== undefined) return link;
    throw new HostError(
      "EINVAL",
      `Cannot add to the audit "${folder}": its link ${position} was changed; see "sluice audit verify"`,
    );
  }

  /** The last folder may be empty: its maker died before the link. */
  async #lastPosition(): Promise<number> {
    const { folder, host } = this.#options;
    const shards = await host.listNames(`${folder}/${CHAIN_FOLDER}`) ?? [];
    for (const shard of shards.toReversed()) {
      const names = await host.listNames(`${folder}/${CHAIN_FOLDER}/${shard}`) ?? [];
      const name = names.findLast((name) => LINK.test(name));
      if (name !== undefined) return Number(name.slice(0, POSITION_DIGITS));
    }
    return 0;
  }
}

function textOf({ position, path, removed, prev, hash }: Link): string {
  return `${JSON.stringify({ position, path, removed, prev, hash })}\n`;
}
