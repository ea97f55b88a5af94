/**
 * Code with values apart: what a script field becomes, so that no value is
 * ever read as code (DESIGN §6).
 *
 * @module
 */
import type { Value } from "./value.ts";

/** A language that code may be written in. */
export type CodeLanguage = "bash" | "ts" | "js" | "python";

/** A script and the values that it refers to by variable. */
export interface EmbeddedCode {
  /** The script; each template has become a reference to a variable. */
  readonly text: string;
  /** Variable name to value, in the order of the templates. */
  readonly values: Readonly<Record<string, Value>>;
  /** Variable name to the place where the template stood. */
  readonly places: Readonly<Record<string, HolePlace>>;
}

/**
 * Where a hole stands, and so what can go there:
 *
 * | place | in | takes |
 * |---|---|---|
 * | `bare` | bash, outside of quotes | any text, as one word |
 * | `double`, `single`, `heredoc` | bash | any text |
 * | `numeric` | bash, where it evaluates text as arithmetic | a whole number |
 * | `name` | bash, where it reads text as a variable's name | letters, digits, `_` |
 * | `program` | bash, in code that a command hands to an interpreter: `bash -c`, `python3 -c` | letters, digits and `_./:,-` |
 * | `code` | TypeScript, Python | the value with its type |
 * | `string` | TypeScript, Python, in a string literal | the value's text |
 * | `comment` | all | nothing: it stays as it is written |
 */
export type HolePlace =
  | "bare"
  | "double"
  | "single"
  | "heredoc"
  | "numeric"
  | "name"
  | "program"
  | "code"
  | "string"
  | "comment";

/** A hole of a script. */
export interface EmbeddedHole {
  /** The variable that carries its value. */
  readonly variable: string;
  /** Its expression, without `| unsafe`. */
  readonly expression: string;
  /** Offset of the expression in the script as written. */
  readonly expressionStart: number;
  /** Offset where the hole starts, the `${{` included. */
  readonly start: number;
  /** Offset behind it. */
  readonly end: number;
  /** Where it stands. */
  readonly place: HolePlace;
  /** Whether its author wants the value's text pasted into the code. */
  readonly unsafe: boolean;
}

/** A script whose holes have become references. */
export interface EmbeddedScript {
  /** The code in pieces; a hole among them is an unsafe one, whose text is to be pasted there. */
  readonly pieces: readonly (string | EmbeddedHole)[];
  /** All holes, in order. */
  readonly holes: readonly EmbeddedHole[];
}

/** Why a script cannot carry its values. Offsets are those of the script as written. */
export interface EmbedProblem {
  /** Stable: `embed-heredoc`, `embed-name`, `embed-regex`, `embed-import`, `embed-bytes`, `embed-backquote`, `embed-depth`, `embed-length`. */
  readonly code: string;
  /** What is so and what to write instead. */
  readonly message: string;
  /** Offset where it starts. */
  readonly start: number;
  /** Offset behind it. */
  readonly end: number;
}

/** A script with its values apart, or every reason why not. */
export type Embedding =
  | { readonly ok: true; readonly script: EmbeddedScript }
  | { readonly ok: false; readonly problems: readonly EmbedProblem[] };

/** The longest script that is read, in UTF-16 code units. */
export const MAX_SCRIPT_LENGTH: number = 1024 * 1024;

/** How deep quotes, substitutions and brackets of a script may be nested. */
export const MAX_SCRIPT_DEPTH = 100;
