/**
 * YAML text with its positions kept, so that a complaint can point at a line.
 *
 * YAML 1.2, core schema: `on`, `yes` and `no` are texts, dates are texts.
 * Merge keys (`<<`) and anchors work. One document to a file.
 *
 * @module
 */
import {
  type Document,
  isScalar,
  LineCounter,
  type Node,
  parseDocument as parseYaml,
  type Scalar,
  type YAMLError,
} from "yaml";
import type { Diagnostic } from "./diagnostic.ts";
import { type PathAt, pathAt } from "./path_at.ts";
import { type Alignment, alignmentOf } from "./scalar_alignment.ts";
import type { Place, Position, Span } from "./span.ts";
import { type Fault, isEmptyNode, readTree, TOO_DEEP_MESSAGE, type YamlTree } from "./yaml_tree.ts";

/** A way from the root of a document to a value in it. */
export type Path = readonly PropertyKey[];

/** A parsed document that knows where each of its values was written. */
export interface SourceDocument {
  /** The file as the user named it. */
  readonly file: string;
  /** The text itself. */
  readonly text: string;
  /** The plain value; `undefined` when the text is no YAML. */
  readonly value: unknown;
  /** What is wrong with the text, if anything. A value with errors is there to be complained about further, not to be used. */
  readonly errors: readonly Diagnostic[];
  /** Where the value (or its key) at `path` stands, or the nearest enclosing one. Quick, however long the file. */
  locate(path: Path, target?: "key" | "value"): Span;
  /**
   * Where the characters `start` to `end` of the text at `path` stand. Exact
   * for plain and block texts and for quoted ones without escapes; for others
   * the whole text.
   */
  placeInScalar(path: Path, start: number, end: number): Span;
}

/** A document that somebody is still writing. */
export interface LooseDocument extends SourceDocument {
  /** What stands at an offset of the text. */
  pathAt(offset: number): PathAt;
}

/** The longest document, in UTF-8 bytes. */
export const MAX_DOCUMENT_BYTES: number = 4 * 1024 * 1024;

/** How many syntax errors are told; what follows the first ones is mostly their doing. */
export const MAX_SYNTAX_ERRORS = 20;

/**
 * Parses one YAML document. Never throws: what is wrong comes as data.
 *
 * @example
 * ```ts
 * import { parseDocument } from "./document.ts";
 *
 * const document = parseDocument("jobs:\n  load: {}\n", "etl.yml");
 * console.assert(document.locate(["jobs", "load"], "key").start.line === 2);
 * ```
 */
export function parseDocument(text: string, file: string): SourceDocument {
  return isTooLong(text) ? unreadableDocument(text, file) : parsed({ text, file, isLoose: false });
}

/**
 * Parses a document as it stands while somebody types: with a value as far as
 * there is one, in spite of errors. For editors; nothing that runs reads it.
 */
export function parseLoosely(text: string, file: string): LooseDocument {
  return parsed({ text: isTooLong(text) ? "" : text, file, isLoose: true });
}

function parsed(source: Source): LooseDocument {
  return new YamlDocument(source);
}

function isTooLong(text: string): boolean {
  if (text.length * 3 <= MAX_DOCUMENT_BYTES) return false;
  return text.length > MAX_DOCUMENT_BYTES ||
    new TextEncoder().encode(text).length > MAX_DOCUMENT_BYTES;
}

const START: Position = { line: 1, column: 1 };

function unreadableDocument(text: string, file: string): SourceDocument {
  const span = { start: START, end: START };
  const message = `Cannot read a document of more than ${MAX_DOCUMENT_BYTES} bytes`;
  return {
    file,
    text,
    value: undefined,
    errors: [{ code: "yaml-too-large", severity: "error", message, place: { file, span } }],
    locate: () => span,
    placeInScalar: () => span,
  };
}

interface Source {
  readonly file: string;
  readonly text: string;
  /** Whether a text with errors has a value too. */
  readonly isLoose: boolean;
}

/**
 * A document keeps its value. What tells the places is ten times as large and
 * seldom asked for once the document was found to be right, so it may be thrown
 * away, and is made again from the text.
 */
class YamlDocument implements LooseDocument {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly errors: readonly Diagnostic[];
  readonly #isLoose: boolean;
  #places: WeakRef<Places>;

  constructor({ file, text, isLoose }: Source) {
    this.file = file;
    this.text = text;
    this.#isLoose = isLoose;
    const places = new Places(text, { isLoose });
    this.#places = new WeakRef(places);
    this.value = places.value;
    this.errors = places.faults.map((fault) => this.#diagnosticOf(fault, places));
  }

  locate(path: Path, target: "key" | "value" = "value"): Span {
    return this.#found().locate(path, target);
  }

  placeInScalar(path: Path, start: number, end: number): Span {
    return this.#found().placeInScalar(path, { start, end });
  }

  pathAt(offset: number): PathAt {
    return this.#found().pathAt(offset);
  }

  #found(): Places {
    const known = this.#places.deref();
    if (known !== undefined) return known;
    const places = new Places(this.text, { isLoose: this.#isLoose });
    this.#places = new WeakRef(places);
    return places;
  }

  #diagnosticOf({ code, message, start, end, related }: Fault, places: Places): Diagnostic {
    const placeOf = (from: number, to: number): Place => ({
      file: this.file,
      span: places.span(from, to),
    });
    const place = placeOf(start, end);
    const diagnostic = { code, severity: "error", message, place } as const;
    if (related === undefined) return diagnostic;
    const other = { message: related.message, place: placeOf(related.start, related.end) };
    return { ...diagnostic, related: [other] };
  }
}

/** Where the values of a text stand. */
class Places {
  readonly value: unknown;
  readonly faults: readonly Fault[];
  readonly #text: string;
  readonly #lines = new LineCounter();
  readonly #root: Node | null;
  readonly #tree: YamlTree;
  readonly #alignments = new Map<Scalar, Alignment>();

  constructor(text: string, { isLoose }: Pick<Source, "isLoose">) {
    const document = parseYaml(text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      schema: "core",
      uniqueKeys: false,
      logLevel: "error",
    });
    const isReadable = isLoose || document.errors.every(({ code }) => code === "MULTIPLE_DOCS");
    this.#text = text;
    this.#root = document.contents;
    this.#tree = readTree(isReadable ? document.contents : null);
    this.value = isReadable ? this.#tree.value : undefined;
    this.faults = [...faultsOfSyntax(document), ...this.#tree.faults];
  }

  locate(path: Path, target: "key" | "value"): Span {
    const { key, value, isComplete } = this.#tree.find(path);
    const isKeyWanted = isEmptyNode(value) || (isComplete && target === "key");
    const node = isKeyWanted ? key ?? value : value;
    return node === null ? this.span(0, 0) : this.#spanOf(node);
  }

  placeInScalar(
    path: Path,
    { start, end }: { readonly start: number; readonly end: number },
  ): Span {
    const { value, isComplete } = this.#tree.find(path);
    const scalar = this.#tree.targetOf(value);
    if (!isComplete || !isScalar(scalar)) return this.locate(path, "value");
    const alignment = this.#alignmentOf(scalar);
    const from = alignment(start);
    const last = end > start ? alignment(end - 1) : from;
    if (from === undefined || last === undefined) return this.#spanOf(scalar);
    return this.span(from, end > start ? last + 1 : from);
  }

  pathAt(offset: number): PathAt {
    return pathAt(this.#root, offset);
  }

  span(start: number, end: number): Span {
    return { start: this.#position(start), end: this.#position(end) };
  }

  #alignmentOf(scalar: Scalar): Alignment {
    const kept = this.#alignments.get(scalar);
    if (kept !== undefined) return kept;
    const made = alignmentOf(scalar, this.#text);
    this.#alignments.set(scalar, made);
    return made;
  }

  #spanOf(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return this.span(start, end);
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    // An empty text has no line of which the counter knows.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

/** Once the parser has lost its way, all that it says of what follows comes of that. */
function faultsOfSyntax({ errors, warnings }: Document.Parsed): readonly Fault[] {
  const faults = [...errors, ...warnings].slice(0, MAX_SYNTAX_ERRORS).map((error) => {
    const [start, end] = error.pos;
    return { ...complaintAbout(error), start, end };
  }).toSorted((one, other) => one.start - other.start);
  const lost = faults.findIndex(({ code }) => code === "yaml-syntax");
  return lost < 0 ? faults : faults.slice(0, lost + 1);
}

function complaintAbout({ code, message }: YAMLError): Pick<Fault, "code" | "message"> {
  switch (code) {
    case "MULTIPLE_DOCS":
      return {
        code: "yaml-multiple-documents",
        message:
          'Cannot read a second document in this file; put it into a file of its own or remove the "---"',
      };
    case "RESOURCE_EXHAUSTION":
      return { code: "yaml-too-deep", message: TOO_DEEP_MESSAGE };
    case "TAG_RESOLVE_FAILED":
      return {
        code: "yaml-tag",
        message:
          'Cannot use a tag of this kind; put a text that begins with "!" into quotes, or remove it',
      };
    case "BLOCK_AS_IMPLICIT_KEY":
      return {
        code: "yaml-syntax",
        message: "Cannot read this as YAML: a mapping begins within a value; " +
          'put text that holds ": " into quotes, or mend the indentation',
      };
    case "TAB_AS_INDENT":
      return {
        code: "yaml-syntax",
        message: "Cannot read this as YAML: it is indented with a tab; write spaces",
      };
    default:
      return {
        code: "yaml-syntax",
        message: `Cannot read this as YAML: ${asClause(message)}${hintFor(code, message)}`,
      };
  }
}

/** A text that begins with a sign of YAML's own is one only in quotes. */
function hintFor(code: YAMLError["code"], message: string): string {
  const isSign = code === "BAD_ALIAS" || message.includes("reserved character") ||
    message.includes("directive indicator") || message.includes("Tags and anchors");
  return isSign ? "; put the text into quotes" : "";
}

/** The parser's own words, made to fit behind a colon. */
function asClause(message: string): string {
  const [line = ""] = message.split("\n", 1);
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, "");
}
