/**
 * Bash with values apart: reads a script as bash does, as far as that decides
 * where a hole stands, and puts a reference there that is quoted for the place.
 *
 * Whatever this makes of a script, a value is only ever the content of a
 * variable. Reading it wrongly can show a reference as text, but cannot run a
 * value; the exception is where bash itself evaluates what a variable holds,
 * and there the reading errs on the strict side.
 *
 * `$$` before a letter or a brace is how the reference writes `$` (REFERENCE
 * C-182), and is read so; elsewhere `$$` is the shell's process id.
 *
 * @module
 */
import {
  CARRIED,
  CommandList,
  Conditional,
  EXPANSION,
  namesByHole,
  type Word,
} from "./bash_command.ts";
import { assignedPlace, type BashVariables, variablesOf } from "./bash_variables.ts";
import type { Embedding } from "./embed.ts";
import { EmbedSource, HOLE, type Placement, type Units } from "./embed_source.ts";
import { type Nesting, UnitReader } from "./unit_reader.ts";

/**
 * Takes the values out of a bash script.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const embedding = embedBash('echo "Hello ${{ params.name }}" ${{ params.file }}');
 * assert.ok(embedding.ok);
 * assert.deepEqual(embedding.script.pieces.join(""), 'echo "Hello ${SLUICE_VALUE_1}" "${SLUICE_VALUE_2}"');
 * ```
 */
export function embedBash(script: string): Embedding {
  const source = new EmbedSource(script, { dedented: true });
  const shared: Shared = { variables: variablesOf(masked(source.units)), depth: 0, evaluated: 0 };
  new BashReader(source, shared).readAll();
  return source.result();
}

/** The script without what its templates say. */
function masked({ chars }: Units): string {
  return chars.map((char) => char === HOLE ? CARRIED : char).join("");
}

/** What all readers of one script share. */
interface Shared extends Nesting {
  readonly variables: BashVariables;
  /** How many levels of arithmetic are open: whatever ends up there is evaluated. */
  evaluated: number;
}

/** What surrounds a place, and so what quotes mean there. */
type Quoting = "bare" | "double" | "heredoc";

/** What a word is for: the first of a command may be `!` or an assignment. */
type WordRole = "first" | "argument" | "pattern" | "other";

interface Heredoc {
  readonly delimiter: string;
  readonly quoted: boolean;
  readonly tabsStripped: boolean;
  /** Whether who reads it takes it as code. */
  readonly feedsCode: boolean;
}

const PLACEMENTS = {
  bare: { place: "bare", reference: '"${§}"' },
  double: { place: "double", reference: "${§}" },
  single: { place: "single", reference: `'"\${§}"'` },
  ansi: { place: "single", reference: `'"\${§}"$'` },
  heredoc: { place: "heredoc", reference: "${§}" },
  numeric: { place: "numeric", reference: "${§}" },
  comment: { place: "comment", reference: "" },
} as const satisfies Record<string, Placement>;

const BLANKS = " \t";
const METACHARACTERS = " \t\n;&|()<>";
const SPECIAL_PARAMETERS = "@*?$-";
const NAME_CHAR = /^\w$/;
const ESCAPED_DOLLAR = /^[A-Za-z{]$/;
const GLOB_GROUP = /[?*+@!]$/;
const ARRAY_ASSIGNMENT = /^[A-Za-z_]\w*(?:\[.*\])?\+?=$/s;
const DESCRIPTOR_ELEMENT = /^\{\w+\[.*\]\}$/s;
const DESCRIPTOR = /^(?:\d+|\{\w+\})$/;
const BARE_NAME = /^[A-Za-z_]\w*$/;

/** How far a `]` is looked for. */
const LONGEST_SUBSCRIPT = 1_000;

/** How the reference writes `$$`, which it halves twice. */
const REFERENCE_PID = "$$$$$$$$";

class BashReader extends UnitReader {
  readonly #shared: Shared;
  readonly #inBackquotes: boolean;
  #heredocs: Heredoc[] = [];

  /** @param inner What stands in backquotes: their backslashes are taken before anything else. */
  constructor(source: EmbedSource, shared: Shared, inner?: Units) {
    super(source, { nesting: shared, ...(inner === undefined ? {} : { units: inner }) });
    this.#shared = shared;
    this.#inBackquotes = inner !== undefined;
  }

  readAll(): void {
    while (this.more) this.#commands();
  }

  /** Reads commands up to an unquoted `)`, or to the end. */
  #commands(): void {
    this.nested(() => {
      const list = new CommandList(this.source, this.#shared.variables);
      while (this.more && !this.#token(list));
    });
  }

  /** Reads one token of a list of commands; says whether it closed the list. */
  #token(list: CommandList): boolean {
    const char = this.char();
    if (BLANKS.includes(char)) this.at++;
    else if (char === "\\" && this.char(1) === "\n") this.at += 2;
    else if (char === "\n") this.#newline(list);
    else if (char === "#") this.lineComment();
    else if (char === ")") return this.#closingParenthesis(list);
    else if (char === "(") this.#openingParenthesis(list);
    else if (char === "<" || char === ">" || (char === "&" && this.char(1) === ">")) {
      this.#redirection({ feedsCode: list.readsCode });
    } else if (char === ";" || char === "&" || char === "|") this.#operator(list);
    else this.#commandWord(list);
    return false;
  }

  #newline(list: CommandList): void {
    this.at++;
    for (const heredoc of this.#heredocs.splice(0)) this.#heredocBody(heredoc);
    list.separate("\n");
  }

  #closingParenthesis(list: CommandList): boolean {
    this.at++;
    return !list.endPattern();
  }

  #openingParenthesis(list: CommandList): void {
    if (this.char(1) === "(" && this.#arithmeticEnd(this.at + 2) !== undefined) {
      this.at += 2;
      this.#arithmetic(")");
      this.at++;
    } else {
      this.at++;
      if (list.expectsPattern) return;
      this.#commands();
    }
    list.separate("(");
  }

  #operator(list: CommandList): void {
    const start = this.at;
    while (";&|".includes(this.char())) this.at++;
    list.separate(this.textBetween(start, this.at));
  }

  #redirection({ feedsCode } = { feedsCode: false }): void {
    const start = this.at;
    while ("<>&|-".includes(this.char())) this.at++;
    const operator = this.textBetween(start, this.at);
    if (operator === "<<" || operator === "<<-") this.#heredocStart(operator, feedsCode);
    else if (this.char() === "(") {
      this.at++;
      this.#commands();
    } else {
      while (BLANKS.includes(this.char())) this.at++;
      if (METACHARACTERS.includes(this.char())) return;
      const target = this.#word();
      // Bash expands what stands there a second time, where it is no descriptor.
      if (operator === ">&" || operator === "<&") this.source.narrow(target, "name");
      if (operator === "<<<" && feedsCode) this.source.narrow(target, "program");
    }
  }

  /** `<(…)` or `>(…)`: commands, wherever it stands. */
  #opensProcess(): boolean {
    return "<>".includes(this.char()) && this.char(1) === "(";
  }

  #commandWord(list: CommandList): void {
    const begins = list.beginsCommand;
    const word = this.#word(list.expectsPattern ? "pattern" : begins ? "first" : "argument");
    if (begins && namesByHole(word)) {
      this.source.refuse({ from: word.from, to: word.valueFrom ?? word.to }, {
        code: "embed-name",
        message: "A value cannot be part of a variable's name here; " +
          'write declare "NAME=…" with the template in the name',
      });
    }
    if (DESCRIPTOR_ELEMENT.test(word.shape)) this.source.narrow(word, "numeric");
    const isDescriptor = DESCRIPTOR.test(word.shape) && "<>".includes(this.char());
    if (!isDescriptor && list.take(word) === "conditional") this.#conditional();
  }

  #conditional(): void {
    const conditional = new Conditional(this.source);
    while (this.more) {
      if (this.#opensProcess()) this.#redirection();
      else if (METACHARACTERS.includes(this.char())) this.at++;
      else if (conditional.take(this.#word())) return;
    }
  }

  /** Reads one word, its quotes and expansions included. */
  #word(as: WordRole = "other"): Word {
    const from = this.source.count;
    const word = { ...emptyWord(), from, start: this.originOf(this.at), to: from };
    while (this.more && this.#wordPart(word, as));
    word.to = this.source.count;
    return word;
  }

  /** Reads the next part of a word; says whether there was one. */
  #wordPart(word: Word, as: WordRole): boolean {
    const char = this.char();
    if (char === "(" && opensGlob(word, as)) this.#globGroup(word);
    else if (char === "(" && opensArray(word, as)) this.#arrayLiteral();
    else if (METACHARACTERS.includes(char)) return false;
    else if (char === "[" && BARE_NAME.test(word.shape)) this.#subscript(word);
    else if (char === HOLE) this.#holeIn(word, PLACEMENTS.bare);
    else if (char === "\\") this.#bareEscape(word);
    else if (char === "'") this.#single(word);
    else if (char === '"') this.#double(word);
    else if (char === "$") this.#dollar("bare", word);
    else if (char === "`") this.#backquoted("bare", word);
    else this.#literal(word);
    return true;
  }

  #literal(word: Word | undefined): void {
    const char = this.char();
    this.at++;
    if (word === undefined) return;
    word.shape += char;
    if (char === "=") word.valueFrom ??= this.source.count;
    if (char === "[" && word.valueFrom === undefined) word.subscriptFrom ??= this.source.count;
  }

  #holeIn(word: Word | undefined, placement: Placement): void {
    if (word !== undefined) word.shape += CARRIED;
    this.place(placement);
  }

  #expansionIn(word: Word | undefined): void {
    if (word !== undefined) word.shape += EXPANSION;
  }

  /** `?(…)` and its like: patterns with `|` between them. */
  #globGroup(word: Word): void {
    this.nested(() => {
      this.at++;
      while (this.more && this.char() !== ")") {
        if (this.#opensProcess()) this.#redirection();
        else if (this.char() === "(") this.#globGroup(word);
        else if (!this.#wordPart(word, "pattern")) this.at++;
      }
      this.at++;
    });
  }

  #arrayLiteral(): void {
    this.nested(() => {
      this.at++;
      while (this.more && this.char() !== ")") {
        if (this.char() === "#") this.lineComment();
        else if (this.#opensProcess()) this.#redirection();
        else if (this.char() === "[" && this.#subscriptIsAssigned()) this.#arithmeticIn("]");
        else if (METACHARACTERS.includes(this.char())) this.at++;
        else this.#word();
      }
      this.at++;
    });
  }

  #subscript(word: Word): void {
    if (!this.#subscriptIsAssigned()) return this.#literal(word);
    word.shape += `[${EXPANSION}]`;
    this.#arithmeticIn("]");
  }

  /** Whether the `[` here belongs to `name[…]=`; other brackets are patterns. */
  #subscriptIsAssigned(): boolean {
    let depth = 0;
    for (let at = this.at; at < this.end; at++) {
      if (at - this.at > LONGEST_SUBSCRIPT) return true; // Rather refuse too much.
      if (this.charAt(at) === "[") depth++;
      if (this.charAt(at) !== "]" || --depth > 0) continue;
      const next = this.charAt(at + 1);
      return next === "=" || (next === "+" && this.charAt(at + 2) === "=");
    }
    return false;
  }

  /** A backslash takes the special meaning of what follows; a value has none. */
  #bareEscape(word: Word): void {
    if (this.char(1) === HOLE) return this.drop();
    word.quoted = true;
    this.at++;
    if (this.char() === "\n") this.at++;
    else if (this.more) this.#literal(word);
  }

  #single(word: Word | undefined): void {
    if (word !== undefined) word.quoted = true;
    this.at++;
    while (this.more && this.char() !== "'") {
      if (this.char() === HOLE) this.#holeIn(word, PLACEMENTS.single);
      else this.#literal(word);
    }
    this.at++;
  }

  #ansi(word: Word | undefined): void {
    if (word !== undefined) word.quoted = true;
    this.at++;
    while (this.more && this.char() !== "'") {
      if (this.char() === HOLE) this.#holeIn(word, PLACEMENTS.ansi);
      else if (this.char() === "\\") this.#quotedEscape(word);
      else this.#literal(word);
    }
    this.at++;
  }

  #double(word: Word | undefined): void {
    if (word !== undefined) word.quoted = true;
    this.nested(() => {
      this.at++;
      while (this.more && this.char() !== '"') this.#quotedPart("double", word);
      this.at++;
    });
  }

  #quotedPart(quoting: "double" | "heredoc", word?: Word): void {
    const char = this.char();
    if (char === HOLE) this.#holeIn(word, PLACEMENTS[quoting]);
    else if (char === "\\") this.#quotedEscape(word);
    else if (char === "$") this.#dollar(quoting, word);
    else if (char === "`") this.#backquoted(quoting, word);
    else this.#literal(word);
  }

  /** In quotes, a backslash before a hole is itself: the value begins with nothing special. */
  #quotedEscape(word: Word | undefined): void {
    if (this.char(1) !== HOLE) {
      this.at++;
      if (this.more) this.#literal(word);
      return;
    }
    if (this.#inBackquotes) this.#refuseInBackquotes();
    else this.replaceAt(this.at, "\\\\");
    this.at++;
  }

  #dollar(quoting: Quoting, word?: Word): void {
    if (this.char(1) === HOLE) return this.#loneDollar(quoting, word);
    this.#unescapeDollar();
    const next = this.char(1);
    if (next === "$") this.at += 2;
    else if (next === "(") this.#substitution();
    else if (next === "{") this.#parameter(quoting);
    else if (next === "[") {
      this.at++;
      this.#arithmeticIn("]");
    } else if (next === "'" && quoting === "bare") {
      this.at++;
      return this.#ansi(word);
    } else if (next === '"' && quoting === "bare") {
      this.at++;
      return this.#double(word);
    } else this.at++;
    this.#expansionIn(word);
  }

  /** A `$` before a hole is itself, and must not take the reference for its own. */
  #loneDollar(quoting: Quoting, word: Word | undefined): void {
    const replacement = { bare: '"$"', double: '$""', heredoc: "\\$" }[quoting];
    if (quoting === "heredoc" && this.#inBackquotes) this.#refuseInBackquotes();
    this.replaceAt(this.at, replacement);
    this.#literal(word);
  }

  /** Takes a `$` away where two stand for one. */
  #unescapeDollar(): void {
    const run = this.textBetween(this.at, this.at + REFERENCE_PID.length + 1);
    if (run.startsWith(REFERENCE_PID) && !run.endsWith("$$$$$$$$$")) {
      for (let surplus = REFERENCE_PID.length - 2; surplus > 0; surplus--) this.drop();
    } else if (this.char(1) === "$" && ESCAPED_DOLLAR.test(this.char(2))) {
      this.drop();
    }
  }

  /** `$(…)`; `$((…))` is arithmetic when its parentheses close together. */
  #substitution(): void {
    this.at += 2;
    if (this.char() === "(" && this.#arithmeticEnd(this.at + 1) !== undefined) {
      this.at++;
      this.#arithmetic(")");
      this.at++;
    } else this.#commands();
  }

  /** `${…}`, and `${ command; }`, of which all counts as evaluated. */
  #parameter(quoting: Quoting): void {
    this.nested(() => {
      this.at += 2;
      if (" \t\n|".includes(this.char())) this.#arithmetic("}");
      else this.#parameterContent(quoting);
      this.at++;
    });
  }

  #parameterContent(quoting: Quoting): void {
    const isIndirect = this.char() === "!";
    while ("!#".includes(this.char())) this.at++;
    if (SPECIAL_PARAMETERS.includes(this.char())) this.at++;
    const start = this.at;
    while (NAME_CHAR.test(this.char()) || this.char() === HOLE) this.#parameterName();
    const name = this.textBetween(start, this.at);
    if (this.char() === "[") this.#arithmeticIn("]");
    if (this.#assignsEvaluated(name, isIndirect)) this.#arithmetic("}");
    else this.#parameterOperation(quoting);
  }

  /** `${n:=…}` assigns, which evaluates where `n` is an integer. */
  #assignsEvaluated(name: string, isIndirect: boolean): boolean {
    const assigns = this.char() === "=" || (this.char() === ":" && this.char(1) === "=");
    if (!assigns) return false;
    const { variables } = this.#shared;
    return assignedPlace(variables, name) !== undefined ||
      (isIndirect && variables.declaresIntegers);
  }

  #parameterName(): void {
    if (this.char() === HOLE) {
      this.refuse(PLACEMENTS.double, {
        code: "embed-name",
        message: "A value cannot be part of a variable's name in ${…}; " +
          "put the name into a variable first and write ${!variable}",
      });
    } else this.at++;
  }

  #parameterOperation(quoting: Quoting): void {
    const isSubstring = this.char() === ":" && !"-=?+".includes(this.char(1));
    if (isSubstring) return this.#arithmetic("}");
    const takesText = ":-=?+".includes(this.char());
    const inside: Quoting = takesText ? quoting : "bare";
    while (this.more && this.char() !== "}") this.#parameterWordPart(inside);
  }

  /** Patterns have quotes of their own, even inside of quotes; a default value has not. */
  #parameterWordPart(quoting: Quoting): void {
    const char = this.char();
    if (char === HOLE) this.place(PLACEMENTS[quoting]);
    else if (char === "\\" && quoting !== "bare") this.#quotedEscape(undefined);
    else if (char === "\\") this.#bareEscape(emptyWord());
    else if (char === '"') this.#double(undefined);
    else if (char === "'" && quoting === "bare") this.#single(undefined);
    else if (char === "$") this.#dollar(quoting);
    else if (char === "`") this.#backquoted(quoting);
    else this.at++;
  }

  /** Offset behind the `)` that makes `((` arithmetic: the next character is one, too. */
  #arithmeticEnd(from: number): number | undefined {
    let depth = 1;
    for (let at = from; at < this.end; at++) {
      const char = this.charAt(at);
      if (char === "\\") at++;
      else if (char === "'" || char === '"') at = this.#quoteEnd(at, char);
      else if (char === "(") depth++;
      else if (char === ")" && --depth === 0) {
        return this.charAt(at + 1) === ")" ? at + 1 : undefined;
      }
    }
    // It never closes: bash will say so, and until then nothing of it is text.
    return this.end;
  }

  #quoteEnd(from: number, quote: string): number {
    let at = from + 1;
    while (at < this.end && this.charAt(at) !== quote) {
      at += quote === '"' && this.charAt(at) === "\\" ? 2 : 1;
    }
    return at;
  }

  /** Reads brackets and what is evaluated between them. */
  #arithmeticIn(closer: "]"): void {
    this.at++;
    this.#arithmetic(closer);
    this.at++;
  }

  /** Reads what bash evaluates, up to the closer, which stays. */
  #arithmetic(closer: ")" | "]" | "}"): void {
    const opener = { ")": "(", "]": "[", "}": "{" }[closer];
    this.#shared.evaluated++;
    this.nested(() => {
      let depth = 0;
      while (this.more) {
        const char = this.char();
        if (char === closer && depth-- === 0) break;
        if (char === opener) depth++;
        this.#arithmeticPart(char);
      }
    });
    this.#shared.evaluated--;
    if (closer === ")") this.at++;
  }

  #arithmeticPart(char: string): void {
    if (char === HOLE) this.place(PLACEMENTS.numeric);
    else if (char === "\\") this.at += 2;
    else if (char === "$") this.#dollar("double");
    else if (char === "`") this.#backquoted("double");
    else this.at++;
  }

  /** Backquotes are read in two steps, as bash does: first their backslashes, then what is left. */
  #backquoted(quoting: Quoting, word?: Word): void {
    this.#expansionIn(word);
    const escapable = quoting === "double" ? '$`\\"' : "$`\\";
    const chars: string[] = [];
    const origins: number[] = [];
    for (this.at++; this.more && this.char() !== "`"; this.at++) {
      const isEscape = this.char() === "\\" && this.char(1) !== HOLE &&
        this.at + 1 < this.end && escapable.includes(this.char(1));
      if (isEscape) this.at++;
      chars.push(this.char());
      origins.push(this.originOf(this.at));
    }
    this.at++;
    this.nested(() => new BashReader(this.source, this.#shared, { chars, origins }).readAll());
  }

  #heredocStart(operator: "<<" | "<<-", feedsCode: boolean): void {
    while (BLANKS.includes(this.char())) this.at++;
    const word = this.#word();
    this.source.refuse(word, {
      code: "embed-heredoc",
      message: "The delimiter of a here-document cannot hold a value",
    });
    const { shape: delimiter, quoted } = word;
    this.#heredocs.push({ delimiter, quoted, tabsStripped: operator === "<<-", feedsCode });
  }

  #heredocBody(heredoc: Heredoc): void {
    const { bodyEnd, next } = this.#heredocEnd(heredoc);
    const end = this.end;
    const from = this.source.count;
    this.end = bodyEnd;
    if (heredoc.quoted) this.#quotedBody(heredoc.delimiter);
    else while (this.more) this.#quotedPart("heredoc");
    if (heredoc.feedsCode) this.source.narrow({ from, to: this.source.count }, "program");
    this.end = end;
    this.at = next;
  }

  #heredocEnd(heredoc: Heredoc): { readonly bodyEnd: number; readonly next: number } {
    let continued = false;
    for (let start = this.at; start < this.end;) {
      let end = start;
      while (end < this.end && this.charAt(end) !== "\n") end++;
      if (!continued && this.#line(start, end, heredoc) === heredoc.delimiter) {
        return { bodyEnd: start, next: Math.min(end + 1, this.end) };
      }
      continued = !heredoc.quoted && this.#endsInBackslash(start, end);
      start = end + 1;
    }
    return { bodyEnd: this.end, next: this.end };
  }

  #line(start: number, end: number, { tabsStripped }: Heredoc): string {
    const text = this.textBetween(start, end);
    return tabsStripped ? text.replace(/^\t+/, "") : text;
  }

  #endsInBackslash(start: number, end: number): boolean {
    let count = 0;
    while (end - count > start && this.charAt(end - count - 1) === "\\") count++;
    return count % 2 === 1;
  }

  #quotedBody(delimiter: string): void {
    while (this.more) {
      if (this.char() === HOLE) {
        this.refuse(PLACEMENTS.double, {
          code: "embed-heredoc",
          message: `A here-document with a quoted delimiter takes its text as it stands and ` +
            `cannot carry a value; write <<${delimiter} without quotes`,
        });
      } else this.at++;
    }
  }

  override place(placement: Placement): void {
    const evaluated = this.#shared.evaluated > 0;
    super.place(evaluated ? { ...placement, place: "numeric" } : placement);
  }

  #refuseInBackquotes(): void {
    this.source.abandon(this.originOf(this.at), {
      code: "embed-backquote",
      message: "A value cannot follow a backslash or a dollar in backquotes; write $(…) instead",
    });
  }
}

function opensGlob(word: Word, as: WordRole): boolean {
  return GLOB_GROUP.test(word.shape) && !(as === "first" && word.shape.length === 1);
}

function opensArray(word: Word, as: WordRole): boolean {
  return (as === "first" || as === "argument") && ARRAY_ASSIGNMENT.test(word.shape);
}

function emptyWord(): Word {
  return {
    ...{ shape: "", quoted: false, from: 0, to: 0, start: 0 },
    ...{ subscriptFrom: undefined, valueFrom: undefined },
  };
}
