/**
 * Finds whatever was done to an audit behind its back.
 *
 * Who can write all of its files can also write a whole new chain; so keep the
 * head that a verification gives somewhere else, and hand it to the next one.
 *
 * @module
 */
import type { JsonObject } from "../../core/expr/json.ts";
import type { Host } from "../../core/plugin/ports.ts";
import {
  CHAIN_FOLDER,
  hashOf,
  type Link,
  linkPath,
  NO_LINK,
  parseLink,
  recordText,
} from "./audit_chain.ts";

/** Something that is not as it was written. */
export interface AuditProblem {
  /** Where in the chain, if it is in it. */
  readonly position?: number;
  /** The file, within the audit's folder. */
  readonly path: string;
  /** What is so. */
  readonly message: string;
}

/** What a verification comes to. */
export interface AuditVerdict {
  /** How many links there are. */
  readonly links: number;
  /** How many records there are, and should be. */
  readonly records: number;
  /** The last link as `position:hash`; a later verification can be told to find it. */
  readonly head: string;
  /** All that is wrong; empty where nothing is. */
  readonly problems: readonly AuditProblem[];
}

/** How an audit is verified. */
export interface VerifyOptions {
  /** The audit's folder. */
  readonly folder: string;
  readonly host: Pick<Host, "listFiles" | "readText">;
  /** A head that an earlier verification gave. */
  readonly head?: string | undefined;
}

/** Looks at every link and every record of an audit. */
export async function verifyAudit(options: VerifyOptions): Promise<AuditVerdict> {
  const files = new Set(await options.host.listFiles(options.folder) ?? []);
  const { links, problems } = await readLinks(options, files);
  const latest = new Map(links.map((link) => [link.path, link]));
  problems.push(...brokenBetween(links));
  for (const link of latest.values()) {
    problems.push(...await problemsOf(link, { options, files }));
  }
  for (const path of files) {
    if (isRecord(path) && !latest.has(path)) problems.push({ path, message: INSERTED });
  }
  const last = links.at(-1);
  problems.push(...cutOff(links, options.head));
  return {
    links: links.length,
    records: [...latest.values()].filter(({ removed }) => !removed).length,
    head: `${last?.position ?? 0}:${last?.hash ?? NO_LINK}`,
    problems,
  };
}

const INSERTED = "This record is in no link: it was added by hand, or its engine died over it";

function isRecord(path: string): boolean {
  return path.startsWith("workflow=") && path.endsWith(".log");
}

/** Left by a process that died while it wrote. */
function isDraft(path: string): boolean {
  return /\/\.[^/]+\.tmp$/.test(path);
}

async function readLinks(
  { folder, host }: VerifyOptions,
  files: ReadonlySet<string>,
): Promise<{ readonly links: readonly Link[]; readonly problems: AuditProblem[] }> {
  const links: Link[] = [];
  const problems: AuditProblem[] = [];
  const paths = [...files].filter((path) => path.startsWith(`${CHAIN_FOLDER}/`) && !isDraft(path));
  for (const path of paths.sort()) {
    const link = parseLink(await host.readText(`${folder}/${path}`));
    if (link === undefined || linkPath(link.position) !== path) {
      problems.push({ path, message: "This link is not as it was written" });
    } else links.push(link);
  }
  return { links, problems };
}

/** Each link names the one before it. */
function* brokenBetween(links: readonly Link[]): Iterable<AuditProblem> {
  let before: Pick<Link, "position" | "hash"> = { position: 0, hash: NO_LINK };
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

/** Only the last link of a record can be held against it: earlier texts of it are gone. */
async function problemsOf(
  link: Link,
  { options: { folder, host }, files }: {
    readonly options: VerifyOptions;
    readonly files: ReadonlySet<string>;
  },
): Promise<readonly AuditProblem[]> {
  const { position, path, removed } = link;
  const problem = (message: string) => [{ position, path, message }];
  if (removed) {
    if (files.has(path)) return problem("This record was removed, and is there again");
    return hashOf({ path }, link.prev) === link.hash ? [] : problem("Its hash is wrong");
  }
  if (!files.has(path)) return problem("This record is gone");
  const content = contentOf(await host.readText(`${folder}/${path}`), link);
  if (content === undefined) return problem("This record is not as it was written");
  return hashOf({ path, content }, link.prev) === link.hash
    ? []
    : problem("This record was changed");
}

/** What of a record is hashed; `undefined` where the text is not exactly what was written for it. */
function contentOf(text: string, link: Link): JsonObject | undefined {
  try {
    const { prev: _prev, hash: _hash, ...content }: JsonObject = JSON.parse(text);
    return recordText(content, link) === text ? content : undefined;
  } catch {
    return undefined; // It is no JSON any more.
  }
}

/** Records that were cut off at the end leave a chain that is whole, but not the one that was known. */
function* cutOff(links: readonly Link[], head: string | undefined): Iterable<AuditProblem> {
  if (head === undefined || head === `0:${NO_LINK}`) return;
  const known = links.find(({ position, hash }) => `${position}:${hash}` === head);
  if (known !== undefined) return;
  const position = Number(head.split(":", 1)[0]);
  yield {
    position,
    path: linkPath(position),
    message:
      "The head of an earlier verification is not in the chain: its end was cut off or rewritten",
  };
}
