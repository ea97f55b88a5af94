/**
 * Runs, newest first: filtered, live, and as many as there are.
 *
 * @module
 */
/** @import { RunDocument, RunPage, WorkflowList } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
/** @import { Signal } from "../core/signal.js" */
import { errorOf, ProblemError, request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { shortcut } from "../core/keys.js";
import { ask, go, hrefOf, place } from "../core/router.js";
import { computed, effect, onEnd, signal } from "../core/signal.js";
import { follow } from "../core/stream.js";
import { durationElement, timeElement } from "../core/time.js";
import { note } from "../parts/announcer.js";
import { emptyState } from "../parts/states.js";
import { runBadge } from "../parts/status.js";
import { virtualList } from "../parts/virtual_list.js";

const PAGE_RUNS = 200;
const ROW_HEIGHT = 36;
/** So many runs are compared. */
const COMPARED = 2;

/** @type {readonly (readonly [string, string])[]} */
const STATUSES = [
  ["", "Any status"],
  ["running,wait", "Under way"],
  ["failed", "Failed"],
  ["success", "Succeeded"],
  ["cancel", "Cancelled"],
  ["skip", "Skipped"],
];

/**
 * All runs.
 *
 * @returns {HTMLElement}
 */
export function runsView() {
  return h("section", { class: "fill" }, h("h1", { tabindex: -1 }, "Runs"), runList());
}

/**
 * The runs of one workflow, or of all.
 *
 * @param {{ workflow?: string }} [options]
 * @returns {HTMLElement}
 */
export function runList({ workflow } = {}) {
  const filter = computed(() => ({
    workflow: workflow ?? place.value.query.get("workflow") ?? "",
    status: place.value.query.get("status") ?? "",
  }));
  const { runs, ready, more } = pagedRuns(filter);
  /** @type {Signal<readonly string[]>} */
  const chosen = signal([]);
  const list = virtualList({
    label: "Runs",
    role: "grid",
    className: "runs",
    rowHeight: ROW_HEIGHT,
    count: () => runs.value.length,
    head: h(
      "div",
      { class: "row-head", role: "row" },
      ["", "Status", "Workflow", "Run", "Trigger", "Started", "Took"].map((name) =>
        h(
          "span",
          { class: "cell", role: "columnheader" },
          name || h("span", { class: "unseen" }, "Compare"),
        )
      ),
    ),
    row: (index) => ({ content: () => cells(runs.value[index], chosen) }),
    open: (index) => {
      const run = runs.peek()[index];
      if (run !== undefined) go(["runs", run.run_id]);
    },
    key: (index, key) => {
      const run = runs.peek()[index];
      if (key !== "x" || run === undefined) return false;
      choose(chosen, run.run_id);
      return true;
    },
    reachedEnd: more,
  });
  shortcut("j", "Next row", () => list.step(1));
  shortcut("k", "Previous row", () => list.step(-1));
  return h(
    "div",
    { class: "fill" },
    filters(workflow, { filter, chosen }),
    () => ready.value && runs.value.length === 0 ? nothing(filter.value, workflow) : null,
    list.element,
  );
}

/**
 * The runs that fit, page by page as they are wanted, and live.
 *
 * @param {Signal<{ workflow: string, status: string }>} filter
 * @returns {{ runs: Signal<readonly RunDocument[]>, ready: Signal<boolean>, more: () => void }}
 */
function pagedRuns(filter) {
  /** @type {Signal<readonly RunDocument[]>} */
  const runs = signal([]);
  const ready = signal(false);
  /** @type {string | null} */
  let next = null;
  let isLoading = false;
  let controller = new AbortController();
  onEnd(() => controller.abort());

  const load = async (/** @type {string | null} */ after) => {
    const { signal } = controller;
    isLoading = true;
    try {
      /** @type {RunPage} */
      const page = await request(["runs"], {
        query: { ...filter.peek(), limit: PAGE_RUNS, after },
        signal,
      });
      if (signal.aborted) return;
      const known = new Set(after === null ? [] : runs.peek().map(({ run_id }) => run_id));
      const kept = after === null ? [] : runs.peek();
      runs.value = [...kept, ...page.runs.filter(({ run_id }) => !known.has(run_id))];
      next = page.next;
      ready.value = true;
    } catch (error) {
      if (signal.aborted) return;
      // The run behind which the page was to begin is gone: what is left is read anew.
      if (after !== null && isNotFound(error)) await load(null);
      else note(errorOf(error).message, "error");
    } finally {
      isLoading = false;
    }
  };
  follow(["changes"], {
    message: (/** @type {RunDocument} */ run) => {
      runs.value = changed(runs.peek(), { run, filter: filter.peek() });
    },
  });
  effect(() => {
    filter.value;
    controller.abort();
    controller = new AbortController();
    next = null;
    load(null);
  });
  return {
    runs,
    ready,
    more: () => {
      if (next !== null && !isLoading) load(next);
    },
  };
}

/** @param {unknown} error */
function isNotFound(error) {
  return error instanceof ProblemError && error.problem.code === "not-found";
}

/**
 * The list with a run that is new or has changed.
 *
 * @param {readonly RunDocument[]} runs
 * @param {{ run: RunDocument, filter: { workflow: string, status: string } }} change
 * @returns {readonly RunDocument[]}
 */
function changed(runs, { run, filter: { workflow, status } }) {
  const index = runs.findIndex(({ run_id }) => run_id === run.run_id);
  if (index >= 0) return runs.with(index, run); // It stays where it is looked at.
  const fits = (workflow === "" || workflow === run.workflow) &&
    (status === "" || status.split(",").includes(run.status.toLowerCase()));
  const newest = runs[0];
  return fits && (newest === undefined || newest.started_at <= run.started_at)
    ? [run, ...runs]
    : runs;
}

/**
 * @param {string | undefined} workflow
 * @param {{ filter: Signal<{ workflow: string, status: string }>, chosen: Signal<readonly string[]> }} shown
 */
function filters(workflow, { filter, chosen }) {
  const statuses = h(
    "select",
    { "aria-label": "Status" },
    STATUSES.map(([value, title]) =>
      h("option", { value, selected: value === filter.peek().status }, title)
    ),
  );
  statuses.addEventListener("change", () => ask({ status: statuses.value }));
  return h(
    "div",
    { class: "bar-line" },
    workflow === undefined ? workflowFilter(filter) : null,
    statuses,
    () => {
      const [a, b] = chosen.value;
      return b === undefined
        ? h(
          "span",
          { class: "soft" },
          chosen.value.length === 1
            ? "Choose another run to compare"
            : "Choose two runs to compare them",
        )
        : h("a", { class: "button", href: hrefOf(["compare"], { a, b }) }, "Compare");
    },
  );
}

/** @param {Signal<{ workflow: string, status: string }>} filter */
function workflowFilter(filter) {
  /** @type {import("../core/api.js").Resource<WorkflowList>} */
  const all = resource((signal) => request(["workflows"], { signal }));
  const select = h(
    "select",
    { "aria-label": "Workflow" },
    h("option", { value: "" }, "All workflows"),
    () =>
      all.value.value?.workflows.map(({ name }) =>
        h("option", { value: name, selected: name === filter.peek().workflow }, name)
      ),
  );
  select.addEventListener("change", () => ask({ workflow: select.value }));
  shortcut("/", "Filter", () => select.focus());
  return select;
}

/**
 * @param {RunDocument | undefined} run
 * @param {Signal<readonly string[]>} chosen
 * @returns {Child}
 */
function cells(run, chosen) {
  if (run === undefined) return null;
  const { run_id, workflow, trigger, started_at, ended_at } = run;
  const box = h("input", {
    type: "checkbox",
    tabindex: -1,
    "aria-label": `Compare ${run_id}`,
    checked: chosen.value.includes(run_id),
  });
  box.addEventListener("change", () => choose(chosen, run_id));
  const cell = (/** @type {string} */ kind, /** @type {Child} */ content) =>
    h("span", { class: `cell ${kind}`, role: "gridcell" }, content);
  return [
    cell("", box),
    cell("", runBadge(run)),
    cell("name", workflow),
    cell("id", h("a", { href: hrefOf(["runs", run_id]), tabindex: -1 }, run_id)),
    cell("soft", trigger),
    cell("soft", timeElement(started_at)),
    cell("num", durationElement(started_at, ended_at)),
  ];
}

/**
 * The two that were chosen last.
 *
 * @param {Signal<readonly string[]>} chosen
 * @param {string} id
 */
function choose(chosen, id) {
  const known = chosen.peek();
  chosen.value = known.includes(id)
    ? known.filter((one) => one !== id)
    : [...known, id].slice(-COMPARED);
}

/**
 * @param {{ workflow: string, status: string }} filter
 * @param {string | undefined} only
 */
function nothing({ workflow, status }, only) {
  if (status !== "" || (workflow !== "" && only === undefined)) {
    return emptyState("No run fits", "Choose another workflow or status.");
  }
  return only === undefined
    ? emptyState(
      "Nothing has run yet",
      h("a", { href: hrefOf(["workflows"]) }, "Choose a workflow"),
      " and run it, or give one a schedule.",
    )
    : emptyState(
      "It has not run yet",
      h("a", { href: hrefOf(["workflows", only, "run"]) }, "Run it"),
      " or give it a schedule.",
    );
}
