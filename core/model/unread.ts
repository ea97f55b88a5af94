/**
 * What is not known of a workflow with errors: of the parts that are written
 * wrongly nothing can be said, and so nothing of what follows from them.
 *
 * @module
 */
import type { Path } from "../source/document.ts";

/** The parts of a workflow that could not be read, by their paths. */
export class UnreadParts {
  /** Whether the workflow is right as a whole: with an error in it, something may be unread of which nobody knows. */
  readonly isRight: boolean;
  readonly #parts: ReadonlySet<string>;
  /** All that holds such a part. */
  readonly #holders: ReadonlySet<string>;

  /** Takes the ways to them, or nothing for a workflow that is right. */
  constructor(paths?: readonly Path[]) {
    this.isRight = paths === undefined;
    this.#parts = new Set(paths?.map(nameOf));
    this.#holders = new Set(paths?.flatMap(startsOf));
  }

  /** Whether a value could not be read, since it or something that holds it is wrong. */
  has(path: Path): boolean {
    if (this.#parts.size === 0) return false;
    return this.#parts.has(nameOf(path)) || startsOf(path).some((start) => this.#parts.has(start));
  }

  /** Whether a value, or something in it, could not be read. */
  touches(path: Path): boolean {
    if (this.#parts.size === 0) return false;
    return this.#holders.has(nameOf(path)) || this.has(path);
  }
}

/** Of a workflow that is right. */
export const ALL_READ: UnreadParts = new UnreadParts();

function nameOf(path: Path): string {
  return JSON.stringify(path.map(String));
}

function startsOf(path: Path): readonly string[] {
  return path.map((_, length) => nameOf(path.slice(0, length)));
}
