/**
 * Which paths a text reads, for whoever wants to know before it is evaluated.
 *
 * @module
 */
import { type PathNode, type Step, walk } from "./ast.ts";
import { parseCondition } from "./condition.ts";
import type { Expression } from "./expression.ts";
import { ExpressionError } from "./expression_error.ts";
import { HOLE_START } from "./hole.ts";
import { parseHole, splitTemplate } from "./template.ts";

/** A path that an expression reads. */
export interface Reference {
  /** What it begins with: `params`, `needs`, … */
  readonly root: string;
  /** The constant names behind it, up to the first that is computed. */
  readonly segments: readonly string[];
  /** Whether a `?` says that some part of the path may be missing. */
  readonly optional: boolean;
  /** Whether `segments` is the whole path; false when a computed index follows. */
  readonly complete: boolean;
  /** Offset of its first character. */
  readonly start: number;
  /** Offset behind its last character. */
  readonly end: number;
}

/**
 * The paths that an expression reads, in the order in which they are written.
 *
 * @example
 * ```ts
 * import { parseExpression } from "./expression.ts";
 * import { referencesOf } from "./references.ts";
 *
 * const [reference] = referencesOf(parseExpression("needs.main-process.result == 'failure'"));
 * console.assert(reference?.segments.join() === "main-process,result");
 * ```
 */
export function referencesOf({ root }: Expression): readonly Reference[] {
  const references: Reference[] = [];
  walk(root, (node) => {
    if (node.kind === "path") references.push(referenceTo(node));
  });
  return references;
}

/** The paths that the holes of a template read, with places in `text`; holes that do not parse are left out. */
export function references(text: string): readonly Reference[] {
  const holes = splitTemplate(text).filter(({ kind }) => kind === "hole");
  return holes.flatMap((hole) => {
    const found = unlessUnreadable(() => referencesOf(parseHole(text, hole)));
    return found.map((reference) => movedBy(reference, hole.start + HOLE_START.length));
  });
}

/** The paths that a condition reads; none when it does not parse. */
export function conditionReferences(text: string): readonly Reference[] {
  return unlessUnreadable(() => referencesOf(parseCondition(text)));
}

function referenceTo({ root, optional, steps, start, end }: PathNode): Reference {
  const segments: string[] = [];
  for (const step of steps) {
    const name = constantName(step);
    if (name === undefined) break;
    segments.push(name);
  }
  return {
    root,
    segments,
    optional: optional || steps.some((step) => step.optional),
    complete: segments.length === steps.length,
    start,
    end,
  };
}

function constantName(step: Step): string | undefined {
  if (step.kind === "name") return step.name;
  if (step.index.kind !== "literal") return undefined;
  const { value } = step.index;
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

function movedBy(reference: Reference, offset: number): Reference {
  return { ...reference, start: reference.start + offset, end: reference.end + offset };
}

/** What does not parse reads nothing; whoever reports that has its own way to it. */
function unlessUnreadable(find: () => readonly Reference[]): readonly Reference[] {
  try {
    return find();
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}
