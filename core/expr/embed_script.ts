/**
 * TypeScript and JavaScript with values apart: in code a hole becomes a
 * variable with the value's type; in a string it becomes the value's text, for
 * which a string in quotes is written as a template literal.
 *
 * @module
 */
import type { Embedding } from "./embed.ts";
import { EmbedSource, HOLE, type Placement } from "./embed_source.ts";
import { UnitReader } from "./unit_reader.ts";

/**
 * Takes the values out of TypeScript or JavaScript.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const embedding = embedScript("const url = '/v1/${{ item }}', n = ${{ params.n }};");
 * assert.ok(embedding.ok);
 * assert.equal(
 *   embedding.script.pieces.join(""),
 *   "const url = `/v1/${SLUICE_VALUE_1}`, n = SLUICE_VALUE_2;",
 * );
 * ```
 */
export function embedScript(code: string): Embedding {
  const source = new EmbedSource(code, { dedented: false });
  new ScriptReader(source).readAll();
  return source.result();
}

const CODE: Placement = { place: "code", reference: "§" };
const COMPUTED_KEY: Placement = { place: "code", reference: "[§]" };
const STRING: Placement = { place: "string", reference: "${§}" };

const BLANK = /^\s$/;
const WORD_CHAR = /^[\w$\u0080-\uffff]$/;

/** What ends in one of these is not yet a value: a `/` behind it begins a regular expression. */
const OPERATOR_WORDS: ReadonlySet<string> = new Set([
  "await",
  "case",
  "delete",
  "do",
  "else",
  "in",
  "instanceof",
  "new",
  "of",
  "return",
  "throw",
  "typeof",
  "void",
  "yield",
]);

/** A `)` that closes what one of these opened does not end a value. */
const CONDITION_WORDS: ReadonlySet<string> = new Set(["if", "while", "for", "with"]);

/** How far the end of a regular expression is looked for. */
const LONGEST_REGEX = 1_000;

/** The last token that was read. */
interface Token {
  readonly text: string;
  /** Whether a value may end with it. */
  readonly endsValue: boolean;
}

const START: Token = { text: "", endsValue: false };
const VALUE: Token = { text: "value", endsValue: true };

/** A bracket that is open. */
interface Bracket {
  readonly closer: string;
  /** Whether what it encloses is a value, brackets included. */
  readonly isValue: boolean;
}

const CLOSERS: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

class ScriptReader extends UnitReader {
  #last = START;

  readAll(): void {
    if (this.startsWith("#!")) this.lineComment();
    while (this.more) this.#code();
  }

  /** Reads code up to a `}` that it did not open, or to the end. */
  #code(): void {
    const open: Bracket[] = [];
    while (this.more) {
      const char = this.char();
      if (char === "}" && open.length === 0) break;
      if (BLANK.test(char)) this.at++;
      else if (char === HOLE) this.#hole();
      else if (WORD_CHAR.test(char)) this.#word();
      else if (char === "/" && "/*".includes(this.char(1))) this.#comment();
      else if (char === "/" && !this.#last.endsValue && this.#regexEnd() !== undefined) {
        this.#regex();
      } else if (char === "'" || char === '"') this.#string(char);
      else if (char === "`") this.#template();
      else this.#punctuation(char, open);
    }
    this.at++;
  }

  #punctuation(char: string, open: Bracket[]): void {
    const closer = CLOSERS[char];
    const last = this.#last;
    this.at++;
    if (closer !== undefined) {
      open.push({ closer, isValue: opensValue(char, last) });
      this.#last = { text: char, endsValue: false };
    } else if (open.at(-1)?.closer === char) {
      this.#last = { text: char, endsValue: open.pop()?.isValue === true };
    } else {
      const text = char === "." && last.text.startsWith(".") ? `${last.text}.` : char;
      this.#last = { text, endsValue: this.#isPostfix(char, last) };
    }
  }

  /** `x++`, `x--` and TypeScript's `x!` are values as `x` is. */
  #isPostfix(char: string, last: Token): boolean {
    if (char === "!") return last.endsValue && this.char() !== "=";
    return (char === "+" || char === "-") && last.text === char &&
      this.charAt(this.at - 2) === char;
  }

  #word(): void {
    const from = this.at;
    while (WORD_CHAR.test(this.char())) this.at++;
    const text = this.textBetween(from, this.at);
    this.#last = { text, endsValue: !OPERATOR_WORDS.has(text) && !CONDITION_WORDS.has(text) };
  }

  #hole(): void {
    if (this.#isPartOfName()) {
      this.refuse(CODE, {
        code: "embed-name",
        message: "A value cannot be part of a name in code; write object[…] for a property",
      });
    } else this.place(this.#isKey(this.at + 1) ? COMPUTED_KEY : CODE);
    this.#last = VALUE;
  }

  #isPartOfName(): boolean {
    const before = this.charAt(this.at - 1);
    const behind = this.char(1);
    return this.#last.text === "." || before === "#" || before === HOLE ||
      WORD_CHAR.test(before) || WORD_CHAR.test(behind);
  }

  /** Whether what ends at a position is the key of a property: `{ key: …, key: … }`. */
  #isKey(end: number): boolean {
    if (this.#last.text !== "{" && this.#last.text !== ",") return false;
    let at = end;
    while (BLANK.test(this.charAt(at))) at++;
    return this.charAt(at) === ":";
  }

  #comment(): void {
    if (this.char(1) === "/") return this.lineComment();
    this.at += 2;
    while (this.more && !this.startsWith("*/")) this.commentPart();
    this.at += 2;
  }

  /** Position of the `/` that closes the regular expression here; `undefined` when this is a division. */
  #regexEnd(): number | undefined {
    let inClass = false;
    const limit = Math.min(this.end, this.at + LONGEST_REGEX);
    for (let at = this.at + 1; at < limit && this.charAt(at) !== "\n"; at++) {
      const char = this.charAt(at);
      if (char === "\\") at++;
      else if (char === "[") inClass = true;
      else if (char === "]") inClass = false;
      else if (char === "/" && !inClass) return at;
    }
    return undefined;
  }

  #regex(): void {
    const end = this.#regexEnd() ?? this.at;
    while (this.at <= end) {
      if (this.char() !== HOLE) this.at++;
      else {
        this.refuse(CODE, {
          code: "embed-regex",
          message: "A regular expression cannot carry a value; write new RegExp(…)",
        });
      }
    }
    this.#last = VALUE;
  }

  #string(quote: string): void {
    const end = this.#stringEnd(quote);
    const isSpecifier = this.#last.text === "from" || this.#last.text === "import";
    const isOpen = this.charAt(end) !== quote;
    if (isOpen) this.at++; // The compiler will say so.
    else if (!this.textBetween(this.at, end).includes(HOLE)) this.at = end + 1;
    else if (isSpecifier) this.#specifier(end);
    else this.#stringWithHoles(end);
    this.#last = VALUE;
  }

  #stringEnd(quote: string): number {
    let at = this.at + 1;
    while (at < this.end && this.charAt(at) !== quote && this.charAt(at) !== "\n") {
      at += this.charAt(at) === "\\" && this.charAt(at + 1) !== HOLE ? 2 : 1;
    }
    return at;
  }

  #specifier(end: number): void {
    while (this.at <= end) {
      if (this.char() !== HOLE) this.at++;
      else {
        this.refuse(STRING, {
          code: "embed-import",
          message: "An import declaration cannot carry a value; write await import(…)",
        });
      }
    }
  }

  /** Writes the string as a template literal, which is a value of the same kind and binds as tightly. */
  #stringWithHoles(end: number): void {
    const isKey = this.#isKey(end + 1);
    this.replaceAt(this.at, isKey ? "[`" : "`");
    for (this.at++; this.at < end;) this.#stringPart();
    this.replaceAt(end, isKey ? "`]" : "`");
    this.at = end + 1;
  }

  #stringPart(): void {
    const char = this.char();
    if (char === HOLE) this.place(STRING);
    else if (char === "\\") this.#escape();
    else {
      if (char === "`" || (char === "$" && this.char(1) === "{")) {
        this.replaceAt(this.at, `\\${char}`);
      }
      this.at++;
    }
  }

  /** A backslash before a hole would take the meaning of the reference. */
  #escape(): void {
    if (this.char(1) === HOLE) this.drop();
    else this.at += 2;
  }

  #template(): void {
    this.nested(() => {
      this.at++;
      while (this.more && this.char() !== "`") this.#templatePart();
      this.at++;
    });
    this.#last = VALUE;
  }

  #templatePart(): void {
    if (this.char() === HOLE) this.place(STRING);
    else if (this.char() === "\\") this.#escape();
    else if (this.startsWith("${")) {
      this.at += 2;
      this.#last = START;
      this.#code();
    } else this.at++;
  }
}

/** Whether brackets that open here enclose a value rather than a condition or a block. */
function opensValue(char: string, last: Token): boolean {
  if (char === "(") return !CONDITION_WORDS.has(last.text);
  if (char === "[") return true;
  return !last.endsValue && !BEFORE_BLOCK.has(last.text);
}

const BEFORE_BLOCK: ReadonlySet<string> = new Set(["", ")", ";", "{", "}", ">", "else", "do"]);
