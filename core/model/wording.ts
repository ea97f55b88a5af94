/**
 * Putting messages together.
 *
 * @module
 */

/** The text with a capital in front, as a sentence begins. */
export function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** The longest name that a message repeats in full. */
const MAX_SHOWN_CHARS = 80;

/** A name in quotes, on one line, and not too long for a message. */
export function quotedName(name: string): string {
  const shown = name.length > MAX_SHOWN_CHARS ? `${name.slice(0, MAX_SHOWN_CHARS)}…` : name;
  return JSON.stringify(shown);
}
