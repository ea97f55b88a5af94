/**
 * One workflow: its graph, its text, its schedules, and the form to start it.
 *
 * @module
 */
/** @import { GraphDocument, ScheduleList, SlotList, SourceDocument, WorkflowDetail } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
import { errorOf, may, request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { shortcut } from "../core/keys.js";
import { go, hrefOf } from "../core/router.js";
import { timeElement } from "../core/time.js";
import { announce, note } from "../parts/announcer.js";
import { graphView } from "../parts/graph_view.js";
import { sourceView } from "../parts/source_view.js";
import { emptyState, loaded } from "../parts/states.js";
import { runBadge } from "../parts/status.js";
import { runForm } from "./run_form.js";
import { runList } from "./runs.js";

const SLOTS = 5;

/** @type {readonly (readonly [string, string])[]} */
const TABS = [["", "Graph"], ["run", "Run"], ["source", "YAML"], ["schedules", "Schedules"], [
  "runs",
  "Runs",
]];

/**
 * A workflow.
 *
 * @param {{ name: string, tab: string, query: URLSearchParams }} what
 * @returns {HTMLElement}
 */
export function workflowView({ name, tab, query }) {
  /** @type {import("../core/api.js").Resource<WorkflowDetail>} */
  const detail = resource((signal) => request(["workflows", name], { signal }));
  shortcut("r", "Run this workflow", () => go(["workflows", name, "run"]));
  return h(
    "section",
    {},
    h(
      "nav",
      { class: "crumbs", "aria-label": "Where you are" },
      h("a", { href: hrefOf(["workflows"]) }, "Workflows"),
      " /",
    ),
    h("div", { class: "title-line" }, h("h1", { tabindex: -1 }, name), () => {
      const { last } = detail.value.value ?? {};
      return last
        ? h(
          "a",
          { class: "quiet", href: hrefOf(["runs", last.run_id]) },
          h("span", { class: "unseen" }, "Last run: "),
          runBadge(last),
        )
        : null;
    }),
    () => {
      const { description = "", tags = [], file = "" } = detail.value.value ?? {};
      return h(
        "p",
        { class: "soft" },
        description,
        " ",
        tags.map((tag) => h("span", { class: "tag" }, tag)),
        " ",
        h("code", {}, file),
      );
    },
    h(
      "nav",
      { class: "tabs", "aria-label": "Of this workflow" },
      TABS.map(([path, title]) =>
        h("a", {
          href: hrefOf(["workflows", name, ...(path === "" ? [] : [path])]),
          "aria-current": path === tab ? "page" : null,
        }, title)
      ),
    ),
    panel(name, { tab, query, detail }),
  );
}

/**
 * @param {string} name
 * @param {{ tab: string, query: URLSearchParams, detail: import("../core/api.js").Resource<WorkflowDetail> }} what
 * @returns {Child}
 */
function panel(name, { tab, query, detail }) {
  switch (tab) {
    case "run":
      return may("run") ? runForm(name, { from: query.get("from") }) : emptyState(
        "You may look, not run",
        "Sign in with a token that has the scope ",
        h("code", {}, "run"),
        ".",
      );
    case "source": {
      /** @type {import("../core/api.js").Resource<SourceDocument>} */
      const source = resource((signal) => request(["workflows", name, "source"], { signal }));
      return loaded(source, sourceView);
    }
    case "schedules":
      return loaded(detail, (workflow) => schedules(workflow, detail.reload));
    case "runs":
      return runList({ workflow: name });
    default: {
      /** @type {import("../core/api.js").Resource<GraphDocument>} */
      const graph = resource((signal) => request(["workflows", name, "graph"], { signal }));
      return loaded(graph, (value) => graphView(value));
    }
  }
}

/**
 * @param {WorkflowDetail} workflow
 * @param {() => void} reload
 */
function schedules({ name, schedules, paused, follows }, reload) {
  if (schedules.length === 0) {
    const advice = follows.length === 0
      ? ["Write one into its file: ", h("code", {}, 'on: [{cron: "0 6 * * *"}]')]
      : [`It runs after ${follows.join(", ")}.`];
    return emptyState("There are no schedules", ...advice);
  }
  /** @type {import("../core/api.js").Resource<SlotList>} */
  const slots = resource((signal) =>
    request(["schedules", "next"], { query: { workflow: name, limit: SLOTS }, signal })
  );
  return [
    h(
      "ul",
      { class: "plain" },
      schedules.map(({ cron, timezone }) =>
        h("li", {}, h("code", {}, cron), " ", h("span", { class: "soft" }, timezone))
      ),
    ),
    may("run") ? pauseButton(name, { paused, changed: reload }) : null,
    h("h2", {}, paused ? "Would start next" : "Starts next"),
    loaded(
      slots,
      ({ slots }) =>
        h(
          "ol",
          { class: "plain" },
          slots.map(({ starts_at }) =>
            h(
              "li",
              {},
              timeElement(starts_at),
              " ",
              h("span", { class: "soft" }, new Date(starts_at).toLocaleString("en-GB")),
            )
          ),
        ),
    ),
  ];
}

/**
 * Pauses the schedules of a workflow, or ends the pause.
 *
 * @param {string} name
 * @param {{ paused: boolean, changed: () => void }} options
 * @returns {HTMLElement}
 */
export function pauseButton(name, { paused, changed }) {
  const press = async () => {
    try {
      await request(["workflows", name, paused ? "unpause" : "pause"], { method: "POST" });
      announce(`The schedules of ${name} are ${paused ? "active" : "paused"}`);
      changed();
    } catch (error) {
      note(errorOf(error).message, "error");
    }
  };
  const what = paused ? "Resume" : "Pause";
  return h("button", {
    type: "button",
    onclick: press,
    "aria-label": `${what} the schedules of ${name}`,
  }, what);
}
