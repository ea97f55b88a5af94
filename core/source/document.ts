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
  if (isTooLong(text)) return unreadableDocument(text, file);
  const lines = new LineCounter();
  const document = parseYaml(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: "core",
    uniqueKeys: false,
    logLevel: "error",
  });
  return new YamlDocument(document, { file, text, lines });
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
  readonly lines: LineCounter;
}

class YamlDocument implements SourceDocument {
  readonly file: string;
  readonly text: string;
  readonly value: unknown;
  readonly errors: readonly Diagnostic[];
  readonly #lines: LineCounter;
  readonly #tree: YamlTree;
  readonly #alignments = new Map<Scalar, Alignment>();

  constructor(document: Document.Parsed, { file, text, lines }: Source) {
    this.file = file;
    this.text = text;
    this.#lines = lines;
    const isReadable = document.errors.every(({ code }) => code === "MULTIPLE_DOCS");
    this.#tree = readTree(isReadable ? document.contents : null);
    this.value = isReadable ? this.#tree.value : undefined;
    const faults = [...faultsOfSyntax(document), ...this.#tree.faults];
    this.errors = faults.map((fault) => this.#diagnosticOf(fault));
  }

  locate(path: Path, target: "key" | "value" = "value"): Span {
    const { key, value, isComplete } = this.#tree.find(path);
    const isKeyWanted = isEmptyNode(value) || (isComplete && target === "key");
    const node = isKeyWanted ? key ?? value : value;
    return node === null ? this.#span(0, 0) : this.#spanOf(node);
  }

  placeInScalar(path: Path, start: number, end: number): Span {
    const { value, isComplete } = this.#tree.find(path);
    const scalar = this.#tree.targetOf(value);
    if (!isComplete || !isScalar(scalar)) return this.locate(path);
    const alignment = this.#alignmentOf(scalar);
    const from = alignment(start);
    const last = end > start ? alignment(end - 1) : from;
    if (from === undefined || last === undefined) return this.#spanOf(scalar);
    return this.#span(from, end > start ? last + 1 : from);
  }

  #alignmentOf(scalar: Scalar): Alignment {
    const kept = this.#alignments.get(scalar);
    if (kept !== undefined) return kept;
    const made = alignmentOf(scalar, this.text);
    this.#alignments.set(scalar, made);
    return made;
  }

  #diagnosticOf({ code, message, start, end, related }: Fault): Diagnostic {
    const diagnostic = {
      code,
      severity: "error",
      message,
      place: this.#place(start, end),
    } as const;
    if (related === undefined) return diagnostic;
    const place = this.#place(related.start, related.end);
    return { ...diagnostic, related: [{ message: related.message, place }] };
  }

  #place(start: number, end: number): Place {
    return { file: this.file, span: this.#span(start, end) };
  }

  #spanOf(node: Node): Span {
    const [start, end] = node.range ?? [0, 0];
    return this.#span(start, end);
  }

  #span(start: number, end: number): Span {
    return { start: this.#position(start), end: this.#position(end) };
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    // An empty text has no line of which the counter knows.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  }
}

function faultsOfSyntax({ errors, warnings }: Document.Parsed): readonly Fault[] {
  return [...errors, ...warnings].slice(0, MAX_SYNTAX_ERRORS).map((error) => {
    const [start, end] = error.pos;
    return { ...complaintAbout(error), start, end };
  });
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
        message: "Cannot use a tag of this kind; remove it and write plain YAML",
      };
    default:
      return { code: "yaml-syntax", message: `Cannot read this as YAML: ${asClause(message)}` };
  }
}

/** The parser's own words, made to fit behind a colon. */
function asClause(message: string): string {
  const [line = ""] = message.split("\n", 1);
  return line.charAt(0).toLowerCase() + line.slice(1).replace(/[.:]$/, "");
}
