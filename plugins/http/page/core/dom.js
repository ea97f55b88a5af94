/**
 * Elements. Whatever is shown becomes a text node or an attribute, never
 * markup: names, outputs and logs are hostile.
 *
 * @module
 */
/** @import { Child, Prop } from "./child.ts" */
import { effect } from "./signal.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element of HTML.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, Prop>>} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
// deno-lint-ignore sluice/two-parameters -- children stand behind their element, as in markup
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, prop] of Object.entries(props)) setProp(element, name, prop);
  append(element, children);
  return element;
}

/**
 * Makes an element of SVG.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, Prop>>} [props]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
// deno-lint-ignore sluice/two-parameters -- children stand behind their element, as in markup
export function s(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, prop] of Object.entries(props)) setProp(element, name, prop);
  append(element, children);
  return element;
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {Prop} prop
 */
function setProp(element, name, prop) {
  if (typeof prop !== "function") return setAttribute(element, name, prop);
  /** @type {Function} */
  const call = prop;
  if (name.startsWith("on")) {
    element.addEventListener(name.slice(2), (event) => call.call(element, event));
  } else effect(() => setAttribute(element, name, call()));
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {unknown} value
 */
function setAttribute(element, name, value) {
  if (value === false || value === null || value === undefined) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/**
 * @param {Node} parent
 * @param {readonly Child[]} children
 */
function append(parent, children) {
  for (const child of children) {
    if (typeof child === "function") appendRegion(parent, child);
    else for (const node of nodesOf(child)) parent.appendChild(node);
  }
}

/**
 * Nodes that are replaced whenever what they were made from has changed.
 *
 * @param {Node} parent
 * @param {() => Child} render
 */
function appendRegion(parent, render) {
  const [start, end] = [document.createComment(""), document.createComment("")];
  parent.appendChild(start);
  parent.appendChild(end);
  effect(() => {
    const fragment = document.createDocumentFragment();
    append(fragment, [render()]);
    while (start.nextSibling !== null && start.nextSibling !== end) start.nextSibling.remove();
    end.before(fragment);
  });
}

/**
 * @param {Exclude<Child, () => Child>} child
 * @returns {readonly Node[]}
 */
function nodesOf(child) {
  if (child === null || child === undefined || typeof child === "boolean") return [];
  if (child instanceof Node) return [child];
  if (typeof child === "string" || typeof child === "number") return [new Text(String(child))];
  const fragment = document.createDocumentFragment();
  append(fragment, child);
  return [fragment];
}
