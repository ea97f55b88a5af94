/**
 * The chain of an audit as files that are only ever added.
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
import type { JsonObject } from "../../core/expr/json.ts";
import { type Host, HostError } from "../../core/plugin/ports.ts";
import { type Link, type LinkEnd, nextLink, NO_LINK, type Vouched } from "../audit_chain/link.ts";

/** The folder of the links, within that of the audit. */
export const CHAIN_FOLDER = "chain";

const POSITION_DIGITS = 9;
const SHARD_DIGITS = 6;
const LINK = /^\d{9}\.json$/;
const PRIVATE_FILE_MODE = 0o600;

/** A link that is to be added. */
export interface NewLink extends Vouched {
  /**
   * Called with what the link will be, and again when another process was
   * quicker: a record must be there before its link leads to it.
   */
  readonly write?: (link: Link) => Promise<void>;
  /** Asked when its turn has come: whether nothing need be added any more. @default it need */
  readonly isAdded?: () => Promise<boolean>;
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

/** A record as it is in its file. */
export interface WrittenRecord {
  /** What it says. */
  readonly content: JsonObject;
  /** The hash of the link before its own. */
  readonly prev: string;
  /** The hash of its link. */
  readonly hash: string;
}

/** What the text of a record says; `undefined` for a text that no record has. */
export function parseRecord(text: string): WrittenRecord | undefined {
  try {
    const { prev, hash, ...content }: JsonObject = JSON.parse(text);
    if (typeof prev !== "string" || typeof hash !== "string") return undefined;
    // Only what is written exactly so was written by us.
    return recordText(content, { prev, hash }) === text ? { content, prev, hash } : undefined;
  } catch {
    return undefined; // It is no JSON any more: whoever asked says so.
  }
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
  #last: LinkEnd | undefined;
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

  /**
   * The last link of a record, if there is one behind the link with the hash
   * `after`. What stands before is not looked at: a chain may be long.
   */
  async linkOf(path: string, after: string): Promise<Link | undefined> {
    for (let position = await this.#lastPosition(); position > 0; position--) {
      const link = await this.#linkAt(position);
      if (link?.path === path) return link;
      if (link?.hash === after) return undefined;
    }
    return undefined;
  }

  /** A link that is gone or changed is no link; a verification says so. */
  async #linkAt(position: number): Promise<Link | undefined> {
    const { folder, host } = this.#options;
    const text = await textAt(`${folder}/${linkPath(position)}`, host);
    return text === undefined ? undefined : parseLink(text);
  }

  async #add({ write, isAdded, ...vouched }: NewLink): Promise<void> {
    if (await isAdded?.()) return;
    for (let isFree = false; !isFree;) {
      const link = nextLink(vouched, this.#last ?? await this.#end());
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
  async #end(): Promise<LinkEnd> {
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

/** The text of a file; `undefined` where there is none. */
export async function textAt(
  path: string,
  host: Pick<Host, "readText">,
): Promise<string | undefined> {
  try {
    return await host.readText(path);
  } catch (error) {
    if (error instanceof HostError && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function textOf({ position, path, removed, prev, hash }: Link): string {
  return `${JSON.stringify({ position, path, removed, prev, hash })}\n`;
}
