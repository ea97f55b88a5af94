/**
 * Light or dark: as the system says, unless the reader chose.
 *
 * @module
 */
import { effect, signal } from "./signal.js";

const KEY = "sluice.theme";

/** The themes, in the order in which the button goes through them. */
export const THEMES = /** @type {const} */ (["system", "light", "dark"]);

/**
 * The theme that was chosen.
 *
 * @type {import("./signal.js").Signal<"system" | "light" | "dark">}
 */
export const theme = signal(
  THEMES.find((known) => known === localStorage.getItem(KEY)) ?? "system",
);

effect(() => {
  document.documentElement.dataset["theme"] = theme.value;
  localStorage.setItem(KEY, theme.value);
});

/** Goes on to the next theme. */
export function nextTheme() {
  theme.value = THEMES[(THEMES.indexOf(theme.peek()) + 1) % THEMES.length] ?? "system";
}
