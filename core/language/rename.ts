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

/** A place that changes. */
export interface RenameEdit extends Located {
  /** The file that it stands in. */
  readonly file: string;
}

/** How something is renamed. */
export interface RenameOptions {
  /** What it is called from now on. */
  readonly to: string;
  /** The other files that may name it. @default none */
  readonly others?: readonly Analysis[];
}

/** What a rename comes to: the places that change, or why none does. */
export type Rename =
  | { readonly ok: true; readonly edits: readonly RenameEdit[] }
  | { readonly ok: false; readonly message: string };

/** What can be renamed at an offset; `undefined` when nothing can. */
export function renamableAt(analysis: Analysis, offset: number): Renamable | undefined {
  const found = occurrenceAt(analysis, offset);
  if (found === undefined || !RENAMED.has(found.symbol.kind)) return undefined;
  return { symbol: found.symbol, range: { start: found.start, end: found.end } };
}

/** Renames what stands at an offset, with all its uses in the text and in others. */
export function renameAt(analysis: Analysis, offset: number, options: RenameOptions): Rename {
  const { to, others = [] } = options;
  const found = renamableAt(analysis, offset);
  if (found === undefined) {
    return refused("Only workflows, jobs, stages, parameters, axes and outputs can be renamed");
  }
  const { symbol } = found;
  const all = [analysis, ...others];
  const named = all.map((each) => ({ analysis: each, places: placesOf(symbol, each) }))
    .filter(({ places }) => places.length > 0);
  if (!named.some(({ places }) => places.some(({ isDefinition }) => isDefinition))) {
    return refused(`Cannot rename "${symbol.name}" here; open the file that defines it`);
  }
  const problem = nameProblemOf(to) ?? takenBy(symbol, { to, all }) ??
    named.map(({ analysis }) => unreadable(symbol, analysis)).find((each) => each !== undefined);
  if (problem !== undefined) return refused(problem);
  for (const { analysis: { text, document: { file } }, places } of named) {
    const unclear = places.find(({ start, end }) => text.slice(start, end) !== symbol.name);
    if (unclear === undefined) continue;
    const line = text.slice(0, unclear.start).split("\n").length;
    return refused(
      `Cannot rename "${symbol.name}": line ${line} ${
        file === analysis.document.file ? "" : `of ${file} `
      }` +
        "spells it with escapes; write it plainly first",
    );
  }
  return {
    ok: true,
    edits: named.flatMap(({ places }) =>
      places.map(({ start, end, file }) => ({ start, end, file }))
    ),
  };
}

const RENAMED: ReadonlySet<SymbolKind> = new Set([
  "workflow",
  "job",
  "stage",
  "param",
  "axis",
  "output",
]);

/** What can be written behind a dot, and as YAML without quotes. */
const PLAIN_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_]*(?:-+[\p{L}\p{M}\p{N}_]+)*$/u;
const YAML_WORDS = /^(?:true|false|null)$/i;

function unreadable(symbol: NamedSymbol, { document }: Analysis): string | undefined {
  const [error] = document.errors;
  if (error === undefined) return undefined;
  return `Cannot rename "${symbol.name}" while "${document.file}" is no YAML: ${error.message}`;
}

function nameProblemOf(to: string): string | undefined {
  const wrong = nameProblem(to);
  if (wrong !== undefined) return `The name "${to}" ${wrong}`;
  if (PLAIN_NAME.test(to) && !YAML_WORDS.test(to)) return undefined;
  return `Cannot use "${to}" as a name: write letters, digits, "_" and "-", beginning with a letter`;
}

function takenBy(
  symbol: NamedSymbol,
  { to, all }: { readonly to: string; readonly all: readonly Analysis[] },
): string | undefined {
  if (to === symbol.name || !all.some((analysis) => isTaken(analysis, symbol, to))) {
    return undefined;
  }
  const article = symbol.kind === "output" || symbol.kind === "axis" ? "an" : "a";
  return `There is ${article} ${symbol.kind} "${to}" already`;
}

function isTaken(analysis: Analysis, symbol: NamedSymbol, to: string): boolean {
  if (symbol.kind === "workflow") {
    const known = [
      ...analysis.facts.workflows,
      ...analysis.workflows.map(({ workflow }) => workflow),
    ];
    return known.some(({ name }) => name === to);
  }
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
