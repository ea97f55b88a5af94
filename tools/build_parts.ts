/**
 * What the bundler leaves, made so that a start reads only what it needs.
 *
 * @module
 */

/** The files of the bundler, by name. */
export type Parts = ReadonlyMap<string, string>;

/** Where all files but the first are. */
export const PARTS_FOLDER = "parts";

const MAIN = "sluice.js";

/** A file as it is put into the folder. */
export interface FinishedPart {
  /** Its path there. */
  readonly path: string;
  /** What it says. */
  readonly text: string;
}

/** A file of the bundler, finished. */
export function finishedPart(name: string, parts: Parts): FinishedPart {
  const isMain = name === MAIN;
  const text = withoutRequire(parts.get(name) ?? "");
  return {
    path: isMain ? name : `${PARTS_FOLDER}/${name}`,
    text: withPartsLater(text, { parts, folder: isMain ? `./${PARTS_FOLDER}/` : "./" }),
  };
}

/**
 * Packages that are no ES modules ask for built-in modules by `require`. What
 * the bundler makes for them loads `node:module` at each start, which takes
 * half as long as all the rest of a bare one.
 */
function withoutRequire(text: string): string {
  return text.replace(REQUIRE, "var $1=(id)=>globalThis.process.getBuiltinModule(id);");
}

const REQUIRE =
  /import ?\{ ?createRequire as __deno_internal_createRequire ?\} ?from ?"node:module";\s*var ([\w$]+) ?= ?__deno_internal_createRequire\(import\.meta\.url\);/;

/**
 * Deno reads whatever a literal `import()` names before it runs the first line;
 * it cannot see through a call.
 */
function withPartsLater(
  text: string,
  { parts, folder }: { readonly parts: Parts; readonly folder: string },
): string {
  return text.replace(PART, (whole, before: string, name: string) => {
    if (!parts.has(name)) return whole; // A text that looks like it.
    const path = JSON.stringify(`${folder}${name}`);
    return before === "import(" ? `import(String(${path})` : `${before}${path}`;
  });
}

const PART = /(\bimport\(|\bfrom ?|\bimport ?)"\.\/([\w-]+\.js)"/g;
