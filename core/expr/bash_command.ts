/**
 * What a command of bash makes of its words: almost all take them as text, a
 * few evaluate them. A value that is evaluated is code, so what stands in such
 * a word is marked, and refused later unless it is harmless.
 *
 * @module
 */
import type { EmbedSource } from "./embed_source.ts";

/** A word of a command. */
export interface Word {
  /** Its literal characters, quotes removed; {@linkcode EXPANSION} and {@linkcode CARRIED} for what is not known. */
  shape: string;
  /** Whether any part of it is quoted. */
  quoted: boolean;
  /** The first hole in it, by number of placement. */
  readonly from: number;
  /** The first hole behind its first `=`; `undefined` when it has none. */
  valueFrom: number | undefined;
  /** The first hole behind it. */
  to: number;
}

/** Stands for an expansion in the shape of a word. */
export const EXPANSION = "\ue000";

/** Stands for a hole in the shape of a word. */
export const CARRIED = "\ue001";

/** What the reader has to read next. */
export type NextStep = "word" | "conditional";

const KEYWORDS: ReadonlySet<string> = new Set([
  "if",
  "then",
  "elif",
  "else",
  "fi",
  "while",
  "until",
  "do",
  "done",
  "time",
  "coproc",
  "!",
  "{",
  "}",
]);

/** They run the rest of the command. */
const PREFIXES: ReadonlySet<string> = new Set(["builtin", "command"]);

/** They set variables by names that they read from their words. */
const DECLARATIONS: ReadonlySet<string> = new Set([
  "declare",
  "typeset",
  "local",
  "export",
  "readonly",
]);

/** They take names of variables, and evaluate a subscript behind one. */
const NAMING: ReadonlySet<string> = new Set(["unset", "mapfile", "readarray", "getopts"]);

/** The options of `read` whose next word is no name. */
const READ_TEXT_OPTION = /^-\w*[dinNptu]$/;

const ASSIGNMENT = /^([A-Za-z_]\w*)(?:\[.*\])?\+?=/s;
const COMPUTED_ASSIGNMENT = /^[\w\ue000\ue001]*\ue001[\w\ue000\ue001]*\+?=/;
const OPTION = /^[-+]\w/;

/** Where a `case` is: before its subject, its `in`, in a pattern, or in the commands of one. */
type CasePart = "subject" | "in" | "pattern" | "body";

/** A list of commands, word by word. */
export class CommandList {
  readonly #source: EmbedSource;
  readonly #integers: ReadonlySet<string>;
  readonly #cases: CasePart[] = [];
  #command: SimpleCommand;

  /** @param integers Variables that the script declares as integers: assigning to one evaluates. */
  constructor(source: EmbedSource, integers: ReadonlySet<string>) {
    this.#source = source;
    this.#integers = integers;
    this.#command = new SimpleCommand(source, integers);
  }

  /** Whether a word now is a pattern of a `case`. */
  get expectsPattern(): boolean {
    return this.#cases.at(-1) === "pattern";
  }

  /** Whether a word now is the name of a command, or sets a variable before it. */
  get beginsCommand(): boolean {
    return this.#command.begins && !this.expectsPattern;
  }

  /** Takes the next word. */
  take(word: Word): NextStep {
    if (this.#takeOfCase(word)) return "word";
    if (this.#command.begins && isPlain(word, "case")) {
      this.#cases.push("subject");
      return "word";
    }
    return this.#command.take(word);
  }

  /** A command ends here; `;;` and its like end the commands of a pattern, too. */
  separate(operator: string): void {
    if (this.expectsPattern) return;
    if (operator.startsWith(";;") || operator === ";&") this.#enter("pattern");
    this.#command = new SimpleCommand(this.#source, this.#integers);
  }

  /** Takes a `)`; says whether it ended a pattern. */
  endPattern(): boolean {
    if (!this.expectsPattern) return false;
    this.#enter("body");
    return true;
  }

  #takeOfCase(word: Word): boolean {
    const part = this.#cases.at(-1);
    if (part === "subject") this.#enter("in");
    else if (part === "in" && word.shape === "in") this.#enter("pattern");
    else if (part === "pattern" || (part === "body" && this.#command.begins)) {
      if (isPlain(word, "esac")) this.#cases.pop();
      else return part === "pattern";
    } else return false;
    return true;
  }

  #enter(part: CasePart): void {
    if (this.#cases.length > 0) this.#cases[this.#cases.length - 1] = part;
  }
}

function isPlain(word: Word, text: string): boolean {
  return !word.quoted && word.shape === text;
}

/** One simple command, word by word. */
class SimpleCommand {
  readonly #source: EmbedSource;
  readonly #integers: ReadonlySet<string>;
  #name: string | undefined;
  #before = "";
  #declares: "text" | "numeric" | "name" = "text";

  constructor(source: EmbedSource, integers: ReadonlySet<string>) {
    this.#source = source;
    this.#integers = integers;
  }

  take(word: Word): NextStep {
    const before = this.#before;
    this.#before = word.shape;
    if (this.#name === undefined) return this.#takeFirst(word);
    this.#takeArgument(this.#name, word, before);
    return "word";
  }

  get begins(): boolean {
    return this.#name === undefined;
  }

  #takeFirst(word: Word): NextStep {
    if (isPlain(word, "[[")) return "conditional";
    const variable = ASSIGNMENT.exec(word.shape)?.[1];
    if (variable !== undefined) {
      if (this.#integers.has(variable)) this.#source.narrow(word, "numeric");
    } else if (!isBeforeName(word)) this.#name = word.shape;
    return "word";
  }

  #takeArgument(name: string, word: Word, before: string): void {
    if (name === "function" && isPlain(word, "{")) this.#name = undefined;
    else if (name === "let") this.#source.narrow(word, "numeric");
    else if (DECLARATIONS.has(name)) this.#takeDeclared(word);
    else if (this.#isName(name, word, before)) this.#source.narrow(word, "name");
    else if (name === "for" && this.#integers.has(before)) this.#declares = "numeric";
    if (name === "for" && this.#declares === "numeric") this.#source.narrow(word, "numeric");
  }

  #isName(name: string, word: Word, before: string): boolean {
    if (NAMING.has(name)) return true;
    if (name === "test" || name === "[") return before === "-v" || before === "-R";
    if (name === "printf") return before === "-v";
    if (name === "wait") return before.endsWith("p");
    return name === "read" && !READ_TEXT_OPTION.test(before) && !OPTION.test(word.shape);
  }

  /** `-i` evaluates the value, `-a`, `-A` and `-n` may; a subscript in the name is evaluated always. */
  #takeDeclared(word: Word): void {
    if (OPTION.test(word.shape)) {
      if (word.shape.includes("i")) this.#declares = "numeric";
      else if (/[aAn]/.test(word.shape) && this.#declares === "text") this.#declares = "name";
      return;
    }
    const { from, to, valueFrom = to } = word;
    this.#source.narrow({ from, to: valueFrom }, "name");
    const variable = ASSIGNMENT.exec(word.shape)?.[1] ?? "";
    const declares = this.#integers.has(variable) ? "numeric" : this.#declares;
    if (declares !== "text") this.#source.narrow({ from: valueFrom, to }, declares);
  }
}

/** Keywords, and what runs the rest of the command, with its options. */
function isBeforeName(word: Word): boolean {
  if (PREFIXES.has(word.shape) || word.shape.startsWith("-")) return true;
  return !word.quoted && KEYWORDS.has(word.shape);
}

/** Whether a word would set a variable whose name holds a hole: bash takes it for a command instead. */
export function namesByHole(word: Word): boolean {
  return COMPUTED_ASSIGNMENT.test(word.shape);
}

const ARITHMETIC_TESTS: ReadonlySet<string> = new Set(["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]);

/** The words of one `[[ … ]]`. */
export class Conditional {
  readonly #source: EmbedSource;
  #before: Word | undefined;

  /** @param source The script that holds it. */
  constructor(source: EmbedSource) {
    this.#source = source;
  }

  /** Takes the next word; says whether it is the last. */
  take(word: Word): boolean {
    const before = this.#before;
    this.#before = word;
    if (!word.quoted && word.shape === "]]") return true;
    if (!word.quoted && ARITHMETIC_TESTS.has(word.shape) && before !== undefined) {
      this.#source.narrow(before, "numeric");
    } else if (before !== undefined && ARITHMETIC_TESTS.has(before.shape)) {
      this.#source.narrow(word, "numeric");
    } else if (before?.shape === "-v" || before?.shape === "-R") this.#source.narrow(word, "name");
    return false;
  }
}

const INTEGER_DECLARATION =
  /\b(?:declare|typeset|local|export|readonly)[ \t]+((?:[-+][A-Za-z]+[ \t]+)+)(?=([^\n;&|]*))/g;

/** The variables that a script declares as integers, anywhere in it. */
export function integersOf(script: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, options = "", words = ""] of script.matchAll(INTEGER_DECLARATION)) {
    if (!/-[A-Za-z]*i/.test(options)) continue;
    for (const [name] of words.matchAll(/(?<![\w=])[A-Za-z_]\w*/g)) names.add(name);
  }
  return names;
}
