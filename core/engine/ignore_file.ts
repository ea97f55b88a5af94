/**
 * Which files an ignore file leaves out, with the meaning that `.gitignore`
 * has (REFERENCE C-011; not its substring matching, W-48).
 *
 * @module
 */

/** The most patterns that are read of an ignore file. */
export const MAX_IGNORE_PATTERNS = 1_000;

/** The longest pattern. */
export const MAX_IGNORE_PATTERN_CHARS = 500;

/** Whether a file is left out; its path is relative to the ignore file's folder, with `/`. */
export type Ignores = (path: string) => boolean;

/**
 * Reads an ignore file: one pattern a line. A pattern with a slash before its
 * end counts from the folder of the ignore file, any other at every depth; a
 * slash at its end means folders; `**` means any folders; `!` takes back what
 * an earlier line left out, but nothing within a folder that is left out. The
 * ignore file itself is always left out.
 *
 * @example
 * ```ts
 * import { parseIgnoreFile } from "./ignore_file.ts";
 * import { equal } from "node:assert/strict";
 *
 * const ignores = parseIgnoreFile("drafts/\n*_old.yml\n!keep_old.yml");
 * equal(ignores("drafts/etl.yml"), true);
 * equal(ignores("jobs/keep_old.yml"), false);
 * ```
 */
export function parseIgnoreFile(text: string): Ignores {
  const patterns = text.split(/\r?\n/).flatMap((line) => patternIn(line) ?? [])
    .slice(0, MAX_IGNORE_PATTERNS);
  return (path) => {
    const parts = path.split("/");
    return parts.some((_, at) =>
      isLeftOut(parts.slice(0, at + 1), at < parts.length - 1, patterns)
    );
  };
}

interface IgnorePattern {
  readonly parts: readonly string[];
  readonly negated: boolean;
  readonly foldersOnly: boolean;
}

function patternIn(line: string): IgnorePattern | undefined {
  if (line.startsWith("#") || line.length > MAX_IGNORE_PATTERN_CHARS) return undefined;
  const negated = line.startsWith("!");
  // Spaces at the end do not count unless the last is escaped.
  const text = line.slice(negated ? 1 : 0).replace(/(?<!\\)\s+$/, "");
  const foldersOnly = text.endsWith("/");
  const path = text.replace(/\/+$/, "");
  if (path === "") return undefined;

  const anchored = path.includes("/");
  const parts = path.replace(/^\//, "").split("/");
  return { parts: anchored ? parts : ["**", ...parts], negated, foldersOnly };
}

// The last pattern that fits decides.
function isLeftOut(
  parts: readonly string[],
  isFolder: boolean,
  patterns: readonly IgnorePattern[],
): boolean {
  const last = patterns.findLast((pattern) =>
    (isFolder || !pattern.foldersOnly) && fits(parts, pattern.parts)
  );
  return last !== undefined && !last.negated;
}

/** Whether path parts fit pattern parts, in time that grows with the product of their counts. */
function fits(parts: readonly string[], pattern: readonly string[]): boolean {
  // reached[i]: the pattern so far fits the first i parts.
  let reached = parts.map(() => false);
  reached = [true, ...reached];
  for (const [at, wanted] of pattern.entries()) {
    const next = reached.map(() => false);
    if (wanted === "**") {
      const first = reached.indexOf(true);
      // At the end it stands for what is inside, so for one part at least.
      const from = first < 0 ? next.length : first + (at === pattern.length - 1 ? 1 : 0);
      next.fill(true, from);
    } else {
      for (const [i, part] of parts.entries()) {
        next[i + 1] = reached[i] === true && partFits(part, wanted);
      }
    }
    reached = next;
  }
  return reached.at(-1) === true;
}

/** Whether one name fits one pattern with `*`, `?`, `[a-z]` and `\`. */
function partFits(name: string, pattern: string): boolean {
  const wanted = tokensOf(pattern);
  let [at, token] = [0, 0];
  let star: { readonly token: number; at: number } | undefined;
  while (at < name.length) {
    const test = wanted[token];
    if (test === "star") {
      star = { token, at };
      token++;
    } else if (test?.(name[at] ?? "")) {
      at++;
      token++;
    } else if (star !== undefined) {
      // The last star takes one character more; earlier ones never need to.
      token = star.token + 1;
      at = ++star.at;
    } else {
      return false;
    }
  }
  return wanted.slice(token).every((test) => test === "star");
}

type Token = "star" | ((char: string) => boolean);

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    const end = char === "[" ? pattern.indexOf("]", at + 2) : -1;
    if (char === "*") tokens.push("star");
    else if (char === "?") tokens.push(() => true);
    else if (end > 0) {
      tokens.push(classOf(pattern.slice(at + 1, end)));
      at = end;
    } else {
      const literal = char === "\\" ? pattern[++at] : char;
      tokens.push((found) => found === literal);
    }
  }
  return tokens;
}

function classOf(text: string): (char: string) => boolean {
  const negated = /^[!^]/.test(text);
  const ranges = [...text.slice(negated ? 1 : 0).matchAll(/(.)-(.)|(.)/gs)];
  return (char) =>
    ranges.some(([, from, to, single]) =>
      single === undefined ? char >= (from ?? "") && char <= (to ?? "") : char === single
    ) !== negated;
}
