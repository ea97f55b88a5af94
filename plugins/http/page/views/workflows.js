/**
 * All workflows, with when each runs next and how it went last.
 *
 * @module
 */
/** @import { DiagnosticDocument, RunDocument, WorkflowDocument, WorkflowList } from "../../api/mod.ts" */
import { may, request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { shortcut } from "../core/keys.js";
import { hrefOf } from "../core/router.js";
import { computed, signal } from "../core/signal.js";
import { follow } from "../core/stream.js";
import { durationElement, timeElement } from "../core/time.js";
import { emptyState, loaded } from "../parts/states.js";
import { runBadge } from "../parts/status.js";

/**
 * The list.
 *
 * @returns {HTMLElement}
 */
export function workflowsView() {
  const query = signal("");
  /** @type {import("../core/signal.js").Signal<ReadonlyMap<string, RunDocument>>} */
  const newest = signal(new Map());
  follow(["changes"], {
    message: (/** @type {RunDocument} */ run) => {
      const known = newest.peek().get(run.workflow);
      if (known !== undefined && known.started_at > run.started_at) return;
      newest.value = new Map(newest.peek()).set(run.workflow, run);
    },
  });
  /** @type {import("../core/api.js").Resource<WorkflowList>} */
  const list = resource((signal) => request(["workflows"], { signal }));
  const search = h("input", {
    ...{
      type: "search",
      placeholder: "Search by name, tag or text",
      "aria-label": "Search workflows",
    },
    oninput: () => {
      query.value = search.value.toLowerCase();
    },
  });
  shortcut("/", "Search", () => search.focus());
  return h(
    "section",
    {},
    h("div", { class: "title-line" }, h("h1", { tabindex: -1 }, "Workflows"), search),
    loaded(list, ({ workflows, diagnostics }) => [
      troubles(diagnostics),
      workflows.length === 0
        ? emptyState(
          "There are no workflows yet",
          "Put a YAML file into the conf folder, or let ",
          h("code", {}, "sluice init"),
          " write one.",
        )
        : table(workflows, { query, newest }),
    ]),
  );
}

/**
 * @param {readonly WorkflowDocument[]} workflows
 * @param {{ query: { value: string }, newest: { value: ReadonlyMap<string, RunDocument> } }} shown
 */
function table(workflows, { query, newest }) {
  const found = computed(() => workflows.filter((workflow) => matches(workflow, query.value)));
  return h(
    "div",
    { class: "scroll-x" },
    h(
      "table",
      { class: "cards-when-narrow" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["Workflow", "Last run", "Next run", ""].map((name) =>
            h("th", { scope: "col" }, name || h("span", { class: "unseen" }, "Actions"))
          ),
        ),
      ),
      h("tbody", {}, () => found.value.map((workflow) => rowOf(workflow, newest))),
    ),
    () =>
      found.value.length === 0
        ? emptyState("Nothing is called so", "Search for part of a name, a tag or a description.")
        : null,
  );
}

/**
 * @param {WorkflowDocument} workflow
 * @param {{ value: ReadonlyMap<string, RunDocument> }} newest
 */
function rowOf(
  { name, description, tags, errors, warnings, last, next, paused, follows, schedules },
  newest,
) {
  return h(
    "tr",
    {},
    h(
      "th",
      { scope: "row" },
      h("a", { href: hrefOf(["workflows", name]) }, name),
      h("span", { class: "tags" }, tags.map((tag) => h("span", { class: "tag" }, tag))),
      errors + warnings === 0 ? null : findings({ errors, warnings }),
      description === "" ? null : h("p", { class: "soft" }, description),
    ),
    h("td", { "data-label": "Last run" }, () => {
      const run = newest.value.get(name) ?? last;
      if (run === null) return h("span", { class: "soft" }, "never");
      return [
        h(
          "a",
          {
            class: "quiet",
            href: hrefOf(["runs", run.run_id]),
          },
          h("span", { class: "unseen" }, `Last run of ${name}: `),
          runBadge(run),
        ),
        h(
          "div",
          { class: "soft" },
          timeElement(run.started_at),
          " · ",
          durationElement(run.started_at, run.ended_at),
        ),
      ];
    }),
    h(
      "td",
      { "data-label": "Next run" },
      paused ? h("span", { class: "tag" }, "paused") : null,
      next === null ? null : timeElement(next),
      h("div", { class: "soft" }, schedules.map(({ cron }) => cron).join(", ")),
      follows.length === 0 ? null : h("div", { class: "soft" }, `after ${follows.join(", ")}`),
      next === null && !paused && follows.length === 0
        ? h("span", { class: "soft" }, "when somebody asks")
        : null,
    ),
    h(
      "td",
      { class: "actions" },
      may("run")
        ? h("a", {
          class: "button",
          href: hrefOf(["workflows", name, "run"]),
          "aria-label": `Run ${name}`,
        }, "Run …")
        : null,
    ),
  );
}

/** @param {{ errors: number, warnings: number }} counts */
function findings({ errors, warnings }) {
  const said = [
    ...(errors === 0 ? [] : [`${errors} ${errors === 1 ? "error" : "errors"}`]),
    ...(warnings === 0 ? [] : [`${warnings} ${warnings === 1 ? "warning" : "warnings"}`]),
  ];
  return h("span", { class: errors > 0 ? "tag is-error" : "tag is-warning" }, said.join(", "));
}

/** @param {readonly DiagnosticDocument[]} diagnostics */
function troubles(diagnostics) {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return null;
  return h(
    "details",
    { class: "problem" },
    h(
      "summary",
      {},
      `${errors.length} ${
        errors.length === 1 ? "error" : "errors"
      } in the files of the conf folder`,
    ),
    h(
      "ul",
      {},
      errors.map(({ message, place: { file, span: { start } } }) =>
        h("li", {}, h("code", {}, `${file}:${start.line}:${start.column}`), ` ${message}`)
      ),
    ),
  );
}

/**
 * @param {WorkflowDocument} workflow
 * @param {string} query
 */
function matches({ name, description, tags }, query) {
  return [name, description, ...tags].some((text) => text.toLowerCase().includes(query));
}
