/**
 * What can be asked of a run.
 *
 * @module
 */
/** @import { RunAnswer, RunDetail } from "../../api/mod.ts" */
/** @import { LiveRun } from "./live_run.js" */
import { errorOf, may, request } from "../core/api.js";
import { h } from "../core/dom.js";
import { go, hrefOf } from "../core/router.js";
import { announce, note } from "../parts/announcer.js";
import { openDialog } from "../parts/dialog.js";

/**
 * The buttons.
 *
 * @param {RunDetail} detail
 * @param {LiveRun} run
 * @returns {HTMLElement}
 */
export function runActions(detail, run) {
  const { run_id, workflow, status, interrupted, ended_at, ending } = detail;
  const isOver = ended_at !== null;
  const mayRun = may("run");
  const failed = status === "FAILED" || status === "CANCEL";
  return h(
    "div",
    { class: "actions" },
    mayRun && interrupted ? button("Resume", () => resume(run_id, run)) : null,
    mayRun && !isOver
      ? button(ending ? "Cancel at once …" : "Cancel …", () => cancelDialog(run_id, run))
      : null,
    mayRun && isOver && failed ? button("Rerun from failed", () => rerun(run_id)) : null,
    mayRun && isOver
      ? h(
        "a",
        { class: "button", href: hrefOf(["workflows", workflow, "run"], { from: run_id }) },
        "Rerun …",
      )
      : null,
    h("a", {
      class: "button",
      href: hrefOf(["compare"], { a: detail.parent_run_id ?? "", b: run_id }),
    }, "Compare …"),
  );
}

/**
 * @param {string} title
 * @param {() => unknown} act
 */
function button(title, act) {
  return h("button", { type: "button", onclick: () => act() }, title);
}

/** @param {string} id */
async function rerun(id) {
  try {
    /** @type {RunAnswer} */
    const made = await request(["runs", id, "rerun"], { method: "POST", body: {} });
    announce("A new run goes on from what failed");
    go(["runs", made.run_id]);
  } catch (error) {
    note(errorOf(error).message, "error");
  }
}

/**
 * @param {string} id
 * @param {LiveRun} run
 */
async function resume(id, run) {
  try {
    await request(["runs", id, "resume"], { method: "POST" });
    announce("The run goes on");
    run.refresh();
  } catch (error) {
    note(errorOf(error).message, "error");
  }
}

/**
 * @param {string} id
 * @param {LiveRun} run
 */
function cancelDialog(id, run) {
  openDialog("Cancel this run?", (close) => {
    const why = h("input", {
      id: "cancel-why",
      type: "text",
      maxlength: 1_000,
      placeholder: "Recorded with the run",
    });
    const submit = async (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      close();
      try {
        await request(["runs", id, "cancel"], {
          method: "POST",
          body: why.value === "" ? {} : { why: why.value },
        });
        announce("The run is being cancelled");
        run.refresh();
      } catch (error) {
        note(errorOf(error).message, "error");
      }
    };
    return h(
      "form",
      { onsubmit: submit },
      h("p", { class: "soft" }, "What is under way is told to end; clean-up stages still run."),
      h("label", { for: "cancel-why" }, "Reason"),
      why,
      h(
        "div",
        { class: "bar-line" },
        h("button", { class: "danger" }, "Cancel the run"),
        h("button", { type: "button", onclick: () => close() }, "Keep it running"),
      ),
    );
  });
}
