/**
 * What was printed, while it is printed: with search, folding and colours.
 *
 * @module
 */
/** @import { LogSource } from "./log_source.js" */
import { h } from "../core/dom.js";
import { shortcut } from "../core/keys.js";
import { effect, onEnd, signal } from "../core/signal.js";
import { absoluteText, clockText } from "../core/time.js";
import { markedPieces, piecesOf } from "./ansi.js";
import { LogLines, MAX_LINES } from "./log_lines.js";
import { virtualList } from "./virtual_list.js";

const ROW_HEIGHT = 20;

/**
 * What is shown of a log.
 *
 * @typedef {object} LogOf
 * @property {LogSource} source Where its lines come from.
 * @property {string} label What it is.
 * @property {string} nothing What is said where nothing was printed.
 * @property {(stage: string) => void} [openStage] Shows a stage: of a log of several, whose lines then say which.
 */

/**
 * A log.
 *
 * @param {LogOf} of
 * @returns {HTMLElement}
 */
export function logView({ source, label, nothing, openStage }) {
  const lines = new LogLines({ folds: openStage === undefined });
  /** Counts up whenever the lines have changed. */
  const revision = signal(0);
  const ended = signal(false);
  const tails = signal(true);
  const withTimes = signal(false);
  const match = signal(-1);

  const list = virtualList({
    label,
    className: "log",
    rowHeight: ROW_HEIGHT,
    count: () => {
      revision.value;
      return lines.seen;
    },
    row: (row) => lineElement(row),
    open: (row) => {
      const found = lines.at(row);
      if (found !== undefined) openStage?.(found.line.stage);
      if (found?.line.group === undefined) return;
      lines.fold(found.index);
      redraw();
    },
  });
  const redraw = () => {
    revision.value++;
    list.refresh();
  };

  const isEmpty = () => {
    revision.value;
    return ended.value && lines.size === 0;
  };
  effect(() => {
    list.element.hidden = isEmpty();
  });

  let drawing = 0;
  const draw = () => {
    drawing = 0;
    revision.value++;
    if (tails.peek()) queueMicrotask(() => list.reveal(lines.seen - 1));
  };
  onEnd(() => cancelAnimationFrame(drawing));
  source({
    add: (more) => {
      lines.add(more);
      drawing ||= requestAnimationFrame(draw);
    },
    end: () => {
      ended.value = true;
    },
  });
  list.element.addEventListener("wheel", () => {
    tails.value = false;
  }, { passive: true });
  list.element.addEventListener("scroll", () => {
    if (list.atEnd()) tails.value = true;
  }, { passive: true });

  const query = h("input", {
    type: "search",
    placeholder: "Search the output",
    "aria-label": "Search the output",
    oninput: () => search(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter") step(event.shiftKey ? -1 : 1);
      else if (event.key === "Escape") query.blur();
    },
  });
  const onlyMatches = h("input", { type: "checkbox", onchange: () => search() });
  const search = () => {
    lines.search(query.value, { onlyMatches: onlyMatches.checked });
    match.value = -1;
    redraw();
    if (lines.matches.length > 0) step(1);
  };
  const step = (/** @type {number} */ by) => {
    const { length } = lines.matches;
    if (length === 0) return;
    tails.value = false;
    match.value = (match.peek() + by + length) % length;
    const index = lines.matches[match.peek()] ?? 0;
    lines.uncover(index);
    redraw();
    const row = lines.rowOf(index);
    list.current.value = row;
    queueMicrotask(() => list.reveal(row));
  };
  shortcut("/", "Search", () => query.focus());
  shortcut("n", "Next match", () => step(1));
  shortcut("N", "Previous match", () => step(-1));

  /** @param {number} row */
  function lineElement(row) {
    const found = lines.at(row);
    if (found === undefined) return { content: null };
    const { index, line } = found;
    const pieces = markedPieces(piecesOf(line.group ?? line.text), lines.query);
    const text = h(
      "span",
      { class: "log-text" },
      pieces.map(({ text, className, isMatch }) =>
        h(isMatch ? "mark" : "span", { class: className || null }, text)
      ),
    );
    text.style.paddingInlineStart = `${Math.min(line.depth, 8) * 14}px`;
    const isFolded = lines.isFolded(index);
    return {
      className: line.isError ? "is-stderr" : "",
      content: [
        h("span", { class: "log-number" }, index + 1),
        withTimes.value
          ? h(
            "time",
            { class: "log-time", datetime: line.at, title: absoluteText(line.at) },
            clockText(line.at),
          )
          : null,
        openStage === undefined ? null : stageElement(line.stage, openStage),
        line.isError ? h("span", { class: "log-stream" }, "err") : null,
        line.group === undefined ? null : h("button", {
          ...{ type: "button", class: "fold", tabindex: -1 },
          "aria-expanded": String(!isFolded),
          "aria-label": `Group ${line.group}`,
          onclick: () => {
            lines.fold(index);
            redraw();
          },
        }, isFolded ? "▸" : "▾"),
        text,
      ],
    };
  }

  const tail = h("input", { type: "checkbox" });
  effect(() => {
    tail.checked = tails.value;
  });
  tail.addEventListener("change", () => {
    tails.value = tail.checked;
    if (tail.checked) list.reveal(lines.seen - 1);
  });
  const times = h("input", { type: "checkbox" });
  times.addEventListener("change", () => {
    withTimes.value = times.checked;
    list.refresh();
  });
  return h(
    "section",
    { class: "log-view", "aria-label": "Output" },
    h(
      "div",
      { class: "bar-line" },
      query,
      h("span", { class: "soft num", role: "status" }, () => {
        revision.value;
        const { length } = lines.matches;
        if (lines.query === "") return "";
        return length === 0 ? "no match" : `${match.value + 1} of ${length}`;
      }),
      h("button", { type: "button", "aria-label": "Previous match", onclick: () => step(-1) }, "↑"),
      h("button", { type: "button", "aria-label": "Next match", onclick: () => step(1) }, "↓"),
      h("label", {}, onlyMatches, "Matches only"),
      h("label", {}, times, "Times"),
      h("label", { hidden: () => ended.value }, tail, "Follow"),
      h("span", { class: "soft num end" }, () => {
        revision.value;
        if (lines.isFull) return `the first ${MAX_LINES.toLocaleString("en")} lines`;
        const count = `${lines.size.toLocaleString("en")} ${lines.size === 1 ? "line" : "lines"}`;
        return ended.value ? count : `${count}, live`;
      }),
    ),
    list.element,
    h("p", { class: "empty", hidden: () => !isEmpty() }, nothing),
  );
}

/**
 * Which stage printed a line, for who points at it; with the keyboard the row does the same.
 *
 * @param {string} stage
 * @param {(stage: string) => void} open
 */
function stageElement(stage, open) {
  const name = stage.replaceAll("[]", "");
  return h("button", {
    ...{ type: "button", class: "log-stage", tabindex: -1, title: name },
    onclick: () => open(stage),
  }, name);
}
