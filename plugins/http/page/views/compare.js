/**
 * Two runs side by side: what went in, how each part went, what came out.
 *
 * @module
 */
/** @import { PartDocument, RunDetail, RunOutputs, RunPage, RunTimeline } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
import { request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { ask, hrefOf, place } from "../core/router.js";
import { computed, signal } from "../core/signal.js";
import { absoluteText, durationText } from "../core/time.js";
import { emptyState, loaded } from "../parts/states.js";
import { runBadge, statusBadge } from "../parts/status.js";
import { outputsIn } from "./run_data.js";

/** So many rows of a table are shown. */
const MAX_ROWS = 1_000;
/** So many runs are offered to choose from. */
const OFFERED_RUNS = 100;
/** A value is shown as far as this. */
const MAX_VALUE = 300;

/** @typedef {{ detail: RunDetail, timeline: RunTimeline, outputs: RunOutputs }} Whole */

/**
 * A line of a comparison.
 *
 * @typedef {object} Line
 * @property {string} name
 * @property {readonly Child[]} cells
 * @property {boolean} differs
 */

/**
 * The comparison of the runs `a` and `b` of the address.
 *
 * @returns {HTMLElement}
 */
export function compareView() {
  const ids = computed(() => ({ a: place.value.query.get("a"), b: place.value.query.get("b") }));
  const showAll = signal(false);
  /** @type {import("../core/api.js").Resource<{ a: Whole | undefined, b: Whole | undefined }>} */
  const both = resource(async (signal) => {
    const { a, b } = ids.value;
    const [first, second] = await Promise.all([a, b].map((id) => wholeOf(id, signal)));
    return { a: first, b: second };
  });
  const all = h("input", { type: "checkbox" });
  all.addEventListener("change", () => {
    showAll.value = all.checked;
  });
  return h(
    "section",
    {},
    h("h1", { tabindex: -1 }, "Compare two runs"),
    h(
      "div",
      { class: "bar-line" },
      runChoice("a", ids),
      runChoice("b", ids),
      h("label", {}, all, "Show what is the same, too"),
    ),
    loaded(
      both,
      ({ a, b }) =>
        a === undefined || b === undefined
          ? emptyState(
            "Choose two runs",
            "Mark them in the ",
            h("a", { href: hrefOf(["runs"]) }, "list of runs"),
            ", or choose them above.",
          )
          : comparison(a, { b, showAll }),
    ),
  );
}

/**
 * @param {string | null} id
 * @param {AbortSignal} signal
 * @returns {Promise<Whole | undefined>}
 */
async function wholeOf(id, signal) {
  if (id === null) return undefined;
  /** @type {RunDetail} */
  const detail = await request(["runs", id], { signal });
  /** @type {RunTimeline} */
  const timeline = await request(["runs", id, "timeline"], { signal });
  /** @type {RunOutputs} */
  const outputs = await request(["runs", id, "outputs"], { signal });
  return { detail, timeline, outputs };
}

/**
 * @param {"a" | "b"} side
 * @param {{ value: { a: string | null, b: string | null } }} ids
 */
function runChoice(side, ids) {
  /** @type {import("../core/api.js").Resource<RunPage>} */
  const page = resource((signal) => request(["runs"], { query: { limit: OFFERED_RUNS }, signal }));
  const select = h("select", { "aria-label": side === "a" ? "First run" : "Second run" }, () => {
    const id = ids.value[side];
    const runs = page.value.value?.runs ?? [];
    const isOffered = id === null || runs.some(({ run_id }) => run_id === id);
    return [
      h("option", { value: "" }, "Choose a run"),
      isOffered ? null : h("option", { value: id, selected: true }, id),
      runs.map(({ run_id, workflow, status, started_at }) =>
        h(
          "option",
          { value: run_id, selected: run_id === id },
          `${workflow} · ${status.toLowerCase()} · ${absoluteText(started_at)}`,
        )
      ),
    ];
  });
  select.addEventListener("change", () => ask({ [side]: select.value }));
  return select;
}

/**
 * @param {Whole} a
 * @param {{ b: Whole, showAll: { value: boolean } }} what
 */
function comparison(a, { b, showAll }) {
  const section = (/** @type {string} */ title, /** @type {readonly Line[]} */ lines) => [
    h("h2", {}, title),
    () =>
      table(title, { lines: showAll.value ? lines : lines.filter(({ differs }) => differs), a, b }),
  ];
  return [
    section("Runs", runLines(a, b)),
    section("Inputs", valueLines(a.detail.params, b.detail.params)),
    section("Jobs and stages", partLines(a, b)),
    section(
      "Outputs",
      valueLines(outputsIn(a.outputs.context["jobs"]), outputsIn(b.outputs.context["jobs"])),
    ),
  ];
}

/**
 * @param {string} title
 * @param {{ lines: readonly Line[], a: Whole, b: Whole }} what
 */
function table(title, { lines, a, b }) {
  if (lines.length === 0) return h("p", { class: "soft" }, "No difference");
  return h(
    "div",
    { class: "scroll-x", tabindex: 0, role: "region", "aria-label": title },
    h(
      "table",
      { class: "compare" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, h("span", { class: "unseen" }, "What")),
          [a, b].map(({ detail: { run_id } }) =>
            h("th", { scope: "col" }, h("a", { href: hrefOf(["runs", run_id]) }, run_id))
          ),
        ),
      ),
      h(
        "tbody",
        {},
        lines.slice(0, MAX_ROWS).map(({ name, cells, differs }) =>
          h(
            "tr",
            { class: differs ? "differs" : null },
            h("th", { scope: "row" }, name),
            cells.map((cell) => h("td", {}, cell)),
          )
        ),
      ),
    ),
    lines.length > MAX_ROWS
      ? h("p", { class: "soft" }, `and ${lines.length - MAX_ROWS} more`)
      : null,
  );
}

/**
 * @param {Whole} one
 * @param {Whole} other
 * @returns {readonly Line[]}
 */
function runLines(one, other) {
  const [a, b] = [one.detail, other.detail];
  const [tookA, tookB] = [tookOf(a), tookOf(b)];
  return [
    { name: "Status", cells: [runBadge(a), runBadge(b)], differs: a.status !== b.status },
    {
      name: "Started",
      cells: [absoluteText(a.started_at), absoluteText(b.started_at)],
      differs: true,
    },
    { name: "Took", cells: [tookText(tookA), changeText(tookA, tookB)], differs: true },
    plainLine("Workflow", [a.workflow, b.workflow]),
    plainLine("Its text", [a.digest.slice(0, 12), b.digest.slice(0, 12)]),
    plainLine("Trigger", [a.trigger, b.trigger]),
    plainLine("Engine", [a.engine, b.engine]),
  ];
}

/**
 * @param {string} name
 * @param {readonly [string, string]} texts
 * @returns {Line}
 */
function plainLine(name, [a, b]) {
  return { name, cells: [a, b], differs: a !== b };
}

/**
 * @param {Whole} a
 * @param {Whole} b
 * @returns {readonly Line[]}
 */
function partLines(a, b) {
  const [first, second] = [a, b].map(({ timeline }) =>
    new Map(timeline.parts.filter(({ alone }) => !alone).map((part) => [part.address, part]))
  );
  const addresses = new Set([...first?.keys() ?? [], ...second?.keys() ?? []]);
  return [...addresses].map((address) => {
    const [one, other] = [first?.get(address), second?.get(address)];
    const [tookOne, tookOther] = [one && tookOf(one), other && tookOf(other)];
    return {
      name: address,
      cells: [partCell(one, tookText(tookOne)), partCell(other, changeText(tookOne, tookOther))],
      differs: one?.status !== other?.status ||
        changeText(tookOne, tookOther) !== tookText(tookOther),
    };
  });
}

/**
 * @param {PartDocument | undefined} part
 * @param {string} took
 */
function partCell(part, took) {
  return part === undefined
    ? h("span", { class: "soft" }, "not there")
    : [statusBadge(part.status), " ", h("span", { class: "soft num" }, took)];
}

/**
 * @param {Readonly<Record<string, unknown>>} a
 * @param {Readonly<Record<string, unknown>>} b
 * @returns {readonly Line[]}
 */
function valueLines(a, b) {
  const [first, second] = [new Map(Object.entries(a)), new Map(Object.entries(b))];
  return [...new Set([...first.keys(), ...second.keys()])].map((name) => {
    const texts = [first, second].map((values) =>
      values.has(name) ? JSON.stringify(values.get(name)) : ""
    );
    return {
      name,
      cells: texts.map((text) => h("code", { title: text }, shortened(text))),
      differs: texts[0] !== texts[1],
    };
  });
}

/** @param {string} text */
function shortened(text) {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;
}

/** @param {{ readonly started_at: string | null, readonly ended_at: string | null }} part */
function tookOf({ started_at, ended_at }) {
  return started_at === null || ended_at === null
    ? undefined
    : Date.parse(ended_at) - Date.parse(started_at);
}

/** @param {number | undefined} ms */
function tookText(ms) {
  return ms === undefined ? "" : durationText(ms);
}

/** Less is noise. */
const MIN_CHANGE = 0.2;
const MIN_CHANGE_MS = 200;

/**
 * How long it took, with how much more or less that is.
 *
 * @param {number | undefined} before
 * @param {number | undefined} after
 */
function changeText(before, after) {
  const text = tookText(after);
  if (before === undefined || after === undefined) return text;
  const change = after - before;
  if (Math.abs(change) < MIN_CHANGE_MS || Math.abs(change) < before * MIN_CHANGE) return text;
  return `${text} (${change > 0 ? "+" : "−"}${durationText(Math.abs(change))})`;
}
