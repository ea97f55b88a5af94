/**
 * The records of finished runs, and whether they are as they were written.
 *
 * @module
 */
/** @import { AuditDocument, AuditList, AuditVerdictDocument } from "../../api/mod.ts" */
import { errorOf, may, request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { hrefOf } from "../core/router.js";
import { signal } from "../core/signal.js";
import { absoluteText } from "../core/time.js";
import { jsonView } from "../parts/json_view.js";
import { emptyState, loaded, problemBox } from "../parts/states.js";

const RECORDS = 200;

/**
 * The audit.
 *
 * @returns {HTMLElement}
 */
export function auditView() {
  /** @type {import("../core/api.js").Resource<AuditList>} */
  const list = resource((signal) => request(["audits"], { query: { limit: RECORDS }, signal }));
  return h(
    "section",
    {},
    h("h1", { tabindex: -1 }, "Audit"),
    may("admin") ? verification() : null,
    loaded(
      list,
      ({ audits }) =>
        audits.length === 0
          ? emptyState(
            "There are no records yet",
            "Each run leaves one when it has ended, unless the settings turn the audit off.",
          )
          : h("div", { class: "scroll-x" }, table(audits)),
    ),
  );
}

function verification() {
  /** @type {import("../core/signal.js").Signal<AuditVerdictDocument | Error | undefined>} */
  const verdict = signal(undefined);
  const verify = async () => {
    try {
      verdict.value = await request(["audits", "verify"]);
    } catch (error) {
      verdict.value = errorOf(error);
    }
  };
  return h(
    "div",
    {},
    h(
      "div",
      { class: "bar-line" },
      h("button", { type: "button", onclick: verify }, "Verify"),
      h("span", { class: "soft" }, "Is every record there, and as it was written?"),
    ),
    h("div", { role: "status" }, () => {
      const found = verdict.value;
      if (found === undefined) return null;
      return found instanceof Error ? problemBox(found) : verdictBox(found);
    }),
  );
}

/** @param {AuditVerdictDocument} verdict */
function verdictBox({ ok, links, records, head, problems }) {
  return h(
    "div",
    { class: ok ? "verdict is-good" : "problem" },
    h("p", { class: "strong" }, ok ? "✓ Nothing was changed" : "✕ Something was changed"),
    h(
      "p",
      {},
      `${records} records, ${links} links; keep the head to prove later that none is missing: `,
      h("code", {}, head),
    ),
    h(
      "ul",
      {},
      problems.map(({ position, path, message }) =>
        h(
          "li",
          {},
          position === null ? "" : `link ${position}: `,
          h("code", {}, path),
          ` ${message}`,
        )
      ),
    ),
  );
}

/** @param {readonly AuditDocument[]} audits */
function table(audits) {
  return h(
    "table",
    { class: "cards-when-narrow" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Workflow", "Release", "Type", "Run", "Record"].map((name) =>
          h("th", { scope: "col" }, name)
        ),
      ),
    ),
    h(
      "tbody",
      {},
      audits.map((audit) => {
        const { name, release, type, run_id } = audit;
        return h(
          "tr",
          {},
          h("th", { scope: "row" }, name),
          h("td", { "data-label": "Release" }, absoluteText(release)),
          h("td", { "data-label": "Type" }, type),
          h("td", { "data-label": "Run" }, h("a", { href: hrefOf(["runs", run_id]) }, run_id)),
          h("td", { "data-label": "Record" }, record(audit)),
        );
      }),
    ),
  );
}

/** @param {AuditDocument} audit */
function record(audit) {
  const details = h("details", {}, h("summary", {}, "Show"));
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(jsonView(audit));
  });
  return details;
}
