/**
 * What things may be called.
 *
 * @module
 */
import { references } from "../expr/references.ts";
import { hasTemplate } from "../expr/template.ts";
import { isForbiddenKey } from "../source/forbidden_key.ts";

/** The longest name of a workflow, job, stage or parameter. */
export const MAX_NAME_CHARS = 200;

// Control characters and line ends: they would forge lines in logs and lists.
const UNPRINTABLE = /[\p{Cc}\u2028\u2029]/u;

/** What is wrong with the name of a workflow, job or parameter, or `undefined`. */
export function nameProblem(name: string): string | undefined {
  if (hasTemplate(name)) return "may not hold a template: it is needed before any value is known";
  return textProblem(name);
}

/**
 * What is wrong with the name or id of a stage, or `undefined`. It may use
 * the values of `roots` alone: what differs between its siblings' repetitions
 * and is known before it begins (REFERENCE C-151).
 */
export function stageNameProblem(name: string, roots: readonly string[]): string | undefined {
  const used = references(name).find(({ root }) => !roots.includes(root));
  if (used === undefined) return textProblem(name);
  const allowed = roots.map((root) => `"${root}"`).join(", ");
  return `may use only ${allowed} in templates, but it uses "${used.root}"`;
}

function textProblem(name: string): string | undefined {
  if (name.trim() === "") return "may not be empty";
  if (name.length > MAX_NAME_CHARS) {
    return `may have at most ${MAX_NAME_CHARS} characters, but it has ${name.length}`;
  }
  if (UNPRINTABLE.test(name)) return "may not hold control characters or line ends";
  if (isForbiddenKey(name)) return "is reserved";
  return undefined;
}
