/**
 * A long list of which only those rows exist that are seen. All rows are of one
 * height, so where a row stands is a product and not a search.
 *
 * @module
 */
/** @import { Child } from "../core/child.ts" */
/** @import { Signal } from "../core/signal.js" */
import { h } from "../core/dom.js";
import { effect, onEnd, root, signal } from "../core/signal.js";

/** Rows above and below what is seen, so that scrolling meets no gaps. */
const OVERSCAN = 12;

/**
 * Browsers cannot make elements any higher; rows behind that are out of reach,
 * which 20 pixels each put behind the 750,000th.
 */
const MAX_HEIGHT_PX = 15_000_000;

let lists = 0;

/**
 * What a list shows.
 *
 * @typedef {object} ListOptions
 * @property {string} label For screen readers.
 * @property {() => number} count How many rows there are; may read signals.
 * @property {number} rowHeight In pixels.
 * @property {(index: number) => RowContent} row What a row consists of.
 * @property {"grid" | "treegrid" | "region"} [role]
 * @property {string} [className]
 * @property {Child} [head] What stands above the rows and does not scroll away: rows of columns.
 * @property {(index: number) => void} [choose] A row became the current one.
 * @property {(index: number) => void} [open] Enter, or a click, on a row.
 * @property {(index: number, key: string) => boolean} [key] Any other key on a row; whether it meant something.
 * @property {() => void} [reachedEnd] The last row is seen.
 */

/**
 * A row.
 *
 * @typedef {object} RowContent
 * @property {Child} content
 * @property {string} [className]
 * @property {Readonly<Record<string, string | number | boolean | null>>} [props]
 */

/**
 * A list that is shown.
 *
 * @typedef {object} List
 * @property {HTMLElement} element
 * @property {Signal<number>} current The row that keys act on; -1 for none.
 * @property {() => void} refresh Makes the rows anew.
 * @property {(index: number) => void} reveal Scrolls there.
 * @property {() => boolean} atEnd Whether the last row is seen.
 * @property {(by: number) => void} step Takes the keyboard here, to another row.
 */

/**
 * Makes a list.
 *
 * @param {ListOptions} options
 * @returns {List}
 */
export function virtualList(options) {
  const { count, rowHeight, role = "region", className = "", head = null, label } = options;
  const id = `list-${++lists}`;
  const current = signal(-1);
  const top = signal(0);
  const height = signal(0);
  const revision = signal(0);
  /** @returns {readonly [number, number]} */
  const seen = () => {
    const first = Math.floor(top.value / rowHeight) - OVERSCAN;
    const rows = Math.ceil(height.value / rowHeight) + 2 * OVERSCAN;
    return [Math.max(0, first), Math.min(count(), Math.max(0, first) + rows)];
  };
  const activeId = () => {
    const [from, to] = seen();
    return current.value >= from && current.value < to ? `${id}-${current.value}` : null;
  };

  const spacer = h("div", { class: "spacer", role: role === "region" ? null : "rowgroup" });
  const element = h(
    "div",
    {
      ...{ class: `virtual ${className}`, role, tabindex: 0, "aria-label": label },
      "aria-rowcount": role === "region" ? null : () => count(),
      "aria-activedescendant": role === "region" ? null : () => activeId(),
      onscroll: () => {
        top.value = element.scrollTop;
      },
      onkeydown: (/** @type {KeyboardEvent} */ event) => press(event),
    },
    head === null ? null : h("div", { class: "list-head", role: "rowgroup" }, head),
    spacer,
  );

  const observer = new ResizeObserver(() => {
    height.value = element.clientHeight;
  });
  observer.observe(element);
  onEnd(() => observer.disconnect());

  /** @type {Map<number, { node: HTMLElement, end: () => void }>} */
  const shown = new Map();
  const clear = () => {
    for (const { node, end } of shown.values()) {
      end();
      node.remove();
    }
    shown.clear();
  };
  onEnd(clear);

  let drawn = 0;
  effect(() => {
    if (revision.value !== drawn) clear();
    drawn = revision.value;
    spacer.style.height = `${Math.min(MAX_HEIGHT_PX, count() * rowHeight)}px`;
    const [from, to] = seen();
    for (const [index, { node, end }] of shown) {
      if (index >= from && index < to) continue;
      end();
      node.remove();
      shown.delete(index);
    }
    for (let index = from; index < to; index++) if (!shown.has(index)) show(index);
    if (to === count()) options.reachedEnd?.();
  });

  /** @param {number} index */
  function show(index) {
    const { result: node, end } = root(() => rowElement(index));
    node.style.transform = `translateY(${index * rowHeight}px)`;
    node.style.height = `${rowHeight}px`;
    shown.set(index, { node, end });
    spacer.append(node);
  }

  /** @param {number} index */
  function rowElement(index) {
    const { content, className: kind = "", props = {} } = options.row(index);
    return h(
      "div",
      {
        ...{ id: `${id}-${index}`, role: role === "region" ? null : "row" },
        "aria-rowindex": role === "region" ? null : index + 1,
        class: () => `row ${kind} ${current.value === index ? "current" : ""}`,
        onclick: (/** @type {MouseEvent} */ event) => {
          choose(index);
          if (!isLink(event)) options.open?.(index);
        },
        ...props,
      },
      content,
    );
  }

  /** @param {number} index */
  function choose(index) {
    if (count() === 0) return;
    current.value = Math.max(0, Math.min(count() - 1, index));
    options.choose?.(current.peek());
  }

  /** @param {number} index */
  function reveal(index) {
    const [above, below] = [index * rowHeight, (index + 1) * rowHeight];
    const room = element.clientHeight - spacer.offsetTop;
    if (above < element.scrollTop) element.scrollTop = above;
    else if (below > element.scrollTop + room) element.scrollTop = below - room;
    top.value = element.scrollTop;
  }

  /** @param {number} step */
  function move(step) {
    choose(current.peek() < 0 ? (step > 0 ? 0 : count() - 1) : current.peek() + step);
    reveal(current.peek());
  }

  /** @param {KeyboardEvent} event */
  function press(event) {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    if (ctrlKey || metaKey || altKey || target !== element) return;
    const page = Math.max(1, Math.floor(element.clientHeight / rowHeight) - 1);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page };
    const step = new Map(Object.entries(steps)).get(key);
    if (step !== undefined) move(step);
    else if (key === "Home" || key === "End") {
      choose(key === "Home" ? 0 : count() - 1);
      reveal(current.peek());
    } else if (current.peek() < 0) return;
    else if (key === "Enter") options.open?.(current.peek());
    else if (options.key?.(current.peek(), key) !== true) return;
    event.preventDefault();
    event.stopPropagation();
  }

  return {
    element,
    current,
    refresh: () => {
      revision.value = revision.peek() + 1;
    },
    reveal,
    atEnd: () => element.scrollTop + element.clientHeight >= element.scrollHeight - 2 * rowHeight,
    step: (by) => {
      element.focus();
      move(by);
    },
  };
}

/** @param {MouseEvent} event */
function isLink({ target }) {
  return target instanceof Element && target.closest("a, button, input, label") !== null;
}
