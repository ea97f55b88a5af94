/**
 * Signing in with a token.
 *
 * @module
 */
import { errorOf, signIn } from "../core/api.js";
import { h } from "../core/dom.js";
import { signal } from "../core/signal.js";
import { problemBox } from "../parts/states.js";

/**
 * The form.
 *
 * @returns {HTMLElement}
 */
export function signInView() {
  /** @type {import("../core/signal.js").Signal<Error | undefined>} */
  const error = signal(undefined);
  const token = h("input", {
    ...{ type: "password", id: "token", name: "token", required: true },
    ...{ autocomplete: "current-password", spellcheck: "false", autofocus: true },
  });
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    try {
      await signIn(token.value.trim());
    } catch (reason) {
      error.value = errorOf(reason);
      token.select();
    }
  };
  return h(
    "section",
    { class: "sign-in" },
    h("h1", { tabindex: -1 }, "Sign in"),
    h(
      "p",
      { class: "soft" },
      "The token stands in the state folder of the server: ",
      h("code", {}, ".sluice/http/token"),
    ),
    h(
      "form",
      { onsubmit: submit },
      h("label", { for: "token" }, "Token"),
      token,
      h("button", { class: "primary" }, "Sign in"),
      () => error.value === undefined ? null : problemBox(error.value),
    ),
  );
}
