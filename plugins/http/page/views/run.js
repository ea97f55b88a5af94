/**
 * One run: how it stands and why, its graph, its stages with what they printed,
 * its time, what went in and what came out.
 *
 * @module
 */
/** @import { GraphDocument, PartDocument, RunDetail } from "../../api/mod.ts" */
/** @import { Resource } from "../core/api.js" */
/** @import { Child } from "../core/child.ts" */
/** @import { Signal } from "../core/signal.js" */
/** @import { LiveRun } from "./live_run.js" */
import { request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { shortcut } from "../core/keys.js";
import { ask, hrefOf, place } from "../core/router.js";
import { computed, effect, signal } from "../core/signal.js";
import { absoluteText, durationElement, timeElement } from "../core/time.js";
import { announce } from "../parts/announcer.js";
import { graphView } from "../parts/graph_view.js";
import { runLog, stageLog } from "../parts/log_source.js";
import { logView } from "../parts/log_view.js";
import { indexParts } from "../parts/part_index.js";
import { partTree, whyOf } from "../parts/part_tree.js";
import { emptyState, loaded, problemBox } from "../parts/states.js";
import { partStatusOf, runBadge, statusBadge } from "../parts/status.js";
import { liveRun } from "./live_run.js";
import { runActions } from "./run_actions.js";
import { runData } from "./run_data.js";
import { stepBar } from "./step_bar.js";

/** @type {readonly (readonly [string, string])[]} */
const TABS = [
  ["", "Stages"],
  ["log", "Log"],
  ["timeline", "Timeline"],
  ["data", "Inputs and outputs"],
];

/** So many errors stand above everything else; what stages failed of comes first. */
const MAX_ERRORS = 5;

/**
 * A run.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function runView(id) {
  const run = liveRun(id);
  const isMissing = computed(() => run.detail.value === undefined && run.error.value !== undefined);
  tellChanges(run);
  return h(
    "section",
    { class: "fill" },
    h(
      "nav",
      { class: "crumbs", "aria-label": "Where you are" },
      h("a", { href: hrefOf(["runs"]) }, "Runs"),
      " /",
    ),
    h(
      "div",
      { class: "title-line" },
      h("h1", { tabindex: -1 }, () => run.detail.value?.workflow ?? "Run"),
      h("span", {}, () => run.detail.value === undefined ? null : runBadge(run.detail.value)),
      () => run.detail.value === undefined ? null : runActions(run.detail.value, run),
    ),
    () => run.error.value === undefined ? null : problemBox(run.error.value, run.refresh),
    () => run.detail.value === undefined ? null : facts(run.detail.value),
    () => run.detail.value === undefined ? null : failures(run.detail.value),
    () => isMissing.value ? null : body(run),
  );
}

/**
 * All that there is of a run once something is known of it.
 *
 * @param {LiveRun} run
 * @returns {Child}
 */
function body(run) {
  const tab = computed(() => place.value.query.get("tab") ?? "");
  const selected = selection(run);
  return [
    stepBar(run),
    h(
      "nav",
      { class: "tabs", "aria-label": "Of this run" },
      TABS.map(([name, title]) =>
        h("button", {
          type: "button",
          class: "tab",
          "aria-current": () => tab.value === name ? "page" : null,
          onclick: () => ask({ tab: name }),
        }, title)
      ),
    ),
    () => {
      switch (tab.value) {
        case "log":
          return logPanel(run, selected);
        case "timeline":
          return timelinePanel(run, selected);
        case "data":
          return runData(run);
        default:
          return stagesPanel(run, selected);
      }
    },
  ];
}

/**
 * The part that is looked at: the one of the address, else what calls for
 * attention first.
 *
 * @param {LiveRun} run
 * @returns {Signal<string | null>}
 */
function selection(run) {
  /** @type {Signal<string | null>} */
  const selected = signal(place.peek().query.get("part"));
  effect(() => {
    if (selected.value !== null) return;
    const stages = (run.timeline.value?.parts ?? []).filter(({ kind }) => kind === "stage");
    const first = stages.findLast(({ status }) => status === "failed") ??
      stages.findLast(({ status }) => status === "running") ?? stages[0];
    if (first !== undefined) selected.value = first.address;
  });
  effect(() => {
    if (selected.value !== place.peek().query.get("part")) ask({ part: selected.value });
  });
  return selected;
}

/** @param {LiveRun} run */
function tellChanges({ detail }) {
  const status = computed(() => detail.value?.status);
  effect(() => {
    if (status.value === undefined) return;
    const { workflow = "" } = detail.peek() ?? {};
    announce(`${workflow}: ${partStatusOf(status.value)}`);
    document.title = `${partStatusOf(status.value)} · ${workflow} · Sluice`;
  });
}

/** @param {RunDetail} detail */
function facts(
  { run_id, started_at, ended_at, trigger, parent_run_id, release, engine, digest, workflow },
) {
  const fact = (/** @type {string} */ name, /** @type {Child} */ value) =>
    h("div", {}, h("dt", {}, name), h("dd", {}, value));
  return h(
    "dl",
    { class: "facts" },
    fact("Run", h("code", {}, run_id)),
    fact("Started", timeElement(started_at)),
    fact("Took", durationElement(started_at, ended_at)),
    fact("Trigger", trigger),
    release === null
      ? null
      : fact("Stands for", `${absoluteText(release.logical_date)} (${release.type})`),
    parent_run_id === null
      ? null
      : fact("Made from", h("a", { href: hrefOf(["runs", parent_run_id]) }, parent_run_id)),
    fact("Workflow", [
      h("a", { href: hrefOf(["workflows", workflow, "source"]) }, workflow),
      " ",
      h("code", { class: "soft", title: digest }, digest.slice(0, 8)),
    ]),
    fact("Engine", engine),
  );
}

/** @param {RunDetail} detail */
function failures({ reason, ending, errors, interrupted, status }) {
  if (reason === null && errors.length === 0 && !interrupted) return null;
  return h(
    "div",
    { class: status === "FAILED" ? "problem" : "problem is-calm" },
    interrupted
      ? h(
        "p",
        {},
        "Nobody drives this run: its server ended before it did. Resume takes it up again.",
      )
      : null,
    reason === null ? null : h("p", {}, ending ? `Ending: ${reason}` : `Ended early: ${reason}`),
    errors.toReversed().slice(0, MAX_ERRORS).map(({ name, message, where }) =>
      h("p", {}, where === "" ? null : h("code", {}, where), ` ${name}: ${message}`)
    ),
    errors.length > MAX_ERRORS
      ? h("p", { class: "soft" }, `and ${errors.length - MAX_ERRORS} more`)
      : null,
  );
}

/**
 * @param {LiveRun} run
 * @param {Signal<string | null>} selected
 */
function stagesPanel(run, selected) {
  const index = computed(() => indexParts(run.timeline.value?.parts ?? []));
  const digest = computed(() => run.detail.value?.digest ?? "");
  const graph = () => {
    if (digest.value === "") return h("p", { class: "loading" }, "It has no plan yet");
    /** @type {Resource<GraphDocument>} */
    const plan = resource((signal) => request(["runs", run.id, "graph"], { signal }));
    const select = (/** @type {PartDocument} */ { address }) => {
      selected.value = address;
    };
    return loaded(
      plan,
      (value) => graphView(value, { asOf: run.asOf, index: () => index.value, select }),
    );
  };
  const tree = partTree({
    parts: () => run.timeline.value?.parts ?? [],
    selected,
    asOf: run.asOf,
    show: "reasons",
  });
  shortcut("j", "Next row", () => tree.step(1));
  shortcut("k", "Previous row", () => tree.step(-1));
  return [
    h(
      "details",
      { class: "graph-frame", open: true },
      h("summary", {}, "Graph"),
      graph,
    ),
    h(
      "div",
      { class: "split" },
      tree.element,
      h(
        "div",
        { class: "detail" },
        partPanel(run, { selected, find: (address) => index.value.byAddress.get(address) }),
      ),
    ),
    () =>
      run.timeline.value?.truncated
        ? h("p", { class: "soft" }, "There are more parts than are listed here")
        : null,
  ];
}

/**
 * @param {LiveRun} run
 * @param {Signal<string | null>} selected
 */
function logPanel(run, selected) {
  return logView({
    source: runLog(run.id),
    label: "Output of all stages",
    nothing: "This run printed nothing",
    openStage: (stage) => {
      selected.value = stage;
      ask({ tab: null });
    },
  });
}

/**
 * @param {LiveRun} run
 * @param {Signal<string | null>} selected
 */
function timelinePanel(run, selected) {
  return () => {
    if (run.timeline.value === undefined) return h("p", { class: "loading" }, "Loading …");
    return timelineTree(run, selected);
  };
}

/**
 * @param {LiveRun} run
 * @param {Signal<string | null>} selected
 */
function timelineTree(run, selected) {
  const tree = partTree({
    parts: () => run.timeline.value?.parts ?? [],
    ...{ selected, show: "bars", asOf: run.asOf },
    run: () => {
      const { started_at, ended_at, at } = run.timeline.value ??
        { started_at: "", ended_at: null, at: "" };
      // Looking back, time ends with the event that one has stepped to.
      return { started_at, ended_at: run.at.value === null ? ended_at : at };
    },
  });
  return tree.element;
}

/**
 * @param {LiveRun} run
 * @param {{ selected: Signal<string | null>, find: (address: string) => PartDocument | undefined }} what
 * @returns {Child}
 */
function partPanel(run, { selected, find }) {
  const part = computed(() => selected.value === null ? undefined : find(selected.value));
  const attempts = computed(() => part.value?.attempt ?? 0);
  const isStage = computed(() => part.value?.kind === "stage" && part.value.attempt > 0);
  /** @type {Signal<number | undefined>} */
  const attempt = signal(undefined);
  effect(() => {
    selected.value;
    attempt.value = undefined;
  });
  return [
    () =>
      part.value === undefined
        ? emptyState(
          "Choose a stage",
          "Its output and the reason why it stands as it does appear here.",
        )
        : partFacts(part.value, run.asOf()),
    () => attempts.value > 1 && isStage.value ? attemptChoice(attempts.value, attempt) : null,
    () =>
      isStage.value && selected.value !== null
        ? logView({
          source: stageLog({ run: run.id, stage: selected.value, attempt: attempt.value }),
          label: `Output of ${selected.value}`,
          nothing: "This stage printed nothing",
        })
        : null,
  ];
}

/**
 * @param {PartDocument} part
 * @param {string | null} asOf
 */
function partFacts(part, asOf) {
  const { address, label, status, started_at, ended_at, noun, stage_kind, kind } = part;
  const why = whyOf(part);
  return h(
    "div",
    { class: "part-facts" },
    h(
      "h2",
      {},
      statusBadge(status),
      " ",
      label,
      " ",
      h("span", { class: "kind" }, noun ?? stage_kind ?? kind),
    ),
    h(
      "p",
      { class: "soft" },
      h("code", {}, address),
      started_at === null
        ? null
        : [" · ", timeElement(started_at), " · ", durationElement(started_at, ended_at ?? asOf)],
    ),
    why === "" ? null : h("p", { class: `why is-${status}` }, why),
  );
}

/**
 * @param {number} count
 * @param {Signal<number | undefined>} attempt
 */
function attemptChoice(count, attempt) {
  const select = h(
    "select",
    { "aria-label": "Attempt" },
    h("option", { value: "" }, "All attempts"),
    Array.from(
      { length: Math.min(count, 100) },
      (_, index) => h("option", { value: index + 1 }, `Attempt ${index + 1}`),
    ),
  );
  select.addEventListener("change", () => {
    attempt.value = select.value === "" ? undefined : Number(select.value);
  });
  return h("div", { class: "bar-line" }, select);
}
