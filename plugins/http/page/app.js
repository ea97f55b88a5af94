/**
 * The page: what stands around every view, and which view stands where.
 *
 * @module
 */
/** @import { Child } from "./core/child.ts" */
import { errorOf, findSession, session, signIn, signOut } from "./core/api.js";
import { h } from "./core/dom.js";
import { allShortcuts, shortcut } from "./core/keys.js";
import { go, hrefOf, place } from "./core/router.js";
import { computed, effect, signal, untracked } from "./core/signal.js";
import { nextTheme, theme } from "./core/theme.js";
import { announce, announcer, note } from "./parts/announcer.js";
import { openDialog } from "./parts/dialog.js";
import { emptyState } from "./parts/states.js";
import { auditView } from "./views/audit.js";
import { compareView } from "./views/compare.js";
import { runView } from "./views/run.js";
import { runsView } from "./views/runs.js";
import { schedulesView } from "./views/schedules.js";
import { signInView } from "./views/sign_in.js";
import { workflowView } from "./views/workflow.js";
import { workflowsView } from "./views/workflows.js";

/** What the address may begin with to sign in at once; see `sluice serve`. */
const TOKEN_HASH = "#token=";

/** @type {readonly (readonly [string, string, string])[]} */
const SECTIONS = [
  ["workflows", "Workflows", "g w"],
  ["runs", "Runs", "g r"],
  ["schedules", "Schedules", "g s"],
  ["audit", "Audit", "g a"],
];

const ready = signal(false);
/** What is asked of a view is its own affair; only another path is another view. */
const path = computed(() => JSON.stringify(place.value.path));

addShortcuts();
document.body.append(frame());
await enter();
ready.value = true;
effect(() => {
  path.value;
  if (session.value === undefined) return;
  requestAnimationFrame(headTheView);
});

async function enter() {
  if (!location.hash.startsWith(TOKEN_HASH)) return await findSession();
  const token = decodeURIComponent(location.hash.slice(TOKEN_HASH.length));
  history.replaceState(null, "", hrefOf([])); // Nobody reads it over a shoulder, or in the history.
  place.value = { path: [], query: new URLSearchParams() };
  try {
    await signIn(token);
  } catch (error) {
    note(errorOf(error).message, "error");
  }
}

function addShortcuts() {
  for (const [name, title, keys] of SECTIONS) shortcut(keys, title, () => go([name]));
  shortcut("t", "Light or dark", nextTheme);
  shortcut("?", "Shortcuts", showShortcuts);
}

/** @returns {HTMLElement} */
function frame() {
  return h(
    "div",
    { class: "frame" },
    h("a", { class: "skip", href: "#main", onclick: skip }, "Skip to the content"),
    header(),
    h("main", { id: "main", tabindex: -1 }, () => {
      if (!ready.value) return null;
      if (session.value === undefined) return signInView();
      path.value;
      return untracked(() => viewOf(place.value.path));
    }),
    announcer(),
  );
}

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function header() {
  return h(
    "header",
    { class: "top" },
    h("a", { class: "brand", href: hrefOf([]) }, "sluice"),
    h(
      "nav",
      { "aria-label": "Sections" },
      () =>
        session.value === undefined ? null : SECTIONS.map(([name, title]) =>
          h("a", {
            href: hrefOf([name]),
            "aria-current": () => sectionOf(place.value.path) === name ? "page" : null,
          }, title)
        ),
    ),
    h(
      "div",
      { class: "top-tools" },
      h("button", {
        type: "button",
        class: "bare",
        onclick: nextTheme,
        "aria-label": () => `Theme: ${theme.value}`,
        title: () => `Theme: ${theme.value} (t)`,
      }, () => ({ system: "◐", light: "☀", dark: "☾" })[theme.value]),
      h("button", {
        type: "button",
        class: "bare",
        onclick: showShortcuts,
        "aria-label": "Shortcuts",
        title: "Shortcuts (?)",
      }, "?"),
      () =>
        session.value === undefined
          ? null
          : h("button", { type: "button", class: "bare", onclick: leave }, "Sign out"),
    ),
  );
}

/**
 * @param {readonly string[]} path
 * @returns {Child}
 */
function viewOf([section = "workflows", name, tab = ""]) {
  switch (section) {
    case "workflows":
      return name === undefined
        ? workflowsView()
        : workflowView({ name, tab, query: place.peek().query });
    case "runs":
      return name === undefined ? runsView() : runView(name);
    case "compare":
      return compareView();
    case "schedules":
      return schedulesView();
    case "audit":
      return auditView();
    default:
      return emptyState(
        "There is nothing here",
        h("a", { href: hrefOf([]) }, "Go to the workflows"),
      );
  }
}

/** @param {readonly string[]} path */
function sectionOf([section = "workflows"]) {
  return section === "compare" ? "runs" : section;
}

/** A reader who cannot see the page hears where it went. */
function headTheView() {
  const heading = document.querySelector("h1");
  if (!(heading instanceof HTMLElement)) return;
  document.title = `${heading.textContent} · Sluice`;
  announce(heading.textContent ?? "");
  if (document.activeElement === document.body || document.activeElement === null) {
    heading.focus({ preventScroll: true });
  }
}

async function leave() {
  await signOut();
  go([]);
}

function showShortcuts() {
  openDialog("Shortcuts", (close) => [
    h(
      "dl",
      { class: "shortcuts" },
      [...allShortcuts(), { keys: "Enter", what: "Open the row" }, {
        keys: "x",
        what: "Mark a run to compare it",
      }]
        .map(({ keys, what }) =>
          h(
            "div",
            {},
            h("dt", {}, keys.split(" ").map((key) => h("kbd", {}, key))),
            h("dd", {}, what),
          )
        ),
    ),
    h("button", { type: "button", onclick: () => close() }, "Close"),
  ]);
}
