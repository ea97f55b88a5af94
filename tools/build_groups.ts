/**
 * Which modules the built command keeps together in one file.
 *
 * The bundler makes a file of all modules that the same parts lead to. With
 * sixty parts that is almost a file for each few modules, and to read a file
 * takes the runtime longer than what stands in it. So every part that needs
 * most of a group is made to lead to all of it.
 *
 * @module
 */

/** The text of each module, by its path. */
export type Modules = ReadonlyMap<string, string>;

/** Modules that are read together. */
export interface Group {
  /** Its name. */
  readonly name: string;
  /** What leads to all of it. */
  readonly starts: readonly string[];
  /** The share of it that a command must need to read it; other parts come after one that did. @default 0 */
  readonly skippedBelow?: number;
}

/** How modules are grouped. */
export interface Grouping {
  /** The groups, those that more commands need first; a module is in the first that leads to it. */
  readonly groups: readonly Group[];
  /** What a module of a group waits for while it is read: in no group, with all that they lead to. */
  readonly awaited: readonly string[];
  /** What runs in a thread of its own: parts, too. */
  readonly threads: readonly string[];
  /** Whether a part may be the first that needs a group, so that it must be worth reading for it. */
  readonly isFirst: (part: string) => boolean;
}

/** The modules with one more for each group, to which its parts lead. */
export function withGroups(
  modules: Modules,
  { groups, awaited, threads, isFirst }: Grouping,
): Modules {
  const apart = reachedFrom(awaited, modules);
  const parts = partsOf(modules).union(new Set(threads)).difference(apart);
  const taken = new Set(apart);
  const grouped = new Map(modules);
  for (const { name, starts, skippedBelow = 0 } of groups) {
    const members = reachedFrom(starts, modules).difference(taken);
    for (const member of members) taken.add(member);
    for (const part of parts) {
      const needed = reachedFrom([part], modules).intersection(members).size;
      const enough = isFirst(part) ? members.size * skippedBelow : 0;
      if (needed > enough) {
        grouped.set(part, `${importOf(fileOf(name), part)}\n${grouped.get(part)}`);
      }
    }
    const file = fileOf(name);
    grouped.set(file, [...members].map((member) => importOf(member, file)).join("\n"));
  }
  return grouped;
}

const STATIC = /^(?:import|export)(?!\s+type\b)[^;"']*?(?:\bfrom\s*)?"(\.[^"]+\.ts)";/gm;
const DYNAMIC = /\bimport\("(\.[^"]+\.ts)"\)/g;

/** All that is read before the first line of any of these runs, and they themselves. */
function reachedFrom(starts: Iterable<string>, modules: Modules): Set<string> {
  const reached = new Set<string>();
  const next = [...starts];
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (reached.has(path) || !modules.has(path)) continue;
    reached.add(path);
    next.push(...namedIn(path, modules, STATIC));
  }
  return reached;
}

/** What is read later, when it is first asked for. */
function partsOf(modules: Modules): Set<string> {
  const parts = new Set<string>();
  for (const path of modules.keys()) {
    for (const named of namedIn(path, modules, DYNAMIC)) parts.add(named);
  }
  return parts;
}

function namedIn(path: string, modules: Modules, pattern: RegExp): readonly string[] {
  const found = (modules.get(path) ?? "").matchAll(pattern);
  return [...found].map(([, name = ""]) => resolved(name, path)).filter((to) => modules.has(to));
}

const BASE = "file:///";

function resolved(name: string, from: string): string {
  return new URL(name, `${BASE}${from}`).pathname.slice(1);
}

function fileOf(name: string): string {
  return `group_${name}.ts`;
}

/** From one module of the copy to another. */
function importOf(path: string, from: string): string {
  return `import "${"../".repeat(from.split("/").length - 1) || "./"}${path}";`;
}
