/**
 * Expressions, cut into words.
 *
 * @module
 */
import type { Located } from "./ast.ts";
import { ExpressionError } from "./expression_error.ts";
import { endOfQuoted, HOLE_START, HoleScanner } from "./hole.ts";

/** A word of an expression. `text` of a string is what stands between its quotes, of a hole between its braces. */
export interface Token extends Located {
  /** What kind of word. */
  readonly kind: "name" | "number" | "string" | "operator" | "hole" | "end";
  /** The word. */
  readonly text: string;
}

/** What part of a text to read, and in which language. */
export interface LexerOptions {
  /** Where to begin. */
  readonly start: number;
  /** Where to stop. */
  readonly end: number;
  /** Whether `${{ … }}` stands for a value, as in conditions. */
  readonly holes: boolean;
}

const SPACE = /\s*/y;
const NAME = /[\p{L}_][\p{L}\p{M}\p{N}_]*(?:-+[\p{L}\p{M}\p{N}_]+)*/uy;
const STEP_NAME = /[\p{L}\p{N}_][\p{L}\p{M}\p{N}_]*(?:-+[\p{L}\p{M}\p{N}_]+)*/uy;
const NUMBER = /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\p{L}\p{N}_])/uy;
const OPERATOR = /==|!=|<=|>=|&&|\|\||\/\/|[-+*/%<>!?:.,|()[\]{}=]/y;

/** Reads one word after another. */
export class Lexer {
  readonly #text: string;
  readonly #options: LexerOptions;
  readonly #holes: HoleScanner;
  #at: number;

  /** @param text The text; only the part that `options` name is read. */
  constructor(text: string, options: LexerOptions) {
    this.#text = text;
    this.#options = options;
    this.#holes = new HoleScanner(text, options.end);
    this.#at = options.start;
  }

  /**
   * The next word; at the end, again and again, one of kind `end`.
   *
   * @throws {ExpressionError} for characters that begin no word.
   */
  next(): Token {
    this.#at += this.#matched(SPACE).length;
    if (this.#at >= this.#options.end) return this.#token("end", this.#options.end);
    const char = this.#text[this.#at];
    if (char === "'" || char === '"') return this.#string();
    if (this.#options.holes && this.#text.startsWith(HOLE_START, this.#at)) return this.#hole();
    return this.#word("name", NAME) ?? this.#word("number", NUMBER) ??
      this.#word("operator", OPERATOR) ?? this.#unreadable();
  }

  /** The name behind a dot, which may begin with a digit; `undefined` when there is none. */
  stepName(from: number): Token | undefined {
    this.#at = from;
    this.#at += this.#matched(SPACE).length;
    return this.#word("name", STEP_NAME);
  }

  #word(kind: Token["kind"], pattern: RegExp): Token | undefined {
    const word = this.#matched(pattern);
    return word === "" ? undefined : this.#token(kind, this.#at + word.length);
  }

  #matched(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const word = pattern.exec(this.#text)?.[0] ?? "";
    return word.slice(0, this.#options.end - this.#at);
  }

  #token(kind: Token["kind"], end: number): Token {
    const start = this.#at;
    this.#at = end;
    return { kind, text: this.#text.slice(start, end), start, end };
  }

  #string(): Token {
    const start = this.#at;
    const end = this.#options.holes ? this.#endOfTemplate(start) : this.#endOfString(start);
    if (end === undefined) {
      throw this.#error("Cannot find the quote that closes this text", this.#rest());
    }
    return { ...this.#token("string", end), text: this.#text.slice(start + 1, end - 1) };
  }

  #endOfString(start: number): number | undefined {
    return endOfQuoted(this.#text, { start, end: this.#options.end });
  }

  /** Quotes within a hole do not close the text around it. */
  #endOfTemplate(start: number): number | undefined {
    const quote = this.#text[start];
    for (let at = start + 1; at < this.#options.end; at++) {
      // A backslash escapes a quote, but not a hole: what the author sees as one is one.
      if (this.#text[at] === "\\" && !this.#text.startsWith(HOLE_START, at + 1)) at++;
      else if (this.#text[at] === quote) return at + 1;
      else if (this.#text.startsWith(HOLE_START, at)) {
        const end = this.#holes.endOf(at);
        if (end === undefined) return undefined;
        at = end - 1;
      }
    }
    return undefined;
  }

  #hole(): Token {
    const start = this.#at;
    const end = this.#holes.endOf(start);
    if (end === undefined) {
      throw this.#error('Cannot find the "}}" that closes this "${{"', this.#rest());
    }
    return { ...this.#token("hole", end), text: this.#text.slice(start + 3, end - 2) };
  }

  #rest(): Located {
    return { start: this.#at, end: this.#options.end };
  }

  #unreadable(): never {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    const place = { start: this.#at, end: this.#at + char.length };
    throw this.#error(`Cannot read ${JSON.stringify(char)} in an expression`, place);
  }

  #error(message: string, { start, end }: Located): ExpressionError {
    return new ExpressionError(message, { name: "SyntaxError", start, end });
  }
}
