/**
 * Jobs, legs and stages as a tree that folds, with the reason for every skip
 * and failure, or with a bar for the time that each took.
 *
 * @module
 */
/** @import { PartDocument } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
/** @import { Signal } from "../core/signal.js" */
/** @import { List } from "./virtual_list.js" */
import { h } from "../core/dom.js";
import { computed, effect, signal, untracked } from "../core/signal.js";
import { absoluteText, durationElement, durationText, now } from "../core/time.js";
import { statusSign } from "./status.js";
import { virtualList } from "./virtual_list.js";

const ROW_HEIGHT = 28;
/** The thinnest bar, in hundredths of all time. */
const MIN_BAR = 0.4;
/** Beside a bar its duration needs so much room, in hundredths. */
const MIN_ROOM = 16;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

/**
 * What a tree shows.
 *
 * @typedef {object} TreeOptions
 * @property {() => readonly PartDocument[]} parts
 * @property {Signal<string | null>} selected The address of the part that is looked at.
 * @property {"reasons" | "bars"} show What stands beside the names.
 * @property {() => string | null} asOf Until when it is shown; `null` for now.
 * @property {(() => { readonly started_at: string, readonly ended_at: string | null }) | undefined} [run] For bars.
 */

/**
 * A part as a row.
 *
 * @typedef {object} Row
 * @property {PartDocument} part
 * @property {number} level From 1.
 * @property {boolean} holds Whether there is something to fold.
 */

/**
 * A tree.
 *
 * @param {TreeOptions} options
 * @returns {List}
 */
export function partTree({ parts, selected, show, asOf, run }) {
  /** @type {Signal<ReadonlySet<string>>} */
  const folded = signal(new Set());
  const rows = computed(() => rowsOf(parts(), folded.value));
  const fold = (/** @type {string} */ address) => {
    const next = new Set(folded.peek());
    if (!next.delete(address)) next.add(address);
    folded.value = next;
  };
  const list = virtualList({
    label: show === "bars" ? "Timeline" : "Jobs and stages",
    role: "treegrid",
    className: `tree with-${show}`,
    rowHeight: ROW_HEIGHT,
    count: () => rows.value.length,
    head: headOf(show, run),
    row: (index) => {
      const at = () => rows.value[index];
      const { level, holds, part } = untracked(at) ?? { level: 1, holds: false, part: undefined };
      return {
        className: part === undefined ? "" : `is-${part.kind}`,
        props: {
          "aria-level": level,
          "aria-expanded": holds ? String(!folded.peek().has(part?.address ?? "")) : null,
        },
        content: () => {
          const row = at();
          return row === undefined ? null : cells(row, { folded, fold, show, asOf, run });
        },
      };
    },
    choose: (index) => {
      selected.value = rows.peek()[index]?.part.address ?? null;
    },
    key: (index, key) => {
      const row = rows.peek()[index];
      if (row === undefined || !row.holds) return false;
      const isFolded = folded.peek().has(row.part.address);
      if (key !== (isFolded ? "ArrowRight" : "ArrowLeft")) return false;
      fold(row.part.address);
      return true;
    },
  });
  effect(() => {
    const index = rows.value.findIndex(({ part }) => part.address === selected.value);
    if (index === list.current.peek()) return;
    list.current.value = index;
    if (index >= 0) requestAnimationFrame(() => list.reveal(index));
  });
  effect(() => {
    const hasReasons = rows.value.some(({ part }) => whyOf(part) !== "");
    list.element.classList.toggle("without-reasons", !hasReasons);
  });
  effect(() => {
    folded.value;
    list.refresh(); // What is folded is said by the row itself.
  });
  return list;
}

/**
 * Why a part stands as it does.
 *
 * @param {PartDocument} part
 * @returns {string}
 */
export function whyOf({ failure, reason, kept, due_at, status }) {
  const said = [
    ...(kept ? ["taken over from an earlier run"] : []),
    ...(failure === null ? [] : [`${failure.name}: ${failure.message}`]),
    ...(reason === null ? [] : [reason]),
    ...(due_at === null || status !== "waiting" ? [] : [`next attempt at ${absoluteText(due_at)}`]),
  ];
  return said.join("; ");
}

/**
 * @param {readonly PartDocument[]} parts
 * @param {ReadonlySet<string>} folded
 * @returns {readonly Row[]}
 */
function rowsOf(parts, folded) {
  const holders = new Set();
  const alone = new Map(parts.flatMap((part) => part.alone ? [[part.address, part.parent]] : []));
  for (const { alone: isAlone, parent } of parts) {
    if (!isAlone) holders.add(alone.get(parent ?? "") ?? parent);
  }
  /** @type {Map<string | null, { level: number, hidden: boolean }>} */
  const above = new Map([[null, { level: 0, hidden: false }]]);
  const rows = [];
  for (const part of parts) {
    const { level, hidden } = above.get(part.parent) ?? { level: 0, hidden: false };
    // The only leg that there can be tells nothing.
    if (part.alone) {
      above.set(part.address, { level, hidden });
      continue;
    }
    above.set(part.address, { level: level + 1, hidden: hidden || folded.has(part.address) });
    if (!hidden) rows.push({ part, level: level + 1, holds: holders.has(part.address) });
  }
  return rows;
}

/**
 * @param {Row} row
 * @param {Pick<TreeOptions, "show" | "asOf" | "run"> & { folded: Signal<ReadonlySet<string>>, fold: (address: string) => void }} tree
 * @returns {Child}
 */
function cells({ part, level, holds }, { folded, fold, show, asOf, run }) {
  const { address, label, status, noun, stage_kind, attempt, started_at, ended_at } = part;
  const isFolded = folded.peek().has(address);
  const toggle = holds
    ? h("button", {
      ...{ type: "button", class: "fold", tabindex: -1 },
      "aria-label": `${isFolded ? "Unfold" : "Fold"} ${label}`,
      onclick: (/** @type {MouseEvent} */ event) => {
        event.stopPropagation();
        fold(address);
      },
    }, isFolded ? "▸" : "▾")
    : h("span", { class: "fold" });
  const name = h(
    "span",
    { class: "cell name-cell", role: "gridcell" },
    toggle,
    statusSign(status),
    h("span", { class: "name", title: address }, label),
    h("span", { class: "kind" }, noun ?? stage_kind ?? ""),
    attempt > 1 ? h("span", { class: "kind" }, `attempt ${attempt}`) : null,
  );
  name.style.paddingInlineStart = `${(Math.min(level, 12) - 1) * 14}px`;
  if (show === "bars") return [name, barCell({ ...part, ended_at: ended_at ?? asOf() }, run)];
  const why = whyOf(part);
  return [
    name,
    h("span", { class: `cell why is-${status}`, role: "gridcell", title: why }, why),
    h("span", { class: `cell word is-${status}`, role: "gridcell" }, status),
    h(
      "span",
      { class: "cell num", role: "gridcell" },
      durationElement(started_at, ended_at ?? asOf()),
    ),
  ];
}

/**
 * @param {PartDocument} part
 * @param {TreeOptions["run"]} run
 */
function barCell({ status, started_at, ended_at, label }, run) {
  if (started_at === null || run === undefined) {
    return h("span", { class: "cell bar-cell soft", role: "gridcell" }, status);
  }
  const bar = h("i", { class: `bar is-${status}` });
  const text = h("span", { class: "bar-text" });
  effect(() => {
    const { fromMs, spanMs } = spanOf(run());
    const from = Date.parse(started_at) - fromMs;
    const took = (ended_at === null ? now.value : Date.parse(ended_at)) - Date.parse(started_at);
    const start = Math.min(100 - MIN_BAR, Math.max(0, 100 * from / spanMs));
    const width = Math.max(MIN_BAR, Math.min(100 - start, 100 * took / spanMs));
    bar.style.left = `${start}%`;
    bar.style.width = `${width}%`;
    const [before, behind] = [start, 100 - start - width];
    const side = Math.max(before, behind) < MIN_ROOM ? "in" : before > behind ? "before" : "behind";
    text.className = `bar-text is-${side}`;
    text.style.left = side === "before" ? "auto" : `${side === "in" ? start : start + width}%`;
    text.style.right = side === "before" ? `${100 - start}%` : "auto";
    text.textContent = durationText(took);
    bar.title = `${label}: ${status}, ${durationText(took)}`;
  });
  return h(
    "span",
    { class: "cell bar-cell", role: "gridcell" },
    bar,
    text,
    h("span", { class: "unseen" }, status),
  );
}

/**
 * @param {TreeOptions["show"]} show
 * @param {TreeOptions["run"]} run
 */
function headOf(show, run) {
  const column = (/** @type {string} */ name, /** @type {string} */ kind) =>
    h("span", { class: `cell ${kind}`, role: "columnheader" }, name);
  if (show === "reasons") {
    return h("div", { class: "row-head", role: "row" }, [
      column("Name", "name-cell"),
      column("Why", "why"),
      column("Status", "word"),
      column("Took", "num"),
    ]);
  }
  const scale = h(
    "span",
    { class: "cell bar-cell", role: "columnheader", "aria-label": "Time" },
    () => {
      const { spanMs } = run === undefined ? { spanMs: 0 } : spanOf(run());
      return TICKS.map((part) => {
        const tick = h("span", { class: "tick" }, durationText(part * spanMs));
        tick.style.left = `${part * 100}%`;
        return tick;
      });
    },
  );
  return h("div", { class: "row-head", role: "row" }, column("Name", "name-cell"), scale);
}

/** @param {{ readonly started_at: string, readonly ended_at: string | null }} run */
function spanOf({ started_at, ended_at }) {
  const fromMs = Date.parse(started_at);
  const toMs = ended_at === null ? now.value : Date.parse(ended_at);
  return { fromMs, spanMs: Math.max(1, toMs - fromMs) };
}
