/**
 * What the reference says when an expression goes wrong, word for word:
 * workflows look at these texts, so they keep its spelling and its periods.
 *
 * @module
 */

/** A path leads nowhere (REFERENCE C-348). */
export function noSuchPath(path: string): string {
  return `Parameters does not get dot with caller: ${path}.`;
}

/** There is no such filter (C-356). */
export function noSuchFilter(name: string): string {
  return `The post-filter: '${name}' does not support yet.`;
}

/** A filter cannot work on a value (C-356). */
export function filterMisfit(name: string, shownValue: string): string {
  return `The post-filter: '${name}' does not fit with ${shownValue}.`;
}

/** A filter was given something else than constants (C-356). */
export function argumentNotConstant(filter: string): string {
  return `Argument of ${filter} should be constant.`;
}

/** `getindex` asks for more than there is (C-354). */
export function indexOutOfRange(index: number, length: number): string {
  return `Index: ${index} is out of range of value (The maximum range is ${length}).`;
}

/** `getitem` and `getindex` are given the wrong kind of value (C-353, C-354). */
export function wrongContainer(
  filter: string,
  { expected, found }: { readonly expected: string; readonly found: string },
): string {
  return `The value that pass to \`${filter}\` filter should be \`${expected}\` not \`<class '${found}'>\`.`;
}

/** `fmt` is given something else than a date or date-time (C-351). */
export const NO_DATETIME = "This custom function should pass input value with datetime type.";

/** A condition gives neither true nor false (C-155). */
export const NO_BOOLEAN = "Return type of condition does not be boolean";
