/**
 * Times as people read them.
 *
 * @module
 */
import { h } from "./dom.js";
import { signal } from "./signal.js";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** @type {readonly (readonly [number, Intl.RelativeTimeFormatUnit])[]} */
const UNITS = [
  [YEAR, "year"],
  [MONTH, "month"],
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
  [SECOND, "second"],
];

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const ABSOLUTE = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

/** The time, once a second. */
export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, SECOND);

/**
 * A time as it is told best: from now, with the date and time behind it.
 *
 * @param {string} iso
 * @returns {HTMLTimeElement}
 */
export function timeElement(iso) {
  return h("time", { datetime: iso, title: absoluteText(iso) }, () => relativeText(iso, now.value));
}

/**
 * How long something took, or has taken so far.
 *
 * @param {string | null} from
 * @param {string | null} to
 * @returns {HTMLSpanElement}
 */
export function durationElement(from, to) {
  return h("span", { class: "num" }, () => {
    if (from === null) return "";
    return durationText((to === null ? now.value : Date.parse(to)) - Date.parse(from));
  });
}

/**
 * `3 minutes ago`.
 *
 * @param {string} iso
 * @param {number} nowMs
 * @returns {string}
 */
export function relativeText(iso, nowMs) {
  const difference = Date.parse(iso) - nowMs;
  for (const [size, unit] of UNITS) {
    if (Math.abs(difference) >= size) return RELATIVE.format(Math.trunc(difference / size), unit);
  }
  return "now";
}

/**
 * `31 Jan 2026, 10:00:00`, where the reader is.
 *
 * @param {string} iso
 * @returns {string}
 */
export function absoluteText(iso) {
  return ABSOLUTE.format(new Date(iso));
}

/**
 * `10:00:00`.
 *
 * @param {string} iso
 * @returns {string}
 */
export function clockText(iso) {
  return CLOCK.format(new Date(iso));
}

/**
 * `1m 12s`.
 *
 * @param {number} ms
 * @returns {string}
 */
export function durationText(ms) {
  const rest = Math.max(0, ms);
  if (rest < SECOND) return `${Math.round(rest)}ms`;
  if (rest < 10 * SECOND) return `${(rest / SECOND).toFixed(1)}s`;
  if (rest < MINUTE) return `${Math.round(rest / SECOND)}s`;
  if (rest < HOUR) return `${Math.floor(rest / MINUTE)}m ${Math.floor(rest % MINUTE / SECOND)}s`;
  if (rest < DAY) return `${Math.floor(rest / HOUR)}h ${Math.floor(rest % HOUR / MINUTE)}m`;
  return `${Math.floor(rest / DAY)}d ${Math.floor(rest % DAY / HOUR)}h`;
}
