/**
 * What a command of bash makes of its words: almost all take them as text, a
 * few evaluate them. A value that is evaluated is code, so what stands in such
 * a word is marked, and refused later unless it is harmless.
 *
 * @module
 */
import { assignedPlace, type BashVariables } from "./bash_variables.ts";
import type { EmbedSource } from "./embed_source.ts";

/** A word of a command. */
export interface Word {
  /** Its literal characters, quotes removed; {@linkcode EXPANSION} and {@linkcode CARRIED} for what is not known. */
  shape: string;
  /** Whether any part of it is quoted. */
  quoted: boolean;
  /** The first hole in it, by number of placement. */
  readonly from: number;
  /** Offset where it starts in the script as written. */
  readonly start: number;
  /** The first hole behind its first `[`, where no `=` comes before; `undefined` when it has none. */
  subscriptFrom: number | undefined;
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

/** They take names of variables, and evaluate a subscript behind one, or have options that evaluate. */
const NAMING: ReadonlySet<string> = new Set([
  ...["unset", "mapfile", "readarray", "getopts", "wait", "compgen", "complete"],
  // What these are told is a script.
  ...["eval", "trap", "alias"],
]);

/** They assign what they read to the variables that they name, or to one of their own. */
const READING: ReadonlyMap<string, string> = new Map([
  ["read", "REPLY"],
  ["select", "REPLY"],
  ["mapfile", "MAPFILE"],
  ["readarray", "MAPFILE"],
  ["getopts", "OPTARG"],
]);

/** Options with an argument, of commands whose other words are text: the one that names a variable, and the rest. */
const OPTIONS: ReadonlyMap<string, { readonly names: string; readonly texts: string }> = new Map([
  ["printf", { names: "v", texts: "" }],
  ["read", { names: "a", texts: "dinNptu" }],
]);

/** Programs that take code, and the option behind which it stands. */
const INTERPRETERS: readonly (readonly [program: RegExp, option: RegExp])[] = [
  [/^(?:ba|da|a|k|mk|z|fi)?sh$/, /^[-+]\w*c$/],
  [/^su$/, /^(?:-\w*c|--command)$/],
  [/^(?:python|pypy)[\d.]*$/, /^-\w*c/],
  [/^(?:node|nodejs|bun|deno)$/, /^(?:-[a-z]*[ep]|--eval|--print|eval)$|^--(?:eval|print)=/],
  [/^(?:perl|ruby)[\d.]*$/, /^-\w*[eE]/],
  [/^(?:lua|luajit)[\d.]*$/, /^-e/],
  [/^php[\d.]*$/, /^-r/],
];

/** What an interpreter is given to run; its other words could belong to options: `-o pipefail`. */
const FILE = /^[^+\-].*[./]|^[\ue000\ue001]/s;

const ASSIGNMENT = /^([A-Za-z_]\w*)(?:\[.*\])?\+?=/s;
const COMPUTED_ASSIGNMENT = /^[\w\ue000\ue001]*\ue001[\w\ue000\ue001]*\+?=/;
const OPTION = /^[-+]\w/;
const COMPUTED = /[\ue000\ue001]/;
const COMPUTED_OPTION = /^[-+].*[\ue000\ue001]|^\ue000$/;

/** Where a `case` is: before its subject, its `in`, in a pattern, or in the commands of one. */
type CasePart = "subject" | "in" | "pattern" | "body";

/** A list of commands, word by word. */
export class CommandList {
  readonly #source: EmbedSource;
  readonly #variables: BashVariables;
  readonly #cases: CasePart[] = [];
  #command: SimpleCommand;

  /** @param variables Those to which assigning evaluates. */
  constructor(source: EmbedSource, variables: BashVariables) {
    this.#source = source;
    this.#variables = variables;
    this.#command = new SimpleCommand(source, variables);
  }

  /** Whether a word now is a pattern of a `case`. */
  get expectsPattern(): boolean {
    return this.#cases.at(-1) === "pattern";
  }

  /** Whether a word now is the name of a command, or sets a variable before it. */
  get beginsCommand(): boolean {
    return this.#command.begins && !this.expectsPattern;
  }

  /** Whether what the command reads is code: it is an interpreter that was given no file. */
  get readsCode(): boolean {
    return this.#command.readsCode;
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
    this.#command = new SimpleCommand(this.#source, this.#variables);
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
  readonly #variables: BashVariables;
  #name: string | undefined;
  #before: Word | undefined;
  #declares: "text" | "numeric" | "name" = "text";
  /** Where its options are: an argument of one is due, or they are over. */
  #options: "begun" | "name" | "text" | "over" = "begun";
  /** What may be assigned to the variable that it sets from its words. */
  #assigns: "numeric" | "name" | undefined;
  /** The option behind which an interpreter takes code, from its name on until it was given code or a file. */
  #codeOption: RegExp | undefined;

  constructor(source: EmbedSource, variables: BashVariables) {
    this.#source = source;
    this.#variables = variables;
  }

  take(word: Word): NextStep {
    const before = this.#before;
    this.#before = word;
    this.#takeOfInterpreter(word, before);
    if (this.#name === undefined) return this.#takeFirst(word);
    this.#takeArgument(this.#name, word, before);
    return "word";
  }

  get begins(): boolean {
    return this.#name === undefined;
  }

  get readsCode(): boolean {
    return this.#codeOption !== undefined;
  }

  /** `env bash -c …` and `find -exec sh -c …` as well: any word may name the interpreter. */
  #takeOfInterpreter(word: Word, before: Word | undefined): void {
    const option = this.#codeOption;
    const isCode = option?.test(before?.shape ?? "") === true;
    if (isCode || option?.test(word.shape) === true) this.#source.narrow(word, "program");
    if (isCode || FILE.test(word.shape)) this.#codeOption = undefined;
    this.#codeOption = codeOptionOf(word) ?? this.#codeOption;
  }

  #takeFirst(word: Word): NextStep {
    if (isPlain(word, "[[")) return "conditional";
    const variable = ASSIGNMENT.exec(word.shape)?.[1];
    if (variable !== undefined) this.#narrowTo(assignedPlace(this.#variables, variable), word);
    else if (!isBeforeName(word)) {
      this.#name = word.shape;
      const own = READING.get(word.shape);
      if (own !== undefined) this.#readsInto(own);
    }
    return "word";
  }

  #takeArgument(name: string, word: Word, before: Word | undefined): void {
    if (name === "function" && isPlain(word, "{")) this.#name = undefined;
    else if (name === "let") this.#source.narrow(word, "numeric");
    else if (name === "for" || name === "select") this.#takeOfLoop(word);
    else if (name === "test" || name === "[") this.#takeTested(word, before);
    else if (DECLARATIONS.has(name)) this.#takeDeclared(word);
    else if (OPTIONS.has(name)) this.#takeOptional(name, word);
    else if (NAMING.has(name)) {
      narrowToName(this.#source, word);
      if (READING.has(name)) this.#readsInto(word.shape);
    }
  }

  #narrowTo(place: "numeric" | "name" | undefined, word: PlacedWord): void {
    if (place !== undefined) this.#source.narrow(word, place);
  }

  /** The first word names the variable, the others are assigned to it. */
  #takeOfLoop(word: Word): void {
    this.#narrowTo(this.#assigns, word);
    if (this.#options === "begun") this.#assigns = assignedPlace(this.#variables, word.shape);
    this.#options = "over";
  }

  /** What a value makes of the word before may be the operator that evaluates, too. */
  #takeTested(word: Word, before: Word | undefined): void {
    const operator = before?.shape ?? "";
    if (operator === "-v" || operator === "-R" || operator === CARRIED) {
      narrowToName(this.#source, word);
    }
  }

  /** Words behind the options of `read` are names, those of `printf` are text. */
  #takeOptional(name: string, word: Word): void {
    if (this.#takeOption(name, word)) return;
    if (name === "read") this.#takeTarget(name, word);
    else this.#narrowTo(this.#assigns, word);
  }

  #takeOption(name: string, word: Word): boolean {
    const due = this.#options;
    if (due === "over") return false;
    this.#options = "begun";
    if (due === "name") this.#takeTarget(name, word);
    else if (due === "begun" && word.shape === "--") this.#options = "over";
    else if (due === "begun" && /^-./s.test(word.shape)) this.#takeOptions(name, word);
    else if (due === "begun") {
      this.#options = "over";
      this.#endOptions(name, word);
      return false;
    }
    return true;
  }

  /** Letters behind one dash: what stands behind one that takes an argument is the argument. */
  #takeOptions(name: string, word: Word): void {
    const { names = "", texts = "" } = OPTIONS.get(name) ?? {};
    const letters = Array.from(word.shape);
    const at = letters.findIndex((letter, index) =>
      index > 0 && (names.includes(letter) || texts.includes(letter) || COMPUTED.test(letter))
    );
    const letter = letters[at] ?? "";
    const isLast = at === letters.length - 1;
    if (letter === "") return;
    if (texts.includes(letter)) this.#options = isLast ? "text" : "begun";
    else if (names.includes(letter) && isLast) this.#options = "name";
    else {
      this.#takeTarget(name, { ...word, shape: letters.slice(at + 1).join("") });
      // An option that a value gives could be any; a number is none.
      if (COMPUTED.test(letter)) this.#source.narrow(word, "numeric");
    }
  }

  /** A value at the place of an option could be one: `--` says that it is none. */
  #endOptions(name: string, word: Word): void {
    if (name !== "printf" || !word.shape.startsWith(CARRIED) || this.#source.pastes(word)) return;
    this.#source.replace({ start: word.start, end: word.start }, "-- ");
  }

  #takeTarget(name: string, word: Word): void {
    narrowToName(this.#source, word);
    if (name === "read") this.#readsInto(word.shape);
    else this.#assigns = this.#placeFor(word.shape);
  }

  /** What may be assigned to a variable, whose name may be known to none but bash. */
  #placeFor(name: string): "numeric" | "name" | undefined {
    const [known = ""] = name.split("[");
    if (!COMPUTED.test(known)) return assignedPlace(this.#variables, known);
    if (this.#variables.declaresIntegers) return "numeric";
    return this.#variables.arrays.size > 0 ? "name" : undefined;
  }

  /** What is read may come from any value of the script, and is evaluated before it can be looked at. */
  #readsInto(name: string): void {
    if (this.#placeFor(name) !== "numeric") return;
    this.#source.refuseAll({
      code: "embed-name",
      message: `A value cannot be in a script that lets "${this.#name}" set an integer variable, ` +
        "which would evaluate what is read; read into a variable that is not an integer",
    });
  }

  /** `-i` evaluates the value, `-a`, `-A` and `-n` may; a subscript in the name is evaluated always. */
  #takeDeclared(word: Word): void {
    if (OPTION.test(word.shape) && !COMPUTED.test(word.shape)) {
      if (word.shape.includes("i")) this.#declares = "numeric";
      else if (/[aAn]/.test(word.shape) && this.#declares === "text") this.#declares = "name";
      return;
    }
    if (COMPUTED_OPTION.test(word.shape)) {
      this.#source.narrow(word, "numeric");
      if (word.shape !== EXPANSION || !/^(?:export|readonly)$/.test(this.#name ?? "")) {
        this.#declares = "numeric";
      }
      return;
    }
    const { from, to, valueFrom = to } = word;
    narrowToName(this.#source, { ...word, from, to: valueFrom });
    const declares = this.#declares === "text" ? this.#placeOfDeclared(word) : this.#declares;
    const variable = ASSIGNMENT.exec(word.shape)?.[1] ?? "";
    const place = this.#variables.integers.has(variable) ? "numeric" : declares;
    this.#narrowTo(place, { from: valueFrom, to });
  }

  /** A declaration reads the value of an array as its elements, even without `-a`. */
  #placeOfDeclared({ shape }: Word): "numeric" | "name" | undefined {
    const [name = ""] = shape.split(/\+?=|\[/);
    return this.#placeFor(name) ?? (this.#variables.arrays.has(name) ? "name" : undefined);
  }
}

function codeOptionOf({ shape }: Word): RegExp | undefined {
  const program = shape.slice(shape.lastIndexOf("/") + 1);
  return INTERPRETERS.find(([name]) => name.test(program))?.[1];
}

type PlacedWord = Pick<Word, "from" | "to">;

/** The name of a variable: what stands in a subscript behind it is evaluated. */
function narrowToName(source: EmbedSource, { from, subscriptFrom, to }: Omit<Word, "shape">): void {
  source.narrow({ from, to }, "name");
  if (subscriptFrom !== undefined) source.narrow({ from: subscriptFrom, to }, "numeric");
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
    } else if (before?.shape === "-v" || before?.shape === "-R") {
      narrowToName(this.#source, word);
    }
    return false;
  }
}
