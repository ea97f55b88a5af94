/**
 * Text from elsewhere on a terminal: it must not move the cursor, change
 * colours, or be wider than its line.
 *
 * @module
 */

// deno-lint-ignore no-control-regex -- escape sequences begin with one
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;
// deno-lint-ignore no-control-regex -- they are what is looked for
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
// deno-lint-ignore no-control-regex -- the same, to look whether there is one
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const TAB = "    ";

/**
 * One line of text without anything that a terminal would obey. Of a line
 * that was written over itself, as progress bars are, the last version stays.
 *
 * @example
 * ```ts
 * import { terminalText } from "./terminal_text.ts";
 *
 * console.assert(terminalText("\x1b[31mred\x1b[0m") === "red");
 * console.assert(terminalText("10 %\r20 %") === "20 %");
 * ```
 */
export function terminalText(text: string): string {
  if (!CONTROL.test(text)) return text;
  const visible = text.replace(ESCAPES, "").replaceAll("\t", TAB).replace(/\r+$/, "");
  return visible.slice(visible.lastIndexOf("\r") + 1).replace(CONTROLS, "\ufffd");
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const ZERO_WIDTH = /[\p{M}\u200b-\u200d\ufe0f]/u;

/** How many columns a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const sign of text) width += widthOfSign(sign);
  return width;
}

/** The text, cut so that it takes at most `columns`; an ellipsis stands for what is left out. */
export function clipped(text: string, columns: number): string {
  if (text.length <= columns / 2 || widthOf(text) <= columns) return text;
  let width = 0;
  let end = 0;
  for (const sign of text) {
    width += widthOfSign(sign);
    if (width > columns - 1) break;
    end += sign.length;
  }
  return `${text.slice(0, end)}…`;
}

function widthOfSign(sign: string): number {
  if (sign < "\u0300") return 1;
  if (ZERO_WIDTH.test(sign)) return 0;
  return WIDE.test(sign) ? 2 : 1;
}
