/**
 * A script on its way from text with holes to text with references.
 *
 * @module
 */
import { marginOf, type Range } from "./dedent.ts";
import type { EmbeddedHole, Embedding, EmbedProblem, HolePlace } from "./embed.ts";
import { MAX_SCRIPT_LENGTH } from "./embed.ts";
import { HOLE_START } from "./hole.ts";
import { splitTemplate, type TemplatePart } from "./template.ts";

/** Stands for a hole among the characters of a script; longer than any of them, so none is taken for it. */
export const HOLE = "${{ }}";

/** The characters of a script, one UTF-16 code unit each, with a {@linkcode HOLE} for each hole. */
export interface Units {
  /** The characters. */
  readonly chars: readonly string[];
  /** Where each of them stands in the script as written. */
  readonly origins: readonly number[];
}

/** What becomes of a hole: where it stands and what is written instead. */
export interface Placement {
  /** Where it stands. */
  readonly place: HolePlace;
  /** What is written instead; `§` becomes the variable. */
  readonly reference: string;
}

/** Holes by the order in which they were placed: from one up to another. */
export interface PlacedRange {
  /** The first one. */
  readonly from: number;
  /** The one behind the last. */
  readonly to: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string | EmbeddedHole;
}

/** Where less than any text can go, the strictest last. */
const NARROW_PLACES = ["program", "name", "numeric"] as const;

/** A place where less than any text can go. */
export type NarrowPlace = typeof NARROW_PLACES[number];

function strictness(place: HolePlace): number {
  return NARROW_PLACES.findIndex((narrow) => narrow === place);
}

interface PlacedHole {
  readonly part: TemplatePart;
  readonly reference: string;
  place: HolePlace;
}

const UNSAFE_FILTER = /(?<!\|)\|\s*unsafe\s*$/;
const VARIABLE_PREFIX = "SLUICE_VALUE_";
const FOLDED_LINE_END = /\r(?=\n)/g;

/** Collects what becomes of each hole, and what else is to be changed. */
export class EmbedSource {
  /** What there is to read. */
  readonly units: Units;
  readonly #text: string;
  readonly #parts: readonly TemplatePart[];
  readonly #holes: ReadonlyMap<number, TemplatePart>;
  readonly #prefix: string;
  readonly #placed: PlacedHole[] = [];
  readonly #edits: Edit[] = [];
  readonly #problems: EmbedProblem[] = [];
  #refusesAll: Omit<EmbedProblem, "start" | "end"> | undefined;

  /** @param text The script as written. */
  constructor(text: string, options: { readonly dedented: boolean }) {
    this.#text = text;
    this.#parts = this.#isReadable() ? splitTemplate(text) : [];
    this.#holes = new Map(
      this.#parts.filter(({ kind }) => kind === "hole").map((part) => [part.start, part]),
    );
    this.#prefix = unusedPrefix(text);
    if (options.dedented) this.#removeMargin();
    this.units = this.#split();
  }

  /** How many holes have been placed. */
  get count(): number {
    return this.#placed.length;
  }

  /** Says where the hole at this offset stands. */
  place(origin: number, placement: Placement): void {
    const part = this.#holes.get(origin);
    if (part === undefined) throw new Error(`Internal error: no hole starts at ${origin}`);
    this.#placed.push({ part, ...placement });
  }

  /** Says that holes stand where less can go. */
  narrow(placed: PlacedRange, place: NarrowPlace): void {
    for (const hole of this.#placed.slice(placed.from, placed.to)) {
      if (hole.place !== "comment" && strictness(place) > strictness(hole.place)) {
        hole.place = place;
      }
    }
  }

  /** Writes something else instead of the characters from one offset up to another. */
  replace({ start, end }: Range, text: string): void {
    this.#edits.push({ start, end, text });
  }

  /** Says why holes cannot be carried where they were placed; unsafe ones need not be. */
  refuse(placed: PlacedRange, problem: Omit<EmbedProblem, "start" | "end">): void {
    for (const { part, place } of this.#placed.slice(placed.from, placed.to)) {
      if (place === "comment" || isUnsafe(part)) continue;
      this.#problems.push({ ...problem, start: part.start, end: part.end });
    }
  }

  /** Says why no hole of the script can be carried, wherever it stands. */
  refuseAll(problem: Omit<EmbedProblem, "start" | "end">): void {
    this.#refusesAll ??= problem;
  }

  /** Whether one of these holes is unsafe: its text may be more than one word. */
  pastes(placed: PlacedRange): boolean {
    return this.#placed.slice(placed.from, placed.to).some(({ part }) => isUnsafe(part));
  }

  /** Says why the script cannot be read any further. */
  abandon(origin: number, problem: Omit<EmbedProblem, "start" | "end">): void {
    this.#problems.push({ ...problem, start: origin, end: this.#text.length });
  }

  /** What has become of the script. */
  result(): Embedding {
    if (this.#refusesAll !== undefined) this.refuse({ from: 0, to: this.count }, this.#refusesAll);
    if (this.#problems.length > 0) return { ok: false, problems: this.#problems };
    const holes = this.#placed
      .toSorted((a, b) => a.part.start - b.part.start)
      .map((placed, index) => this.#finish(placed, index));
    return { ok: true, script: { pieces: this.#pieces(), holes } };
  }

  #isReadable(): boolean {
    if (this.#text.length <= MAX_SCRIPT_LENGTH) return true;
    const message = `The script has more than ${MAX_SCRIPT_LENGTH} characters; move it to a file`;
    this.abandon(0, { code: "embed-length", message });
    return false;
  }

  #removeMargin(): void {
    const masked = this.#parts.map(({ kind, text, start, end }) =>
      kind === "text" ? text : "x".repeat(end - start)
    ).join("");
    for (const { start, end } of marginOf(masked)) this.replace({ start, end }, "");
    for (const { index } of masked.matchAll(FOLDED_LINE_END)) {
      this.replace({ start: index, end: index + 1 }, "");
    }
  }

  #split(): Units {
    const removed = new Set<number>();
    for (const { start, end } of this.#edits) {
      for (let at = start; at < end; at++) removed.add(at);
    }
    const chars: string[] = [];
    const origins: number[] = [];
    for (const { kind, text, start, end } of this.#parts) {
      const holeOrText = kind === "hole" ? [HOLE] : text.slice(0, end - start).split("");
      holeOrText.forEach((char, index) => {
        if (removed.has(start + index)) return;
        chars.push(char);
        origins.push(start + index);
      });
    }
    return { chars, origins };
  }

  #finish({ part, place, reference }: PlacedHole, index: number): EmbeddedHole {
    const unsafe = isUnsafe(part);
    const hole: EmbeddedHole = {
      variable: `${this.#prefix}${index + 1}`,
      expression: part.text.replace(UNSAFE_FILTER, ""),
      expressionStart: part.start + HOLE_START.length,
      start: part.start,
      end: part.end,
      place,
      unsafe,
    };
    if (place !== "comment") {
      const text = unsafe ? hole : reference.replaceAll("§", hole.variable);
      this.#edits.push({ start: part.start, end: part.end, text });
    }
    return hole;
  }

  #pieces(): readonly (string | EmbeddedHole)[] {
    const pieces: (string | EmbeddedHole)[] = [];
    let from = 0;
    for (const { start, end, text } of this.#edits.toSorted((a, b) => a.start - b.start)) {
      pieces.push(this.#text.slice(from, start), text);
      from = end;
    }
    pieces.push(this.#text.slice(from));
    return pieces.filter((piece) => piece !== "");
  }
}

function isUnsafe(part: TemplatePart): boolean {
  return UNSAFE_FILTER.test(part.text);
}

function unusedPrefix(text: string): string {
  let prefix = VARIABLE_PREFIX;
  while (text.includes(prefix)) prefix += "_";
  return prefix;
}
