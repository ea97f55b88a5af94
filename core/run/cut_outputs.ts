/**
 * Outputs of which only the beginning was kept. A stage kind that cuts an
 * output names it in `truncated`; what was cut is never read as if it were
 * the whole.
 *
 * @module
 */
import { ExpressionError } from "../expr/expression_error.ts";
import type { Value, ValueObject, View } from "../expr/value.ts";
import { entryOf, isMapping, isView, namesOf, viewOf } from "../expr/view.ts";

/** The output in which a stage kind names those that it cut. */
export const TRUNCATED = "truncated";

const BYTES_IN_KIB = 1024;

/**
 * The same mapping, in which reading an output that was cut throws an
 * {@linkcode ExpressionError}; itself where nothing in it was. `path` is how
 * expressions name it.
 */
export function readWhole(outputs: ValueObject | View, path: string): ValueObject | View {
  return hasCut(outputs) ? guarded(outputs, path) : outputs;
}

function guarded(mapping: ValueObject | View, path: string): View {
  const cut = cutNames(mapping);
  return viewOf(() => namesOf(mapping), (name) => {
    const value = entryOf(mapping, name);
    const at = `${path}.${name}`;
    if (typeof value === "string" && cut.includes(name)) throw unreadable(value, at);
    return value !== undefined && isMapping(value) && hasCut(value) ? guarded(value, at) : value;
  });
}

/** Journals of earlier releases have `true` here: what they cut is read as it was then. */
function cutNames(mapping: ValueObject | View): readonly Value[] {
  const names = entryOf(mapping, TRUNCATED);
  return Array.isArray(names) ? names : [];
}

/** Outputs never change, and what an earlier run or a triggered one left may be large. */
const SEARCHED = new WeakMap<ValueObject, boolean>();

/** Whether anything was cut in a mapping, or in one that it holds: contexts of other runs stand in outputs. */
function hasCut(mapping: ValueObject | View): boolean {
  if (isView(mapping)) return true;
  const known = SEARCHED.get(mapping);
  if (known !== undefined) return known;
  const found = cutNames(mapping).length > 0 ||
    Object.values(mapping).some((value) => isMapping(value) && hasCut(value));
  SEARCHED.set(mapping, found);
  return found;
}

function unreadable(kept: string, path: string): ExpressionError {
  const size = Math.ceil(new TextEncoder().encode(kept).length / BYTES_IN_KIB);
  return new ExpressionError(
    `Cannot read "${path}": of what was printed only the first ${size} KiB are kept as an output; ` +
      'write it to a file instead, or what is needed of it to "$SLUICE_OUTPUT"',
    { name: "ValueError" },
  );
}
