/** The language with the first-party stage kinds, and texts with a mark in them. @module */
import { BUILTIN_FILTERS, BUILTIN_FUNCTIONS } from "../../core/expr/mod.ts";
import { type Analysis, analyze, type LanguageFacts } from "../../core/language/analysis.ts";
import { type Completions, completionsAt } from "../../core/language/completion.ts";
import { FIRST_PARTY_STAGES } from "../../stages/first_party.ts";

const USED = [
  "bash",
  "script",
  "trigger",
  "parallel",
  "foreach",
  "until",
  "case",
  "raise",
  "empty",
];

/** What texts are looked at with. */
export const FACTS: LanguageFacts = {
  kinds: await Promise.all(
    FIRST_PARTY_STAGES.filter(({ name }) => USED.includes(name)).map((entry) => entry.load()),
  ),
  functions: BUILTIN_FUNCTIONS,
  filters: BUILTIN_FILTERS,
  scriptLang: "ts",
  workflows: [],
};

/** The text without its `◆`, and where that stood. */
export function marked(source: string): { readonly text: string; readonly offset: number } {
  const offset = source.indexOf("◆");
  return { text: source.slice(0, offset) + source.slice(offset + 1), offset };
}

/** A text with all that is known of it. */
export function analyzed(text: string): Analysis {
  return analyze(text, { file: "a.yml", facts: FACTS });
}

/** What may be written at the `◆`. */
export function offered(source: string): Completions {
  const { text, offset } = marked(source);
  return completionsAt(text, offset, { file: "a.yml", facts: FACTS });
}

/** The names of that. */
export function labels(source: string): readonly string[] {
  return offered(source).items.map(({ label }) => label);
}
