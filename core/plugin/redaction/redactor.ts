/**
 * Hides secrets in whatever leaves an attempt: lines, outputs, failures. Audit,
 * trace, journal and whoever watches are told nothing else, so this is the one
 * place where it is done.
 *
 * @module
 */
import { type PrintedLines, textOfLines } from "../printed_lines.ts";
import { FormMatcher } from "./form_matcher.ts";
import { HiddenText, MASK } from "./hidden_text.ts";
import { MIN_SECRET_CHARS, secretForms } from "./secret_forms.ts";

/** How deep values are looked through; outputs that are nested deeper are refused where they are taken in. */
export const MAX_REDACTED_DEPTH = 100;

/** A line that ends in so many characters of a secret waits for the next one. */
export const MIN_HELD_CHARS = 4;

/** So many lines wait at most. */
export const MAX_HELD_LINES = 1_000;

/** A stream of what a process or a stage prints. */
export type StreamName = "stdout" | "stderr";

/** Hides secrets. */
export interface Redactor {
  /** Whether there is anything to hide. */
  readonly active: boolean;
  /** The text without them. Where it was `cut` short, what may be the beginning of one is hidden too. */
  text(text: string, options?: { readonly cut?: boolean }): string;
  /** The value without them in any text, name or number of it. */
  value(value: unknown): unknown;
  /** Hides them in lines on their way to `print`, also where they go on from one line to the next. */
  lines(print: (lines: string | PrintedLines, stream: StreamName) => void): RedactedLines;
  /** One that hides these texts too. */
  with(texts: Iterable<string>): Redactor;
}

/** Lines on their way. */
export interface RedactedLines {
  /** Takes the next line, or several with line breaks between them. */
  print(lines: string | PrintedLines, stream: StreamName): void;
  /** Lets go of what waits for more, since there is none. */
  end(): void;
}

/**
 * What hides these secrets, in every form that programs write them in. Texts
 * that are too short to be told from others are not hidden.
 *
 * @example
 * ```ts
 * import { redactorOf } from "./redactor.ts";
 * import { equal } from "node:assert/strict";
 *
 * const redactor = redactorOf(["hunter2"]);
 * equal(redactor.text("the password is hunter2"), "the password is ***");
 * equal(redactor.text(`basic ${btoa("me:hunter2")}`), "basic bWU6***");
 * ```
 */
export function redactorOf(secrets: Iterable<string>): Redactor {
  const hidden = new Set([...secrets].filter((secret) => secret.length >= MIN_SECRET_CHARS));
  if (hidden.size === 0) return NOTHING_HIDDEN;
  return new FormRedactor(hidden);
}

/** What hides nothing, and costs nothing. */
export const NOTHING_HIDDEN: Redactor = {
  active: false,
  text: (text) => text,
  value: (value) => value,
  lines: (print) => ({ print, end: () => {} }),
  with: redactorOf,
};

class FormRedactor implements Redactor {
  readonly active = true;
  readonly #secrets: ReadonlySet<string>;
  readonly #matcher: FormMatcher;

  constructor(secrets: ReadonlySet<string>) {
    this.#secrets = secrets;
    this.#matcher = new FormMatcher(new Set([...secrets].flatMap((one) => [...secretForms(one)])));
  }

  text(text: string, { cut = false }: { readonly cut?: boolean } = {}): string {
    const hidden = new HiddenText(this.#matcher);
    hidden.add(text);
    if (cut) hidden.hideOpen();
    return hidden.take();
  }

  value(value: unknown): unknown {
    return this.#redacted(value, 0);
  }

  lines(print: (lines: string | PrintedLines, stream: StreamName) => void): RedactedLines {
    const streams = {
      stdout: new LineHolder(this.#matcher, (line) => print(line, "stdout")),
      stderr: new LineHolder(this.#matcher, (line) => print(line, "stderr")),
    };
    return {
      print: (lines, stream) => {
        for (const line of textOfLines(lines).split("\n")) streams[stream].add(line);
      },
      end: () => Object.values(streams).forEach((holder) => holder.end()),
    };
  }

  with(texts: Iterable<string>): Redactor {
    const further = [...texts].filter((text) => !this.#secrets.has(text));
    return further.length === 0 ? this : redactorOf([...this.#secrets, ...further]);
  }

  #redacted(value: unknown, depth: number): unknown {
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number" || typeof value === "bigint") {
      return this.text(String(value)) === String(value) ? value : MASK;
    }
    if (depth === MAX_REDACTED_DEPTH) return value;
    if (Array.isArray(value)) return value.map((item) => this.#redacted(item, depth + 1));
    if (!isPlain(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(
      entries.map(([name, item]) => [this.text(name), this.#redacted(item, depth + 1)]),
    );
  }
}

/** Passes lines on as they come, unless one ends in what may be a secret. */
class LineHolder {
  readonly #text: HiddenText;
  readonly #print: (line: string) => void;
  #waiting = 0;

  constructor(matcher: FormMatcher, print: (line: string) => void) {
    this.#text = new HiddenText(matcher);
    this.#print = print;
  }

  add(line: string): void {
    this.#text.add(this.#waiting === 0 ? line : `\n${line}`);
    this.#waiting++;
    if (this.#text.openLength >= MIN_HELD_CHARS && this.#waiting < MAX_HELD_LINES) return;
    // So many lines without an end to it: whoever waits for more is shown what is not it.
    if (this.#waiting === MAX_HELD_LINES) this.#text.hideOpen();
    this.end();
  }

  end(): void {
    if (this.#waiting === 0) return;
    this.#waiting = 0;
    for (const line of this.#text.take().split("\n")) this.#print(line);
  }
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
