/**
 * `${NAME}` in the author's own text.
 *
 * @module
 */
import { MAX_TEXT_CHARS, tooLong } from "./text.ts";

/**
 * Replaces `${NAME}` by the value, and `${NAME:default}` by the default where
 * there is none; `null` where there is neither (REFERENCE C-358). An empty
 * value counts as none. `$${NAME}` stands for a literal `${NAME}`. Nothing
 * else is touched: `$NAME`, `$(…)`, `$$` and `${1}` stay.
 *
 * @example
 * ```ts
 * import { substituteEnv } from "./env_text.ts";
 *
 * const env = (name: string) => name === "HOME" ? "/root" : undefined;
 * console.assert(substituteEnv("${HOME}/${SUB:data}", env) === "/root/data");
 * ```
 */
export function substituteEnv(text: string, env: (name: string) => string | undefined): string {
  if (!text.includes("${")) return text;
  const pieces: string[] = [];
  let [from, chars] = [0, 0];
  for (const { start, end, insertion } of placesIn(text, env)) {
    const piece = text.slice(from, start) + insertion;
    if ((chars += piece.length) > MAX_TEXT_CHARS) throw tooLong();
    pieces.push(piece);
    from = end;
  }
  pieces.push(text.slice(from));
  return pieces.join("");
}

interface Substitution {
  readonly start: number;
  readonly end: number;
  readonly insertion: string;
}

const BEGINNING = /\$\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*(?=[:}])/y;

/** Linear: the closing brace is looked for once for all beginnings that stand before it. */
function* placesIn(
  text: string,
  env: (name: string) => string | undefined,
): Generator<Substitution> {
  let close = -1;
  for (let start = text.indexOf("${"); start >= 0; start = text.indexOf("${", start)) {
    BEGINNING.lastIndex = start;
    const match = BEGINNING.exec(text);
    const behindName = start + (match?.[0].length ?? 2);
    if (close < behindName) close = text.indexOf("}", behindName);
    if (close < 0) return;
    const end = match === null ? behindName : close + 1;
    const isEscaped = match !== null && text[start - 1] === "$";
    if (isEscaped) yield { start: start - 1, end, insertion: text.slice(start, end) };
    else if (match !== null) {
      const fallback = text.slice(behindName + 1, close).trim();
      yield { start, end, insertion: env(match[1] ?? "") || fallback || "null" };
    }
    start = end;
  }
}
