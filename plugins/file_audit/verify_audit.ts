/**
 * Finds whatever was done to an audit behind its back.
 *
 * Who can write all of its files can also write a whole new chain; so keep the
 * head that a verification gives somewhere else, and hand it to the next one.
 *
 * @module
 */
import type { Host } from "../../core/plugin/ports.ts";
import type { AuditProblem, AuditVerdict } from "../../core/plugin/sink.ts";
import { brokenBetween, cutOff, hashOf, headOf, type Link } from "../audit_chain/link.ts";
import { CHAIN_FOLDER, linkPath, parseLink, parseRecord } from "./audit_chain.ts";

/** How an audit is verified. */
export interface VerifyOptions {
  /** The audit's folder. */
  readonly folder: string;
  readonly host: Pick<Host, "listFiles" | "readText">;
  /** Heads that are known from elsewhere. @default none */
  readonly heads?: readonly string[];
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
  problems.push(...cutOff(links, options.heads ?? []));
  return {
    links: links.length,
    records: [...latest.values()].filter(({ removed }) => !removed).length,
    head: headOf(links.at(-1)),
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
  const record = parseRecord(await host.readText(`${folder}/${path}`));
  if (record?.hash !== link.hash || record.prev !== link.prev) {
    return problem("This record is not as it was written");
  }
  return hashOf({ path, content: record.content }, link.prev) === link.hash
    ? []
    : problem("This record was changed");
}
