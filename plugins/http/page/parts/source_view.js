/**
 * The text of a workflow, with what is wrong in it where it is wrong.
 *
 * @module
 */
/** @import { DiagnosticDocument, SourceDocument } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
import { h } from "../core/dom.js";

/** Of longer files only so many lines are shown. */
const MAX_LINES = 5_000;

/** So many of them stand before the workflow. */
const LINES_BEFORE = 100;

/** A comment, a key, an expression or a text in quotes. */
const TOKENS =
  /(?<comment>(?:^|\s)#.*$)|(?<key>^\s*(?:- )*[\w.-]+(?=:(?:\s|$)))|(?<hole>\$\{\{.*?\}\})|(?<string>"(?:[^"\\]|\\.)*"|'[^']*')/gd;

/**
 * The text.
 *
 * @param {SourceDocument} source
 * @returns {HTMLElement}
 */
export function sourceView({ text, line: first, diagnostics, file }) {
  const all = text.split("\n");
  // The part in view: of a long file that of this workflow, with a little of what stands before it.
  const from = all.length <= MAX_LINES
    ? 0
    : Math.max(0, Math.min(first - 1 - LINES_BEFORE, all.length - MAX_LINES));
  const lines = all.slice(from, from + MAX_LINES);
  const byLine = Map.groupBy(diagnostics, ({ place }) => place.span.start.line);
  const element = h(
    "ol",
    { class: "source", "aria-label": file },
    lines.map((line, index) =>
      lineElement(line, { number: from + index + 1, found: byLine.get(from + index + 1) ?? [] })
    ),
  );
  if (first > 1) {
    requestAnimationFrame(() =>
      element.children[first - 1 - from]?.scrollIntoView({ block: "center" })
    );
  }
  return h(
    "div",
    {},
    summary(diagnostics),
    lines.length === all.length ? null : h(
      "p",
      { class: "problem is-calm" },
      `Lines ${numeral(from + 1)} to ${numeral(from + lines.length)} of ${
        numeral(all.length)
      } are ` +
        "shown; what is wrong in the others is listed above",
    ),
    h("div", {
      class: "source-frame",
      tabindex: 0,
      role: "region",
      "aria-label": `Text of ${file}`,
    }, element),
  );
}

/** @param {number} count */
function numeral(count) {
  return count.toLocaleString("en");
}

/** @param {readonly DiagnosticDocument[]} diagnostics */
function summary(diagnostics) {
  if (diagnostics.length === 0) return h("p", { class: "soft" }, "Nothing is wrong with it");
  return h(
    "ul",
    { class: "plain findings" },
    diagnostics.map(({ severity, message, place: { span: { start } } }) =>
      h(
        "li",
        { class: `is-${severity}` },
        h("span", { class: "word" }, severity),
        ` line ${start.line}: ${message}`,
      )
    ),
  );
}

/**
 * @param {string} line
 * @param {{ number: number, found: readonly DiagnosticDocument[] }} what
 */
function lineElement(line, { number, found }) {
  return h(
    "li",
    { class: found.length > 0 ? "has-finding" : null },
    h("span", { class: "line-number", "aria-hidden": "true" }, number),
    h("code", {}, pieces(line, found)),
    found.map(({ code, severity, message, fix }) =>
      h(
        "p",
        { class: `finding is-${severity}` },
        h("span", { class: "word" }, severity),
        ` ${message} `,
        h("span", { class: "soft" }, code),
        fix === undefined ? null : [" · write ", h("code", {}, fix.text)],
      )
    ),
  );
}

/**
 * The line, cut where colours or squiggles begin and end.
 *
 * @param {string} line
 * @param {readonly DiagnosticDocument[]} found
 * @returns {readonly Child[]}
 */
function pieces(line, found) {
  const tokens = [...line.matchAll(TOKENS)].flatMap((match) => {
    const kind = Object.entries(match.groups ?? {}).find(([, text]) => text !== undefined)?.[0] ??
      "";
    return [{ from: match.index, to: match.index + match[0].length, kind }];
  });
  const squiggles = found.map(({ severity, place: { span: { start, end } } }) => ({
    from: start.column - 1,
    to: end.line === start.line ? Math.max(end.column - 1, start.column) : line.length,
    severity,
  }));
  const edges = new Set([0, line.length]);
  for (const { from, to } of [...tokens, ...squiggles]) {
    edges.add(Math.min(from, line.length)).add(Math.min(to, line.length));
  }
  const cuts = [...edges].sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, index) => {
    const kind = tokens.find((token) => token.from <= from && from < token.to)?.kind;
    const squiggle = squiggles.find((one) => one.from <= from && from < one.to);
    const className = [
      ...(kind === undefined ? [] : [`yaml-${kind}`]),
      ...(squiggle === undefined ? [] : [`squiggle is-${squiggle.severity}`]),
    ].join(" ");
    const text = line.slice(from, cuts[index + 1]);
    return className === "" ? text : h("span", { class: className }, text);
  });
}
