/**
 * What the documentation's checks need to know of a Markdown page.
 *
 * @module
 */

/** A fenced code block. */
export interface Block {
  /** The first word behind the fence: `"yaml"`. */
  readonly language: string;
  /** The words behind the language: `["run"]`, `["hello.yml"]`. */
  readonly marks: readonly string[];
  /** The text between the fences, without their indentation. */
  readonly text: string;
  /** The line of the opening fence, from 1. */
  readonly line: number;
}

/** A link to a file of this repo or to a heading. */
export interface Link {
  /** As written, without a title. */
  readonly target: string;
  /** Where, from 1. */
  readonly line: number;
}

/** A page. */
export interface Page {
  /** Its code blocks, in order. */
  readonly blocks: readonly Block[];
  /** Its links, less those that lead out of the repo. */
  readonly links: readonly Link[];
  /** What a link may name behind `#`. */
  readonly anchors: ReadonlySet<string>;
}

const FENCE = /^(\s*)(`{3,})\s*(.*)$/;

/** Reads a page. */
export function readPage(markdown: string): Page {
  const blocks: Block[] = [];
  const prose: string[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const [, indent = "", fence, info = ""] = FENCE.exec(lines[at] ?? "") ?? [];
    if (fence === undefined) {
      prose.push(lines[at] ?? "");
      continue;
    }
    const end = closingFence(lines, at + 1, fence);
    const [language = "", ...marks] = info.split(/\s+/);
    const inside = lines.slice(at + 1, end).map((line) => line.slice(leading(line, indent)));
    blocks.push({ language, marks, text: inside.join("\n"), line: at + 1 });
    // Line numbers of the prose stay those of the page.
    prose.push(...Array.from({ length: end - at + 1 }, () => ""));
    at = end;
  }
  return { blocks, links: linksOf(prose), anchors: anchorsOf(prose) };
}

function closingFence(lines: readonly string[], from: number, fence: string): number {
  const end = lines.findIndex((line, at) => at >= from && line.trim() === fence);
  return end < 0 ? lines.length : end;
}

function leading(line: string, indent: string): number {
  return line.startsWith(indent) ? indent.length : 0;
}

function linksOf(prose: readonly string[]): Link[] {
  return prose.flatMap((text, at) => {
    const withoutCode = text.replace(/`[^`]*`/g, "");
    return [...withoutCode.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
      .map(([, target = ""]) => ({ target, line: at + 1 }))
      .filter(({ target }) => !/^[a-z][a-z\d+.-]*:/i.test(target));
  });
}

/** Headings as code hosts name them: lower case, spaces to dashes, a number where one repeats. */
function anchorsOf(prose: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const line of prose) {
    const [, title] = /^#{1,6}\s+(.*?)\s*#*\s*$/.exec(line) ?? [];
    if (title === undefined) continue;
    const slug = title.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
    let name = slug;
    for (let n = 1; anchors.has(name); n++) name = `${slug}-${n}`;
    anchors.add(name);
  }
  return anchors;
}
