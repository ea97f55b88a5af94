/**
 * What starts by itself, and when.
 *
 * @module
 */
/** @import { BrokenFileDocument, ScheduleDocument, ScheduleList, SlotList } from "../../api/mod.ts" */
import { may, request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { hrefOf } from "../core/router.js";
import { absoluteText, timeElement } from "../core/time.js";
import { emptyState, loaded } from "../parts/states.js";
import { pauseButton } from "./workflow.js";

/**
 * The schedules.
 *
 * @returns {HTMLElement}
 */
export function schedulesView() {
  /** @type {import("../core/api.js").Resource<ScheduleList>} */
  const list = resource((signal) => request(["schedules"], { signal }));
  /** @type {import("../core/api.js").Resource<SlotList>} */
  const slots = resource((signal) => request(["schedules", "next"], { signal }));
  return h(
    "section",
    {},
    h("h1", { tabindex: -1 }, "Schedules"),
    loaded(
      list,
      ({ schedules, broken }) => [
        broken.length === 0 ? null : brokenFiles(broken),
        schedules.length === 0
          ? emptyState(
            "Nothing starts by itself",
            "Give a workflow a schedule: ",
            h("code", {}, 'on: [{cron: "0 6 * * *"}]'),
          )
          : h("div", { class: "scroll-x" }, table(schedules, list.reload)),
      ],
    ),
    h("h2", {}, "Within a day"),
    loaded(
      slots,
      ({ slots }) =>
        slots.length === 0 ? h("p", { class: "soft" }, "Nothing starts within a day") : h(
          "ol",
          { class: "plain" },
          slots.map(({ workflow, starts_at }) =>
            h(
              "li",
              {},
              h("span", { class: "num" }, absoluteText(starts_at)),
              " · ",
              h("a", { href: hrefOf(["workflows", workflow]) }, workflow),
              " ",
              h("span", { class: "soft" }, timeElement(starts_at)),
            )
          ),
        ),
    ),
  );
}

/**
 * What does not load starts nothing, and nobody would miss it in a table.
 *
 * @param {readonly BrokenFileDocument[]} broken
 */
function brokenFiles(broken) {
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("p", {}, "What is wrong in these files starts nothing:"),
    h(
      "ul",
      {},
      broken.map(({ file, line, column, message, more }) =>
        h(
          "li",
          {},
          h("code", {}, `${file}:${line}:${column}`),
          ` ${message}${more === 0 ? "" : ` (and ${more} more)`}`,
        )
      ),
    ),
  );
}

/**
 * @param {readonly ScheduleDocument[]} schedules
 * @param {() => void} reload
 */
function table(schedules, reload) {
  return h(
    "table",
    { class: "cards-when-narrow" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Workflow", "Schedule", "Next", "Last run", "Missed", ""].map((name) =>
          h("th", { scope: "col" }, name || h("span", { class: "unseen" }, "Actions"))
        ),
      ),
    ),
    h(
      "tbody",
      {},
      schedules.map((
        { workflow, schedule, timezone, next, never, paused, missed, last_run_id, last_status },
      ) =>
        h(
          "tr",
          {},
          h(
            "th",
            { scope: "row" },
            h("a", { href: hrefOf(["workflows", workflow, "schedules"]) }, workflow),
          ),
          h(
            "td",
            { "data-label": "Schedule" },
            h("code", {}, schedule),
            " ",
            h("span", { class: "soft" }, timezone),
          ),
          h(
            "td",
            { "data-label": "Next" },
            paused
              ? h("span", { class: "tag" }, "paused")
              : next === null
              ? (never ? "never" : "")
              : timeElement(next),
          ),
          h(
            "td",
            { "data-label": "Last run" },
            last_run_id === null
              ? h("span", { class: "soft" }, "never")
              : h("a", { href: hrefOf(["runs", last_run_id]) }, (last_status ?? "").toLowerCase()),
          ),
          h("td", { "data-label": "Missed" }, missed === null ? "" : absoluteText(missed)),
          h(
            "td",
            { class: "actions" },
            may("run") ? pauseButton(workflow, { paused, changed: reload }) : null,
          ),
        )
      ),
    ),
  );
}
