/**
 * Files of lines `NAME=value`, as many tools know them under the name `.env`.
 *
 * @module
 */

const ENTRY =
  /[ \t]*(?:(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*(?:'([^']*)'|"((?:[^"\\]|\\[^])*)"|([^\r\n'"#](?:[^\r\n#]|(?<=\S)#)*)?)[ \t]*)?(?:#[^\r\n]*)?(?:\r?\n|$)/y;

/**
 * The entries of such a file. A value stands as it is, in single quotes, or in
 * double quotes with `\n`, `\t`, `\"`, `\\` and `\$`; in quotes it may have
 * several lines. Nothing in it is replaced by anything else.
 *
 * @throws {Error} naming the line that cannot be read, and nothing that stands in it.
 * @example
 * ```ts
 * import { parseDotenv } from "./dotenv.ts";
 * import { equal } from "node:assert/strict";
 *
 * const entries = parseDotenv("TOKEN=s3cr3t # of the bot\nexport KEY='a b'\n", ".env");
 * equal(entries.get("TOKEN"), "s3cr3t");
 * equal(entries.get("KEY"), "a b");
 * ```
 */
export function parseDotenv(text: string, file: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  const entry = new RegExp(ENTRY);
  while (entry.lastIndex < text.length) {
    const start = entry.lastIndex;
    const found = entry.exec(text);
    if (found === null) throw unreadable(file, text.slice(0, start).split("\n").length);
    const [, name, single, double, plain] = found;
    if (name === undefined) continue;
    entries.set(name, single ?? unescaped(double) ?? plain?.trimEnd() ?? "");
  }
  return entries;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescaped(quoted: string | undefined): string | undefined {
  return quoted?.replaceAll(/\\([^])/g, (_, char: string) => ESCAPES[char] ?? char);
}

function unreadable(file: string, line: number): Error {
  return new Error(
    `${file}:${line} cannot be read: a line is NAME=value, with the value in quotes where it has spaces at its ends, quotes or a #`,
  );
}
