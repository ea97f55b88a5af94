/**
 * Python with values apart: in code a hole becomes a variable with the value's
 * type; in a string it becomes the value's text, for which the string is
 * written as an f-string: that is a literal of the same kind, binds as tightly
 * and may stand beside other literals.
 *
 * @module
 */
import type { Embedding } from "./embed.ts";
import { EmbedSource, HOLE, type Placement } from "./embed_source.ts";
import { UnitReader } from "./unit_reader.ts";

/**
 * Takes the values out of Python.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const embedding = embedPython("sleep(${{ params.n }}); print('{} ${{ item }}')");
 * assert.ok(embedding.ok);
 * assert.equal(
 *   embedding.script.pieces.join(""),
 *   "sleep(SLUICE_VALUE_1); print(f'{{}} {SLUICE_VALUE_2}')",
 * );
 * ```
 */
export function embedPython(code: string): Embedding {
  const source = new EmbedSource(code, { dedented: true });
  new PythonReader(source).readAll();
  return source.result();
}

const CODE: Placement = { place: "code", reference: "§" };
const STRING: Placement = { place: "string", reference: "{§}" };

const BLANK = /^\s$/;
const WORD_CHAR = /^[\w\u0080-\uffff]$/;
const STRING_PREFIX = /^(?:[rbuft]|[rR][bftBFT]|[bftBFT][rR]|[RBUFT])$/;
const OPENERS = "([{";
const CLOSERS = ")]}";

/** A string literal that is being read. */
interface Literal {
  readonly prefix: string;
  /** `'`, `"`, or three of them. */
  readonly quote: string;
  readonly isRaw: boolean;
  /** Where its prefix starts. */
  readonly start: number;
  /** Where its content starts. */
  readonly contentStart: number;
}

class PythonReader extends UnitReader {
  /** The last token: a word, a character, or `"string"` in quotes of its own. */
  #last = "";

  readAll(): void {
    while (this.more) {
      this.#code();
      this.at++;
    }
  }

  /** Reads code up to a bracket that it did not open, to what ends a field of an f-string, or to the end. */
  #code(inField = false): void {
    let depth = 0;
    while (this.more) {
      const char = this.char();
      if (depth === 0 && (CLOSERS.includes(char) || (inField && this.#endsExpression(char)))) {
        return;
      }
      if (OPENERS.includes(char)) depth++;
      if (CLOSERS.includes(char)) depth--;
      this.#token(char);
    }
  }

  /** `!r` and `:…` follow the expression of a field; `!=` belongs to it. */
  #endsExpression(char: string): boolean {
    return char === ":" || (char === "!" && this.char(1) !== "=");
  }

  #token(char: string): void {
    if (BLANK.test(char)) this.at++;
    else if (char === "#") this.lineComment();
    else if (char === HOLE) this.#hole();
    else if (char === "'" || char === '"') this.#string(this.at);
    else if (WORD_CHAR.test(char)) this.#word();
    else {
      this.#last = char;
      this.at++;
    }
  }

  #word(): void {
    const start = this.at;
    while (WORD_CHAR.test(this.char())) this.at++;
    const word = this.textBetween(start, this.at);
    const isPrefix = STRING_PREFIX.test(word) && (this.char() === "'" || this.char() === '"');
    if (isPrefix) this.#string(start);
    else this.#last = word;
  }

  #hole(): void {
    if (this.#isPartOfName()) {
      this.refuse(CODE, {
        code: "embed-name",
        message: "A value cannot be part of a name in code; " +
          "write getattr(object, …) for an attribute and **{…: value} for an argument",
      });
    } else this.place(CODE);
    this.#last = "value";
  }

  #isPartOfName(): boolean {
    const before = this.charAt(this.at - 1);
    const behind = this.char(1);
    return this.#last === "." || before === HOLE || WORD_CHAR.test(before) ||
      WORD_CHAR.test(behind) || this.#isKeyword();
  }

  /** Whether the hole stands for the name of an argument: `call(name=value)`. */
  #isKeyword(): boolean {
    if (this.#last !== "(" && this.#last !== ",") return false;
    const at = this.#behindBlanks(this.at + 1);
    return this.charAt(at) === "=" && this.charAt(at + 1) !== "=";
  }

  #behindBlanks(from: number): number {
    let at = from;
    while (this.charAt(at) === " " || this.charAt(at) === "\t") at++;
    return at;
  }

  /** Reads a string whose prefix starts at `start` and whose quote is here. */
  #string(start: number): void {
    const prefix = this.textBetween(start, this.at).toLowerCase();
    const quoteChar = this.char();
    const quote = this.startsWith(quoteChar.repeat(3)) ? quoteChar.repeat(3) : quoteChar;
    this.at += quote.length;
    const literal: Literal = {
      prefix,
      quote,
      isRaw: prefix.includes("r"),
      start,
      contentStart: this.at,
    };
    this.nested(() => {
      if (/[ft]/.test(prefix)) this.#formatted(literal);
      else this.#plain(literal);
    });
    this.#last = STRING_TOKEN;
  }

  /** An f-string or t-string: it has fields already, so a hole is one more. */
  #formatted(literal: Literal): void {
    while (this.more && !this.#isAtEnd(literal)) {
      if (!literal.isRaw && this.startsWith("\\N{")) this.#namedCharacter();
      else if (this.startsWith("{{")) this.at += 2;
      else if (this.char() === "{") this.#field();
      else this.#formattedPart(literal.isRaw);
    }
    this.at += literal.quote.length;
  }

  /** A backslash takes no meaning from a brace. */
  #formattedPart(isRaw: boolean): void {
    if (this.char() === "\\" && "{}".includes(this.char(1))) this.at++;
    else this.#stringPart(isRaw);
  }

  #field(): void {
    this.nested(() => {
      this.at++;
      this.#last = "{";
      this.#code(true);
      while (this.more && this.char() !== "}" && this.char() !== ":") this.at++;
      while (this.more && this.char() !== "}" && this.char() !== "\n") this.#formatPart();
      this.at++;
    });
  }

  #formatPart(): void {
    if (this.char() === "{") this.#field();
    else this.#stringPart(true);
  }

  #stringPart(isRaw: boolean): void {
    if (this.char() === HOLE) this.place(STRING);
    else if (this.char() !== "\\") this.at++;
    else if (this.char(1) !== HOLE) this.at += 2;
    else {
      // Before a hole it stands for itself, not for an escape of the reference.
      if (!isRaw) this.replaceAt(this.at, "\\\\");
      this.at++;
    }
  }

  #plain(literal: Literal): void {
    const end = this.#endOf(literal);
    if (this.textBetween(this.at, end).includes(HOLE)) {
      const isOpen = this.charAt(end) !== literal.quote.slice(0, 1); // Python will say so.
      if (literal.prefix.includes("b") && !isOpen) this.#bytesWithHoles(literal, end);
      else this.#textWithHoles(literal, end);
    }
    this.at = end + literal.quote.length;
  }

  #endOf(literal: Literal): number {
    const from = this.at;
    while (this.more && !this.#isAtEnd(literal)) {
      this.at += this.char() === "\\" && this.char(1) !== HOLE ? 2 : 1;
    }
    const end = Math.min(this.at, this.end);
    this.at = from;
    return end;
  }

  #isAtEnd({ quote }: Literal): boolean {
    return this.startsWith(quote) || (quote.length === 1 && this.char() === "\n");
  }

  /** `u` says nothing, and `uf` is no prefix; `rf` is one. */
  #textWithHoles({ prefix, quote, start, contentStart, isRaw }: Literal, end: number): void {
    if (prefix === "u") this.replaceAt(start, "");
    this.replaceAt(contentStart - quote.length, `f${quote.slice(0, 1)}`);
    while (this.at < end) {
      const char = this.char();
      if (!isRaw && this.startsWith("\\N{")) this.#namedCharacter();
      else if (char === "{" || char === "}") {
        this.replaceAt(this.at, char + char);
        this.at++;
      } else this.#formattedPart(isRaw);
    }
  }

  /** `\N{DASH}` means the same in an f-string. */
  #namedCharacter(): void {
    while (this.more && /^[\w -]$|^[\\{]$/.test(this.char())) this.at++;
    if (this.char() === "}") this.at++;
  }

  /** There are no formatted bytes, so the pieces are added; brackets keep them together. */
  #bytesWithHoles({ prefix, quote, start, isRaw }: Literal, end: number): void {
    const reference = `${quote}+§.encode()+${prefix}${quote}`;
    const stands = this.#last !== STRING_TOKEN && !this.#isStringAt(end + quote.length);
    this.replaceAt(start, `(${prefix.slice(0, 1)}`);
    while (this.at < end) {
      const endsInBackslash = isRaw && this.charAt(this.at - 1) === "\\";
      if (this.char() !== HOLE) this.#stringPart(isRaw);
      else if (stands && !endsInBackslash) this.place({ place: "string", reference });
      else {
        this.refuse(STRING, {
          code: "embed-bytes",
          message: "These bytes cannot carry a value; write '…'.encode() instead",
        });
      }
    }
    this.replaceAt(end + quote.length - 1, `${quote.slice(0, 1)})`);
  }

  #isStringAt(from: number): boolean {
    const at = this.#behindBlanks(from);
    return /^[a-zA-Z]{0,2}['"]/.test(this.textBetween(at, at + 3));
  }
}

const STRING_TOKEN = '"string"';
