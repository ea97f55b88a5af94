/**
 * Giving something another name, everywhere at once or not at all.
 *
 * @module
 */
import type { Located } from "../expr/ast.ts";
import { nameProblem } from "../model/name.ts";
import type { Analysis } from "./analysis.ts";
import {
  type NamedSymbol,
  occurrenceAt,
  occurrencesIn,
  placesOf,
  type SymbolKind,
} from "./symbols.ts";

/** What can be renamed at a place. */
export interface Renamable {
  /** What it is. */
  readonly symbol: NamedSymbol;
  /** Where the name stands. */
  readonly range: Located;
}

/** What a rename comes to: the places that change, or why none does. */
export type Rename =
  | { readonly ok: true; readonly edits: readonly Located[] }
  | { readonly ok: false; readonly message: string };

/** What can be renamed at an offset; `undefined` when nothing can. */
export function renamableAt(analysis: Analysis, offset: number): Renamable | undefined {
  const found = occurrenceAt(analysis, offset);
  if (found === undefined || !RENAMED.has(found.symbol.kind)) return undefined;
  return { symbol: found.symbol, range: { start: found.start, end: found.end } };
}

/** Renames what stands at an offset, with all its uses in the text. */
export function renameAt(
  analysis: Analysis,
  offset: number,
  { to }: { readonly to: string },
): Rename {
  const found = renamableAt(analysis, offset);
  if (found === undefined) {
    return refused("Only jobs, stages, parameters, axes and outputs can be renamed");
  }
  const { symbol } = found;
  const problem = problemOf(analysis, symbol, to);
  if (problem !== undefined) return refused(problem);
  const places = placesOf(symbol, analysis);
  if (!places.some(({ isDefinition }) => isDefinition)) {
    return refused(`Cannot rename "${symbol.name}" here; open the file that defines it`);
  }
  const unclear = places.find(({ start, end }) => analysis.text.slice(start, end) !== symbol.name);
  if (unclear !== undefined) {
    const line = analysis.text.slice(0, unclear.start).split("\n").length;
    return refused(
      `Cannot rename "${symbol.name}": line ${line} spells it with escapes; write it plainly first`,
    );
  }
  return { ok: true, edits: places.map(({ start, end }) => ({ start, end })) };
}

const RENAMED: ReadonlySet<SymbolKind> = new Set(["job", "stage", "param", "axis", "output"]);

/** What can be written behind a dot, and as YAML without quotes. */
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_]*(?:-+[\p{L}\p{M}\p{N}_]+)*$/u;
const YAML_WORDS = /^(?:true|false|null)$/i;

function problemOf(analysis: Analysis, symbol: NamedSymbol, to: string): string | undefined {
  const { document: { errors } } = analysis;
  if (errors.length > 0) {
    return `Cannot rename "${symbol.name}" while the file is no YAML: ${errors[0]?.message}`;
  }
  const wrong = nameProblem(to);
  if (wrong !== undefined) return `The name "${to}" ${wrong}`;
  if (!PLAIN_NAME.test(to) || YAML_WORDS.test(to)) {
    return `Cannot use "${to}" as a name: write letters, digits, "_" and "-", beginning with a letter`;
  }
  if (to === symbol.name || !isTaken(analysis, symbol, to)) return undefined;
  return `There is ${
    symbol.kind === "output" || symbol.kind === "axis" ? "an" : "a"
  } ${symbol.kind} "${to}" already`;
}

function isTaken(analysis: Analysis, symbol: NamedSymbol, to: string): boolean {
  const around = ownerOf(symbol);
  return occurrencesIn(analysis).some(({ symbol: other, isDefinition }) =>
    isDefinition && other.kind === symbol.kind && other.name === to &&
    other.workflow === symbol.workflow && ownerOf(other) === around
  );
}

/** What holds the name: two stages of one list may not share it, those of other jobs may. */
function ownerOf({ kind, key }: NamedSymbol): string {
  if (kind === "job" || kind === "param" || kind === "workflow") return "";
  return key.slice(0, key.lastIndexOf(","));
}

function refused(message: string): Rename {
  return { ok: false, message };
}
