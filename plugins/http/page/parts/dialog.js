/**
 * Questions that stand in front of everything else.
 *
 * @module
 */
/** @import { Child } from "../core/child.ts" */
import { h } from "../core/dom.js";

/**
 * Opens a dialog; it is gone once it is closed.
 *
 * @param {string} title
 * @param {(close: () => void) => Child} render
 */
export function openDialog(title, render) {
  const dialog = h("dialog", { "aria-labelledby": "dialog-title" });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(
    h("h2", { id: "dialog-title" }, title),
    h("div", {}, render(() => dialog.close())),
  );
  document.body.append(dialog);
  dialog.showModal();
}
