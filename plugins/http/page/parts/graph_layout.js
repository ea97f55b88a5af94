/**
 * Where the cards of a graph stand: a column for each step away from the jobs
 * that wait for nothing; within it close to what they wait for.
 *
 * @module
 */
/** @import { GraphJob, GraphStage } from "../../api/mod.ts" */

/** The measures of a picture, in pixels; the style sheet has the same. */
export const SIZE = { card: 232, gap: 56, head: 34, row: 24, foot: 8, space: 20 };

/** So many stages of a job are listed. */
export const MAX_ROWS = 14;

/**
 * A stage as a row of its job's card.
 *
 * @typedef {object} StageRow
 * @property {GraphStage} stage
 * @property {number} depth
 * @property {string} path Names it: `load/fan/fetch`; the bodies that it stands in follow `:` where there are several.
 */

/**
 * A job with its place.
 *
 * @typedef {object} Card
 * @property {GraphJob} job
 * @property {readonly StageRow[]} rows
 * @property {number} hidden How many rows are not listed.
 * @property {number} x
 * @property {number} y
 * @property {number} height
 */

/**
 * Places jobs.
 *
 * @param {readonly GraphJob[]} jobs
 * @returns {{ cards: readonly Card[], width: number, height: number }}
 */
export function layOut(jobs) {
  /** @type {Map<string, Card>} */
  const placed = new Map();
  const columns = Map.groupBy(jobs, ({ rank }) => rank);
  let height = 0;
  for (const [rank, column] of [...columns].sort(([a], [b]) => a - b)) {
    let y = 0;
    for (const job of byNeeds(column, placed)) {
      const rows = rowsOf(job.stages, { path: job.id, depth: 0 });
      const listed = rows.slice(0, MAX_ROWS);
      const hidden = rows.length - listed.length;
      const lines = listed.length + (hidden > 0 ? 1 : 0) + (job.matrix === null ? 0 : 1);
      const card = {
        ...{ job, rows: listed, hidden, y, x: rank * (SIZE.card + SIZE.gap) },
        height: SIZE.head + lines * SIZE.row + SIZE.foot,
      };
      placed.set(job.id, card);
      y += card.height + SIZE.space;
    }
    height = Math.max(height, y - SIZE.space);
  }
  const width = columns.size * (SIZE.card + SIZE.gap) - SIZE.gap;
  return { cards: centred([...placed.values()], height), width: Math.max(0, width), height };
}

/**
 * @param {readonly Card[]} cards
 * @param {number} height
 */
function centred(cards, height) {
  /** @type {Map<number, number>} */
  const ends = new Map();
  for (const { x, y, height: own } of cards) ends.set(x, Math.max(ends.get(x) ?? 0, y + own));
  return cards.map((card) => ({ ...card, y: card.y + (height - (ends.get(card.x) ?? 0)) / 2 }));
}

/**
 * @param {readonly GraphJob[]} column
 * @param {ReadonlyMap<string, Card>} placed
 */
function byNeeds(column, placed) {
  const middle = (/** @type {GraphJob} */ { needs }) => {
    const ys = needs.flatMap((need) => placed.get(need)?.y ?? []);
    return ys.length === 0 ? 0 : ys.reduce((sum, y) => sum + y, 0) / ys.length;
  };
  return column.toSorted((a, b) => middle(a) - middle(b));
}

/**
 * @param {readonly GraphStage[]} stages
 * @param {{ path: string, depth: number }} above
 * @returns {readonly StageRow[]}
 */
function rowsOf(stages, { path, depth }) {
  return stages.flatMap((stage) => {
    const own = `${path}/${stage.key}`;
    const bodies = Object.entries(stage.bodies);
    const inside = bodies.flatMap(([name, body]) => {
      const inBody = bodies.length > 1 ? `${own}:${name}` : own;
      return rowsOf(body, { path: inBody, depth: depth + 1 });
    });
    return [{ stage, depth, path: own }, ...inside];
  });
}
