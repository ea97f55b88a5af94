/**
 * Steps through the events of a run, back and forth.
 *
 * @module
 */
/** @import { LiveRun } from "./live_run.js" */
import { h } from "../core/dom.js";
import { shortcut } from "../core/keys.js";
import { effect } from "../core/signal.js";
import { absoluteText } from "../core/time.js";

/** What names the part that an event is of, in the order in which it is looked for. */
const SUBJECTS = ["stage", "branch", "job", "owner"];

/**
 * The bar.
 *
 * @param {LiveRun} run
 * @returns {HTMLElement}
 */
export function stepBar(run) {
  const { at, length, stepTo } = run;
  const position = () => at.value ?? length();
  const slider = h("input", { type: "range", min: 1, "aria-label": "Event" });
  slider.addEventListener("input", () => stepTo(Number(slider.value)));
  effect(() => {
    slider.max = String(Math.max(1, length()));
    slider.value = String(position());
    slider.setAttribute("aria-valuetext", `Event ${position()} of ${length()}`);
  });
  const step = (/** @type {number} */ by) => stepTo((at.peek() ?? length()) + by);
  shortcut("[", "One event back", () => step(-1));
  shortcut("]", "One event forth", () => step(1));
  shortcut("l", "Back to now", () => stepTo(null));
  return h(
    "div",
    { class: () => at.value === null ? "step-bar" : "step-bar is-past" },
    h("button", {
      type: "button",
      "aria-label": "One event back",
      title: "One event back ([)",
      disabled: () => position() <= 1,
      onclick: () => step(-1),
    }, "◂"),
    slider,
    h("button", {
      type: "button",
      "aria-label": "One event forth",
      title: "One event forth (])",
      disabled: () => position() >= length(),
      onclick: () => step(1),
    }, "▸"),
    h("span", { class: "num" }, () => `Event ${position()} of ${length()}`),
    h(
      "button",
      { type: "button", hidden: () => at.value === null, onclick: () => stepTo(null) },
      "Now",
    ),
    h("span", { class: "step-text", role: "status" }, () => {
      const found = run.event.value.value?.events[0];
      return at.value === null || found === undefined ? "" : eventText(found.event);
    }),
  );
}

/**
 * An event in a line.
 *
 * @param {import("../../../../core/expr/json.ts").JsonObject} event
 * @returns {string}
 */
function eventText(event) {
  const subject = SUBJECTS.map((name) => event[name]).find((value) => typeof value === "string");
  const { type, at, outcome, attempt } = event;
  return [
    typeof at === "number" ? absoluteText(new Date(at).toISOString()) : "",
    String(type),
    subject ?? "",
    typeof attempt === "number" && attempt > 1 ? `attempt ${attempt}` : "",
    outcome ?? "",
  ].filter((part) => part !== "").join("  ");
}
