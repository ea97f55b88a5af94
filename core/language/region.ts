/**
 * The part of a text around a cursor that means the same by itself: one job, or
 * one section of a workflow. Where little was typed, only that is looked at
 * anew, however long the rest of the file is.
 *
 * @module
 */

/** A part of a text, written so that it can be read alone. */
export interface Region {
  /** The lines around it and the part itself. */
  readonly text: string;
  /** Where the part begins in the whole text. */
  readonly start: number;
  /** Where it ends there. */
  readonly end: number;
  /** How much longer the lines before the part are in the whole text; offsets in the part are less by that. */
  readonly shift: number;
  /** The section of the workflow: `jobs`, `params`. */
  readonly section: string;
  /** The job, where it is one. */
  readonly job?: string;
}

/** The lines that are looked at to find out what a cursor stands in. */
const MAX_LINES_ABOVE = 20_000;

const SECTIONS: ReadonlySet<string> = new Set(["jobs", "params", "on"]);

/** What stands for more than is written there, so that it cannot be read alone. */
const SHARED = /(?:^|[\s[{,:-])(?:[*&][\w-]|<<\s*:)/;

/** The part around an offset; `undefined` where none is plainly to be told from the rest. */
export function regionAround(text: string, offset: number): Region | undefined {
  const lines = linesAround(text, offset);
  const [top, ...inner] = lines ?? [];
  if (top === undefined) return undefined;
  const chain = SECTIONS.has(top.key) ? [top, ...inner] : inner;
  const [section, part] = chain;
  if (section === undefined || !SECTIONS.has(section.key)) return undefined;
  const owner = section === top ? undefined : top;
  if (section.key !== "jobs") return regionOf(text, { owner, section, part: section });
  return part === undefined ? undefined : regionOf(text, { owner, section, part });
}

/** Whether two texts are alike before and behind a region of the second one. */
export function differOnlyIn(before: string, after: string, { start, end }: Region): boolean {
  const tail = after.length - end;
  return before.length >= start + tail && before.startsWith(after.slice(0, start)) &&
    before.endsWith(after.slice(end));
}

/** A line with a key and nothing behind it, which holds what is indented more. */
interface Holder {
  readonly key: string;
  readonly indent: number;
  readonly start: number;
}

const HOLDER = /^(?<indent> *)(?<key>[\p{L}_][\p{L}\p{M}\p{N}_.-]*):[ \t]*(?:#.*)?\r?$/u;

/** The lines that hold an offset, the outermost first; `undefined` where the outermost ones are not plain. */
function linesAround(text: string, offset: number): readonly Holder[] | undefined {
  const holders: Holder[] = [];
  const own = text.lastIndexOf("\n", offset - 1) + 1;
  let limit = indentOf(text, own) ?? offset - own;
  let start = own;
  for (let lines = 0; limit > 0; lines++) {
    if (start === 0 || lines === MAX_LINES_ABOVE) return undefined;
    start = text.lastIndexOf("\n", start - 2) + 1;
    const indent = indentOf(text, start);
    if (indent === undefined || indent >= limit) continue;
    limit = indent;
    holders.unshift(holderAt(text, start) ?? { key: "", indent, start });
  }
  return holders;
}

/** By how much a line is indented; `undefined` for one that is empty or a comment. */
function indentOf(text: string, start: number): number | undefined {
  let at = start;
  while (text[at] === " ") at++;
  const next = text[at];
  return next === undefined || next === "\n" || next === "\r" || next === "#"
    ? undefined
    : at - start;
}

function holderAt(text: string, start: number): Holder | undefined {
  const end = text.indexOf("\n", start);
  const { indent, key } = HOLDER.exec(text.slice(start, end < 0 ? undefined : end))?.groups ?? {};
  return key === undefined || indent === undefined
    ? undefined
    : { key, indent: indent.length, start };
}

interface Parts {
  readonly owner: Holder | undefined;
  readonly section: Holder;
  readonly part: Holder;
}

function regionOf(text: string, { owner, section, part }: Parts): Region | undefined {
  if (part.key === "") return undefined;
  const end = endOf(text, part);
  const own = text.slice(part.start, end);
  if (SHARED.test(own)) return undefined;
  const pad = " ".repeat(section.indent);
  const head = [
    ...(owner === undefined ? ["name: part"] : [`${owner.key}:`, `${pad}type: Workflow`]),
    ...(part === section ? [] : [`${pad}${section.key}:`]),
  ].map((line) => `${line}\n`).join("");
  return {
    text: head + own,
    ...{ start: part.start, end, shift: part.start - head.length },
    section: section.key,
    ...(part !== section && { job: part.key }),
  };
}

/** Where the next line begins that is not indented more; comments and empty lines before it belong to neither. */
function endOf(text: string, { indent, start }: Holder): number {
  let at = text.indexOf("\n", start) + 1;
  while (at > 0 && at < text.length) {
    const own = indentOf(text, at);
    if (own !== undefined && own <= indent) return at;
    at = text.indexOf("\n", at) + 1;
  }
  return text.length;
}
