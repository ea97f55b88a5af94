/**
 * Where the boxes of a graph stand and how its edges run.
 *
 * Jobs stand in columns by how many others must end before them. An edge that
 * passes a column gets a lane of its own between the boxes there, shared by all
 * edges from the same job; between two columns there is nothing but edges. So
 * no edge crosses a box, whatever the graph.
 *
 * ```text
 *  ┌───┐      ┌───┐      ┌───┐
 *  │ a ├──┬──►│ b ├─────►│ d │
 *  └───┘  │   └───┘  ┌──►│   │
 *         └───lane───┘   └───┘
 * ```
 *
 * @module
 */
import { levels } from "../../model/graph.ts";
import type { GraphPicture, PictureJob, PictureRow } from "./graph_picture.ts";
import type { PartStatus } from "./tree_row.ts";

/** With more jobs than this, those that begin equally early are drawn as one. */
export const MAX_DRAWN_JOBS = 150;

/** The most columns; in a longer chain several steps share one. */
export const MAX_COLUMNS = 40;

/** Pixels around the whole picture. */
export const MARGIN = 16;
/** How wide a box is. */
export const BOX_WIDTH = 220;
/** How high the head of a box is. */
export const HEAD_HEIGHT = 30;
/** How high a line in a box is. */
export const ROW_HEIGHT = 18;
/** Pixels between two columns; the edges bend there. */
export const COLUMN_GAP = 64;

/** A box with its job. */
export interface PlacedBox {
  /** What it shows. */
  readonly job: PictureJob;
  /** Its left side. */
  readonly x: number;
  /** Its upper side. */
  readonly y: number;
  /** How wide it is. */
  readonly width: number;
  /** How high it is. */
  readonly height: number;
}

/** A point of the picture. */
export interface Point {
  /** From the left. */
  readonly x: number;
  /** From the top. */
  readonly y: number;
}

/** A piece of an edge: straight through a column, or bent between two of them. */
export interface PlacedEdge {
  /** Where it begins. */
  readonly from: Point;
  /** Where it ends. */
  readonly to: Point;
  /** Whether it ends at a box, so that it has a tip. */
  readonly hasTip: boolean;
  /** Whether a condition decides about what it ends at. */
  readonly dashed: boolean;
}

/** A graph with all places known. */
export interface GraphLayout {
  /** How wide it is. */
  readonly width: number;
  /** How high it is. */
  readonly height: number;
  /** The boxes. */
  readonly boxes: readonly PlacedBox[];
  /** The edges, piece by piece. */
  readonly edges: readonly PlacedEdge[];
}

/** Finds a place for everything. The work is bounded, however large the graph is. */
export function layoutOf(picture: GraphPicture): GraphLayout {
  const jobs = drawable(picture.jobs);
  const columns = columnsOf(jobs);
  const slots = slotsOf(columns);
  sortByNeighbours(slots);
  return placed(slots);
}

/** The jobs as they are drawn: each by itself, or in groups where there are too many. */
export function drawable(jobs: readonly PictureJob[]): readonly PictureJob[] {
  const layers = levels(new Map(jobs.map(({ id, needs }) => [id, needs])));
  if (jobs.length <= MAX_DRAWN_JOBS && layers.length <= MAX_COLUMNS) return jobs;
  const byId = new Map(jobs.map((job) => [job.id, job]));
  const perColumn = Math.ceil(layers.length / MAX_COLUMNS);
  const groupOf = new Map<string, string>();
  const members = new Map<string, PictureJob[]>();
  for (const [depth, layer] of layers.entries()) {
    for (const id of layer) {
      const job = byId.get(id);
      if (job === undefined) continue;
      const group = `${Math.floor(depth / perColumn)}:${job.status ?? ""}`;
      groupOf.set(id, group);
      const list = members.get(group);
      if (list === undefined) members.set(group, [job]);
      else list.push(job);
    }
  }
  return Array.from(members, ([group, jobs]) => groupBox(group, { jobs, groupOf }));
}

/** How many jobs of a group are named. */
const MAX_NAMED_JOBS = 3;

function groupBox(
  id: string,
  { jobs, groupOf }: {
    readonly jobs: readonly PictureJob[];
    readonly groupOf: ReadonlyMap<string, string>;
  },
): PictureJob {
  const column = columnIn(id);
  const needs = new Set(jobs.flatMap(({ needs }) => needs.map((need) => groupOf.get(need) ?? "")));
  const [first] = jobs;
  if (first !== undefined && jobs.length === 1) {
    return { ...first, id, needs: [...needs].filter((need) => columnIn(need) < column) };
  }
  const named = jobs.slice(0, MAX_NAMED_JOBS).map(({ label }): PictureRow => ({ depth: 0, label }));
  const hidden = jobs.length - named.length;
  const status: PartStatus | undefined = first?.status;
  return {
    id,
    label: `${jobs.length} jobs`,
    // Needs within one group are inside its box.
    needs: [...needs].filter((need) => columnIn(need) < column),
    ...(status !== undefined && { status }),
    stacked: true,
    rows: hidden > 0 ? [...named, { depth: 0, label: `… ${hidden} more` }] : named,
  };
}

function columnIn(group: string): number {
  return group === "" ? Infinity : Number(group.slice(0, group.indexOf(":")));
}

function columnsOf(jobs: readonly PictureJob[]): readonly (readonly PictureJob[])[] {
  const byId = new Map(jobs.map((job) => [job.id, job]));
  return levels(new Map(jobs.map(({ id, needs }) => [id, needs])))
    .map((layer) => layer.flatMap((id) => byId.get(id) ?? []));
}

/** What stands in a column: the box of a job, or the lane of edges that pass it. */
interface Slot {
  readonly column: number;
  readonly job?: PictureJob;
  readonly height: number;
  /** The slots in the column before that edges come from. */
  readonly before: Slot[];
  /** Where it stands among those of its column. */
  rank: number;
  y: number;
}

const LANE_HEIGHT = 6;
const SLOT_GAP = 16;
const ROWS_PADDING = 8;

function slotsOf(columns: readonly (readonly PictureJob[])[]): readonly Slot[][] {
  const slots = columns.map((): Slot[] => []);
  const boxes = new Map<string, Slot>();
  const lanes = new Map<string, Slot>();
  const add = (column: number, rest: Pick<Slot, "job" | "height">): Slot => {
    const list = slots[column] ?? [];
    const slot = { column, ...rest, before: [], rank: list.length, y: 0 };
    list.push(slot);
    return slot;
  };
  const laneOf = (source: Slot, column: number): Slot => {
    if (column === source.column) return source;
    const key = `${column} ${source.job?.id}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const lane = add(column, { height: LANE_HEIGHT });
    lanes.set(key, lane);
    lane.before.push(laneOf(source, column - 1));
    return lane;
  };
  for (const [column, jobs] of columns.entries()) {
    for (const job of jobs) boxes.set(job.id, add(column, { job, height: boxHeight(job) }));
  }
  for (const box of boxes.values()) {
    for (const need of new Set(box.job?.needs)) {
      const source = boxes.get(need);
      if (source !== undefined) box.before.push(laneOf(source, box.column - 1));
    }
  }
  return slots;
}

function boxHeight({ rows }: PictureJob): number {
  return HEAD_HEIGHT + (rows.length === 0 ? 0 : rows.length * ROW_HEIGHT + ROWS_PADDING);
}

/** How often the columns are put in order by what their neighbours have become. */
const SWEEPS = 4;

/** Puts each slot beside what its edges lead to, so that few of them cross. */
function sortByNeighbours(columns: readonly Slot[][]): void {
  const after = new Map<Slot, Slot[]>();
  for (const slot of columns.flat()) {
    for (const source of slot.before) after.set(source, [...after.get(source) ?? [], slot]);
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const column of columns) sortColumn(column, ({ before }) => before);
    for (const column of columns.toReversed()) sortColumn(column, (slot) => after.get(slot) ?? []);
  }
  for (const column of columns) sortColumn(column, ({ before }) => before);
}

function sortColumn(column: Slot[], neighboursOf: (slot: Slot) => readonly Slot[]): void {
  const weights = new Map(column.map((slot) => {
    const ranks = neighboursOf(slot).map(({ rank }) => rank);
    const sum = ranks.reduce((total, rank) => total + rank, 0);
    return [slot, ranks.length === 0 ? slot.rank : sum / ranks.length];
  }));
  column.sort((one, other) =>
    (weights.get(one) ?? 0) - (weights.get(other) ?? 0) || one.rank - other.rank
  );
  for (const [rank, slot] of column.entries()) slot.rank = rank;
}

function placed(columns: readonly Slot[][]): GraphLayout {
  const heights = columns.map((column) =>
    column.reduce((sum, { height }) => sum + height + SLOT_GAP, -SLOT_GAP)
  );
  const highest = Math.max(HEAD_HEIGHT, ...heights);
  for (const [at, column] of columns.entries()) {
    let y = MARGIN + TITLE_HEIGHT + (highest - (heights[at] ?? 0)) / 2;
    for (const slot of column) {
      slot.y = y;
      y += slot.height + SLOT_GAP;
    }
  }
  const slots = columns.flat();
  return {
    width: 2 * MARGIN + Math.max(1, columns.length) * (BOX_WIDTH + COLUMN_GAP) - COLUMN_GAP,
    height: 2 * MARGIN + TITLE_HEIGHT + highest,
    boxes: slots.flatMap(boxOfSlot),
    edges: slots.flatMap(edgesOfSlot),
  };
}

/** Pixels above the columns, for the title. */
export const TITLE_HEIGHT = 28;

function boxOfSlot({ job, column, y, height }: Slot): PlacedBox[] {
  return job === undefined ? [] : [{ job, x: leftOf(column), y, width: BOX_WIDTH, height }];
}

function edgesOfSlot(slot: Slot): PlacedEdge[] {
  const { job, before } = slot;
  const entry = { x: leftOf(slot.column), y: heightOfEdge(slot) };
  const bent = before.map((source): PlacedEdge => ({
    from: { x: leftOf(source.column) + BOX_WIDTH, y: heightOfEdge(source) },
    to: entry,
    hasTip: job !== undefined,
    dashed: job?.conditional ?? false,
  }));
  if (job !== undefined) return bent;
  const through = { x: entry.x + BOX_WIDTH, y: entry.y };
  return [...bent, { from: entry, to: through, hasTip: false, dashed: false }];
}

function heightOfEdge({ job, y }: Slot): number {
  return job === undefined ? y + LANE_HEIGHT / 2 : y + HEAD_HEIGHT / 2;
}

function leftOf(column: number): number {
  return MARGIN + column * (BOX_WIDTH + COLUMN_GAP);
}
