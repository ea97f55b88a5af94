/** Texts with `${{ … }}`. @module */
import type { EvaluationContext } from "./evaluation_context.ts";
import type { Value } from "./value.ts";
/** A stretch of a template; `text` of a hole is what stands between the braces, untrimmed. */
export interface TemplatePart {
  /** Whether it is the author's text or a hole. */
  readonly kind: "text" | "hole";
  /** The text, or the expression of a hole. */
  readonly text: string;
  /** Offset where it starts, the `${{` included. */
  readonly start: number;
  /** Offset behind it, the `}}` included. */
  readonly end: number;
}
/** Options for {@linkcode renderTemplate}. */
export interface RenderOptions {
  /** Substitutes `${NAME}` and `${NAME:default}` in the author's own text. */
  readonly env?: (name: string) => string | undefined;
}
/** Splits a text into its own words and its holes. */
export function splitTemplate(text: string): readonly TemplatePart[] {
  return [{ kind: "text", text, start: 0, end: text.length }];
}
/** Whether a text has a hole. */
export function hasTemplate(_text: string): boolean { return false; }
/** Renders a text: one hole alone keeps its native type, else text. Throws {@linkcode ExpressionError} with offsets into `text`. */
export function renderTemplate(text: string, _context: EvaluationContext, _options: RenderOptions = {}): Value {
  return text;
}
/** Renders all texts in a value; keys of mappings stay as they are. */
export function renderDeep(value: Value, _context: EvaluationContext, _options: RenderOptions = {}): Value {
  return value;
}
