/**
 * Jobs as cards with edges between them; in a run each has its sign and colour,
 * and changes while one looks.
 *
 * @module
 */
/** @import { GraphDocument, PartDocument } from "../../api/mod.ts" */
/** @import { Card, StageRow } from "./graph_layout.js" */
/** @import { PartIndex } from "./part_index.js" */
import { h, s } from "../core/dom.js";
import { durationElement } from "../core/time.js";
import { layOut, SIZE } from "./graph_layout.js";
import { heaviest } from "./part_index.js";
import { statusSign } from "./status.js";

/** Of a larger graph only so many jobs are drawn. */
const MAX_CARDS = 300;
/** So many legs have a square of their own. */
const MAX_SQUARES = 24;

/**
 * What a graph shows of a run.
 *
 * @typedef {object} Colouring
 * @property {() => PartIndex} index Its parts; may read signals.
 * @property {(part: PartDocument) => void} select Somebody wants to see this one.
 * @property {() => string | null} asOf Until when it is shown; `null` for now.
 */

/**
 * A graph, coloured by a run if there is one.
 *
 * @param {GraphDocument} graph
 * @param {Colouring} [colouring]
 * @returns {HTMLElement}
 */
export function graphView({ jobs }, colouring) {
  if (jobs.length === 0) return h("p", { class: "empty" }, "There are no jobs");
  const { cards, width, height } = layOut(jobs.slice(0, MAX_CARDS));
  const canvas = h(
    "div",
    { class: "graph-canvas" },
    edges(cards, { width, height }),
    h("ol", { class: "cards" }, cards.map((card) => cardElement(card, colouring))),
  );
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const rest = jobs.length - cards.length;
  return h(
    "div",
    { class: "graph", tabindex: 0, role: "region", "aria-label": "Graph of the jobs" },
    canvas,
    rest > 0 ? h("p", { class: "soft" }, `And ${rest} more jobs`) : null,
  );
}

/**
 * @param {readonly Card[]} cards
 * @param {{ width: number, height: number }} size
 */
function edges(cards, { width, height }) {
  const byId = new Map(cards.map((card) => [card.job.id, card]));
  const paths = cards.flatMap((card) =>
    card.job.needs.flatMap((need) => {
      const from = byId.get(need);
      return from === undefined ? [] : [edge(from, card)];
    })
  );
  return s("svg", { class: "edges", width, height, "aria-hidden": "true" }, paths);
}

/**
 * @param {Card} from
 * @param {Card} to
 */
function edge(from, to) {
  const [x1, y1] = [from.x + SIZE.card, from.y + SIZE.head / 2];
  const [x2, y2] = [to.x - 5, to.y + SIZE.head / 2];
  const bend = SIZE.gap / 2;
  const kind = to.job.condition === null ? "edge" : "edge maybe";
  return s(
    "g",
    { class: kind },
    s("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}` }),
    s("path", { class: "tip", d: `M${x2} ${y2 - 3.5}l5 3.5-5 3.5z` }),
  );
}

/**
 * @param {Card} card
 * @param {Colouring | undefined} colouring
 */
function cardElement({ job, rows, hidden, x, y, height }, colouring) {
  const part = () => colouring?.index().jobs.get(job.id);
  const element = h(
    "li",
    { class: () => `card is-${part()?.status ?? "plain"}` },
    h("div", { class: "card-head" }, () => headOf(job.id, { part: part(), colouring })),
    job.condition === null ? null : h("span", { class: "unseen" }, `Only if ${job.condition}`),
    job.matrix === null
      ? null
      : h("div", { class: "card-row legs" }, () =>
        legsOf(colouring?.index().legs.get(job.id), job.matrix)),
    h("ol", {}, rows.map((row) => stageElement(row, { colouring, job: part }))),
    hidden > 0 ? h("div", { class: "card-row soft" }, `and ${hidden} more stages`) : null,
  );
  element.title = job.condition === null ? job.id : `${job.id}: only if ${job.condition}`;
  element.style.transform = `translate(${x}px, ${y}px)`;
  element.style.height = `${height}px`;
  return element;
}

/**
 * @param {string} id
 * @param {{ part: PartDocument | undefined, colouring: Colouring | undefined }} run
 */
function headOf(id, { part, colouring }) {
  if (part === undefined || colouring === undefined) return h("span", { class: "name" }, id);
  return h(
    "button",
    { type: "button", class: "bare", onclick: () => colouring.select(part) },
    statusSign(part.status),
    h("span", { class: "name" }, id),
    h("span", { class: "word" }, part.kept ? "kept" : part.status),
  );
}

/**
 * @param {readonly PartDocument[] | undefined} legs
 * @param {string | null} matrix
 */
function legsOf(legs = [], matrix) {
  if (legs.length === 0) return h("span", { class: "soft name" }, matrix);
  const done = legs.filter(({ ended_at }) => ended_at !== null).length;
  return [
    h(
      "span",
      { class: "squares", "aria-hidden": "true" },
      legs.slice(0, MAX_SQUARES).map(({ status, label }) =>
        h("i", { class: `square is-${status}`, title: `${label}: ${status}` })
      ),
    ),
    h("span", { class: "word" }, `${done}/${legs.length} legs`),
  ];
}

/**
 * @param {StageRow} row
 * @param {{ colouring: Colouring | undefined, job: () => PartDocument | undefined }} run
 */
function stageElement({ stage, depth, path }, { colouring, job }) {
  const parts = () => colouring?.index().stages.get(path) ?? [];
  const element = h("li", { class: "card-row" }, () => {
    const found = parts();
    const status = found.length === 0 ? undefined : heaviest(found);
    const shown = found.find((part) => part.status === status);
    const name = h(
      "span",
      { class: "name", title: stage.name },
      found.length === 1 ? shown?.label : stage.name,
    );
    if (status === undefined || shown === undefined || colouring === undefined) {
      return [
        colouring === undefined ? null : statusSign(job()?.ended_at ? "skipped" : "pending"),
        name,
        h("span", { class: "word soft" }, stage.stage_kind),
      ];
    }
    return h(
      "button",
      {
        ...{ type: "button", class: "bare", title: status },
        onclick: () => colouring.select(shown),
      },
      statusSign(status),
      name,
      h("span", { class: "unseen" }, status),
      found.length > 1 ? h("span", { class: "word" }, `${found.length} ×`) : h(
        "span",
        { class: "word" },
        durationElement(shown.started_at, shown.ended_at ?? colouring.asOf()),
      ),
    );
  });
  element.style.paddingInlineStart = `${8 + Math.min(depth, 5) * 12}px`;
  return element;
}
