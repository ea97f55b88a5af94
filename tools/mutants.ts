/**
 * Small mistakes that a person might make in a module, made by script: an
 * operator turned round, a bound moved by one, a condition or a line left out.
 *
 * Works on lines, not on a syntax tree: the style of this repo puts one thought
 * on a line, and a mutant that does not even parse would count as killed without
 * having shown anything, so the patterns take only what surely parses.
 *
 * @module
 */

/** One mistake. */
export interface Mutant {
  /** The line, from 1. */
  readonly line: number;
  /** What was done to it. */
  readonly change: string;
  /** The whole module with the mistake in it. */
  readonly text: string;
}

/** All mistakes that the patterns make in the text of a module. */
export function mutantsOf(text: string): Mutant[] {
  const lines = text.split("\n");
  const isCode = codeLines(lines);
  return lines.flatMap((line, index) => {
    if (!isCode[index]) return [];
    return [...operatorsTurned(line), ...partsDropped(line)].map(({ change, replaced }) => ({
      line: index + 1,
      change,
      text: lines.with(index, replaced).join("\n"),
    }));
  });
}

interface Replacement {
  readonly change: string;
  readonly replaced: string;
}

/** What stands for what; blanks keep `=>`, generics and unary signs out. */
const OPERATORS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/ === /g, " !== "],
  [/ !== /g, " === "],
  [/ < /g, " <= "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/(?<=[\w)]) \+ (?=[\w(])/g, " - "],
  [/(?<=[\w)]) - (?=[\w(])/g, " + "],
  [/(?<=[( ])!(?=[a-z(])/g, ""],
  [/\.every\(/g, ".some("],
  [/\.some\(/g, ".every("],
  [/\bMath\.max\(/g, "Math.min("],
  [/\bMath\.min\(/g, "Math.max("],
  [/(?<=[ (])true\b(?! as)/g, "false"],
  [/(?<=[ (])false\b/g, "true"],
  [/\+\+/g, "--"],
];

function* operatorsTurned(line: string): Iterable<Replacement> {
  for (const [pattern, replacement] of OPERATORS) {
    for (const match of line.matchAll(pattern)) {
      const end = match.index + match[0].length;
      yield {
        change: `${match[0].trim()} becomes ${replacement.trim() || "nothing"}`,
        replaced: line.slice(0, match.index) + replacement + line.slice(end),
      };
    }
  }
}

/** `if (…) return …;` and the like: the straight path is taken all the same. */
const EARLY_END = /^\s+if \(.+\) (?:return|continue|break|yield)\b.*;$/;
/** A call or an assignment that stands alone. */
const STATEMENT = /^\s+(?:if \(.+\) )?[a-z][\w.]*(?:\(.*\)| \S?= .+|\+\+);$/;
const BARE_STATEMENT = /^\s+(?!return\b|throw\b)[a-z][\w.?]*(?:\(.*\)| [+?-]{0,2}= [^=].*|\+\+);$/;

function* partsDropped(line: string): Iterable<Replacement> {
  if (EARLY_END.test(line) || BARE_STATEMENT.test(line) || guarded(line)) {
    yield { change: "left out", replaced: "" };
  }
}

/** `if (…) act();` */
function guarded(line: string): boolean {
  return STATEMENT.test(line) && /^\s+if \(/.test(line) && !line.includes(" throw ");
}

/** Which lines do something: no comments, no types, no imports, and nothing that only guards against ourselves. */
function codeLines(lines: readonly string[]): readonly boolean[] {
  let declaresType = false;
  return lines.map((line) => {
    if (/^(?:export )?(?:interface|type) /.test(line)) declaresType = true;
    const isCode = !declaresType && !NO_CODE.test(line);
    if (/^\}|;$/.test(line) && !/^\s+/.test(line) || /^ {2}\| .*;$/.test(line)) {
      declaresType = false;
    }
    return isCode;
  });
}

const NO_CODE = /^\s*(?:\/?\*|\/\/)|^import |^export \{|^\} from |Internal error|^\s+readonly /;
