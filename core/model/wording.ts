/**
 * Putting messages together.
 *
 * @module
 */

/** The text with a capital in front, as a sentence begins. */
export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
