/**
 * The variables of a bash script whose content bash evaluates: what is assigned
 * to an integer is arithmetic, and arithmetic runs commands.
 *
 * This reads the text of a script without its grammar, and rather takes a
 * variable too many than one too few.
 *
 * @module
 */

/** Variables by what assigning to them evaluates. */
export interface BashVariables {
  /** Bash's own integers and those of the script. */
  readonly integers: ReadonlySet<string>;
  /** Whether the script declares any integer of its own. */
  readonly declaresIntegers: boolean;
  /** What a declaration may take for an array, and its value for a list of elements. */
  readonly arrays: ReadonlySet<string>;
  /** They stand for other variables. */
  readonly references: ReadonlySet<string>;
}

/** Bash evaluates what is assigned to them, as it does for `declare -i`, in some version or another. */
const INTEGERS: readonly string[] = [
  "BASHPID",
  "EPOCHSECONDS",
  "EUID",
  "HISTCMD",
  "LINENO",
  "MAILCHECK",
  "OPTIND",
  "PPID",
  "RANDOM",
  "SECONDS",
  "SRANDOM",
  "UID",
];

/** Bash expands what they hold when it uses it, commands included. */
const EXPANDED: readonly string[] = ["BASH_ENV", "PS4"];

/** A name that a value may give: letters, digits and `_`, and none whose content is evaluated. */
export const HARMLESS_NAME: RegExp = new RegExp(
  `^(?!(?:${INTEGERS.join("|")}|PS4|BASH_\\w*)$)\\w+$`,
);

/** How much of one declaration is read. */
const LONGEST_DECLARATION = 1_000;

const DECLARATION =
  /(?:declare|typeset|local|export|readonly|mapfile|readarray)\b["']?(?=[ \t\\])/g;
const ELEMENT = /(?<!\w)([A-Za-z_]\w*)(?:\+?=\(|\[)/g;
const READ_ARRAY = /\bread[ \t]+(?:-\S+[ \t]+){0,20}-\w*a[ \t]*["']?([A-Za-z_]\w*)/g;
const DECLARED_NAME = /^[A-Za-z_]\w*(?=$|[=+[])/;
const COMPUTED_OPTION = /^-.*[$`]/;
const DECLARES_TYPES = /^(?:declare|typeset|local)/;

/** What a script declares, anywhere in it. */
export function variablesOf(script: string): BashVariables {
  const integers = new Set<string>();
  const references = new Set<string>();
  const arrays = new Set<string>();
  for (const [, name = ""] of script.matchAll(ELEMENT)) arrays.add(name);
  for (const [, name = ""] of script.matchAll(READ_ARRAY)) arrays.add(name);
  for (const { 0: command, index } of script.matchAll(DECLARATION)) {
    const words = wordsFrom(script, index + command.length);
    const names = words.flatMap((word) => DECLARED_NAME.exec(word)?.[0] ?? []);
    const isDeclaredAs = (kind: RegExp) => words.some((word) => kind.test(word));
    if (isDeclaredAs(/^-[A-Za-z]*i/) || isUnreadable(command, words)) add(integers, names);
    if (isDeclaredAs(/^-[A-Za-z]*n/)) add(references, names);
    if (isDeclaredAs(/^-[A-Za-z]*[aA]/) || /^(?:map|reada)/.test(command)) add(arrays, names);
  }
  const declaresIntegers = integers.size > 0;
  return { integers: new Set([...INTEGERS, ...integers]), declaresIntegers, arrays, references };
}

function add(names: Set<string>, more: readonly string[]): void {
  for (const name of more) names.add(name);
}

/** An option that is computed may be `-i`, where a name stands behind it. */
function isUnreadable(command: string, [first = "", second]: readonly string[]): boolean {
  if (second === undefined) return false;
  return COMPUTED_OPTION.test(first) || (first.startsWith("$") && DECLARES_TYPES.test(command));
}

/** Whether assigning to a variable evaluates, and so what may be assigned. */
export function assignedPlace(
  variables: BashVariables,
  name: string,
): "numeric" | "name" | undefined {
  if (variables.integers.has(name)) return "numeric";
  if (EXPANDED.includes(name)) return "name";
  if (!variables.references.has(name)) return undefined;
  return variables.declaresIntegers ? "numeric" : "name";
}

/** The words of a command up to its end, their quotes removed. */
function wordsFrom(script: string, start: number): readonly string[] {
  const end = Math.min(script.length, start + LONGEST_DECLARATION);
  let [quote, depth, text] = ["", 0, ""];
  for (let at = start; at < end; at++) {
    const char = script.charAt(at);
    if (char === "\\" && quote !== "'") text += script.charAt(++at);
    else if (quote !== "") {
      if (char === quote) quote = "";
      else text += char;
    } else if (char === "'" || char === '"') quote = char;
    else if (depth === 0 && "\n;&|)}".includes(char)) break;
    else {
      if ("({".includes(char)) depth++;
      if (")}".includes(char)) depth--;
      text += char;
    }
  }
  return text.split(/\s+/).filter((word) => word !== "");
}
