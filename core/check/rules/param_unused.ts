/**
 * A parameter that nothing reads.
 *
 * @module
 */
import { type Node, type Step, walk } from "../../expr/ast.ts";
import { closestName } from "../../source/closest_name.ts";
import type { ReadText } from "../read_texts.ts";
import type { Rule } from "../rule.ts";

/** Reports declared parameters that no expression reads. */
export const paramUnused: Rule = {
  code: "param-unused",
  summary: "A parameter is declared, but nothing reads it",
  check({ params, path }, { texts, report }) {
    if (params.size === 0) return;
    // What does not parse may read any of them.
    if (texts.some(({ errors, embedding }) => errors.length > 0 || embedding?.ok === false)) return;
    const read = paramsIn(texts, params);
    if (read === "all") return;
    // A misspelt name is told where it is read, and not here again.
    const misspelt = [...read].filter((name) => !params.has(name));
    if (misspelt.length > MAX_MISSPELT) return;
    const meant = new Set(misspelt.map((name) => closestName(name, params.keys())));
    for (const name of params.keys()) {
      if (read.has(name) || meant.has(name)) continue;
      report({
        severity: "info",
        message: `Nothing reads the parameter "${name}"`,
        path: [...path, "params", name],
        target: "key",
      });
    }
  },
};

/** Where more names than this are wrong, nobody knows which parameters they mean. */
const MAX_MISSPELT = 100;

/** Scripts can read parameters without a template. */
const CODE_READING_NAMES: ReadonlySet<string> = new Set(["ts", "js", "python"]);
const NAMES_OF_RUN = /\b(?:params|context)\b/gu;
const READ_IN_CODE =
  /\bparams\b\s*(?:(?:\??\.\s*get\(|(?:\?\.)?\[)\s*["'](?<quoted>[^"'\\]*)["']|\??\.\s*(?<word>[\p{L}_$][\p{L}\p{N}_$]*))/gu;

const PARAMS = "params";

/** What other systems call parameters. */
const MISTAKEN: ReadonlySet<string> = new Set(["inputs", "vars"]);

function paramsIn(texts: readonly ReadText[], declared: Declared): ReadonlySet<string> | "all" {
  const names = new Set<string>();
  let isOpen = false;
  const visit = (node: Node): void => {
    if (node.kind !== "path") return;
    if (node.root !== PARAMS) {
      isOpen ||= MISTAKEN.has(node.root) || closestName(node.root, [PARAMS]) === PARAMS;
      return;
    }
    const name = nameIn(node.steps[0]);
    if (name === undefined) isOpen = true;
    else names.add(name);
  };
  for (const { expressions, reading, text } of texts) {
    if (CODE_READING_NAMES.has(reading)) {
      const inCode = paramsInCode(text, declared);
      isOpen ||= inCode === undefined;
      inCode?.forEach((name) => names.add(name));
    }
    for (const { root } of expressions) walk(root, visit);
  }
  return isOpen ? "all" : names;
}

type Declared = Pick<ReadonlyMap<string, unknown>, "has">;

/** The parameters that code names, `params.x` or `params["x"]`; `undefined` when it may read any, as by `Object.keys(params)`. */
function paramsInCode(text: string, declared: Declared): readonly string[] | undefined {
  const mentions = text.match(NAMES_OF_RUN)?.length ?? 0;
  const names = Array.from(
    text.matchAll(READ_IN_CODE),
    ({ groups: { quoted, word } = {} }) => quoted ?? word ?? "",
  );
  // What is no parameter may be a method of the mapping, or a variable with a name in it.
  const isPlain = names.length === mentions && names.every((name) => declared.has(name));
  return isPlain ? names : undefined;
}

/** The name that a step reads; none for all of them together, or one that is computed. */
function nameIn(step: Step | undefined): string | undefined {
  if (step?.kind === "name") return step.name;
  const value = step?.index.kind === "literal" ? step.index.value : undefined;
  return typeof value === "string" ? value : undefined;
}
