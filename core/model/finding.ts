/**
 * Something wrong in a document, by the path of what is wrong; it becomes a
 * diagnostic once the document has said where that stands.
 *
 * @module
 */
import type { Diagnostic, Fix, Severity } from "../source/diagnostic.ts";
import type { Path, SourceDocument } from "../source/document.ts";
import type { Place } from "../source/span.ts";

/** A place in a document, by path. */
export interface Spot {
  /** The way to the value. */
  readonly path: Path;
  /** Whether its key or the value itself is meant. @default "value" */
  readonly target?: "key" | "value";
  /** For a text: which characters of it, from `start` to before `end`. */
  readonly within?: { readonly start: number; readonly end: number };
}

/** Something wrong at a spot. */
export interface Finding extends Spot {
  /** Stable and documented: `"key-unknown"`. */
  readonly code: string;
  /** How bad it is. @default "error" */
  readonly severity?: Severity;
  /** What is wrong and what is so now. */
  readonly message: string;
  /** Other spots of the same document that help to explain. */
  readonly related?: readonly (Spot & { readonly message: string })[];
  /** What else is good to know, each in a sentence without its capital. */
  readonly notes?: readonly string[];
  /** What was probably meant. It stands at the finding's own spot, unless it says otherwise. */
  readonly fix?: FindingFix;
  /** What cannot be known because of it: what follows from that is not reported. */
  readonly hides?: Path;
}

/** What to write instead of something at a finding's path. */
export interface FindingFix {
  /** What to write. */
  readonly text: string;
  /** What stands there now. */
  readonly was: string;
  /** Which characters of the text at the path it replaces. @default those of the finding */
  readonly within?: Spot["within"];
}

/** Takes what was found. */
export type Report = (finding: Finding) => void;

/** The finding with its place in the text. */
export function diagnose(document: SourceDocument, finding: Finding): Diagnostic {
  const { code, severity = "error", message, related, notes } = finding;
  const fix = fixOf(document, finding);
  const place = placeOf(document, finding);
  const diagnostic = {
    code,
    severity,
    message,
    place,
    ...(notes && { notes }),
    ...(fix && { fix }),
  };
  if (related === undefined) return diagnostic;
  return {
    ...diagnostic,
    related: related.map((other) => ({
      message: other.message,
      place: placeOf(document, other),
    })),
  };
}

/** A fix is made only where the text stands letter for letter: without escapes, quotes or line ends in it. */
function fixOf(document: SourceDocument, { fix, ...spot }: Finding): Fix | undefined {
  if (fix === undefined) return undefined;
  const within = fix.within ?? spot.within;
  const place = placeOf(document, within === undefined ? spot : { ...spot, within });
  const { start, end } = place.span;
  const isLiteral = start.line === end.line && end.column - start.column === fix.was.length;
  return isLiteral ? { text: fix.text, place } : undefined;
}

/** Where a spot stands. */
export function placeOf(document: SourceDocument, spot: Spot): Place {
  const span = spot.within === undefined
    ? document.locate(spot.path, spot.target ?? "value")
    : document.placeInScalar(spot.path, spot.within.start, spot.within.end);
  return { file: document.file, span };
}

/** Orders diagnostics of one file as they stand in it. */
export function byPlace(one: Diagnostic, other: Diagnostic): number {
  const [a, b] = [one.place.span.start, other.place.span.start];
  return a.line - b.line || a.column - b.column;
}
