/**
 * The parts of a run, to be found by what the graph calls them: all legs and
 * items of a stage are one row there.
 *
 * @module
 */
/** @import { PartDocument, PartStatus } from "../../api/mod.ts" */

/** The first of these that any part has tells most. */
/** @type {readonly PartStatus[]} */
const BY_WEIGHT = ["failed", "running", "waiting", "cancelled", "pending", "succeeded", "skipped"];

/**
 * The parts of a run.
 *
 * @typedef {object} PartIndex
 * @property {ReadonlyMap<string, PartDocument>} jobs By id; of several attempts the last.
 * @property {ReadonlyMap<string, readonly PartDocument[]>} legs By the job's id; without those that stand alone.
 * @property {ReadonlyMap<string, readonly PartDocument[]>} stages By path: `load/fan/fetch`.
 * @property {ReadonlyMap<string, PartDocument>} byAddress
 */

/**
 * Indexes parts.
 *
 * @param {readonly PartDocument[]} parts Each behind the one that it stands in.
 * @returns {PartIndex}
 */
export function indexParts(parts) {
  const jobs = new Map();
  const legs = new Map();
  const stages = new Map();
  const byAddress = new Map(parts.map((part) => [part.address, part]));
  const paths = new Map();
  for (const part of parts) {
    const above = paths.get(part.parent) ?? [];
    if (part.kind === "job") {
      jobs.set(part.label, part);
      paths.set(part.address, [part.label]);
    } else if (part.kind === "branch") {
      paths.set(part.address, [above[0], above[1] ?? above[0], part.label]);
      if (part.noun === "leg" && !part.alone) push(legs, { key: above[0], part });
    } else {
      // In a branch of several bodies a stage is named by its body, too.
      const [plain = "", , branch] = above;
      const key = part.address.slice(part.address.lastIndexOf("/") + 1).replace(/~\d+$/, "");
      const own = `${plain}/${key}`;
      push(stages, { key: own, part });
      if (branch !== undefined) push(stages, { key: `${plain}:${branch}/${key}`, part });
      paths.set(part.address, [own]);
    }
  }
  return { jobs, legs, stages, byAddress };
}

/**
 * How several parts stand together: what calls for attention first.
 *
 * @param {readonly { readonly status: PartStatus }[]} parts
 * @returns {PartStatus}
 */
export function heaviest(parts) {
  const there = new Set(parts.map(({ status }) => status));
  return BY_WEIGHT.find((status) => there.has(status)) ?? "pending";
}

/**
 * @template T
 * @param {Map<string, T[]>} lists
 * @param {{ key: string, part: T }} entry
 */
function push(lists, { key, part }) {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [part]);
  else list.push(part);
}
