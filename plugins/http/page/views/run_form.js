/**
 * A form from the parameters of a workflow. What fits is for the endpoint to
 * say; it answers with the errors of all fields at once.
 *
 * @module
 */
/** @import { ParamDocument, ParamList, RunAnswer, RunDetail } from "../../api/mod.ts" */
/** @import { Child } from "../core/child.ts" */
import { errorOf, ProblemError, request, resource } from "../core/api.js";
import { h } from "../core/dom.js";
import { go } from "../core/router.js";
import { signal } from "../core/signal.js";
import { announce } from "../parts/announcer.js";
import { loaded, problemBox } from "../parts/states.js";

/** Bytes of chance in a key that makes a double click one run. */
const KEY_BYTES = 16;

/**
 * A field of the form.
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {HTMLElement} element
 * @property {HTMLElement} control
 * @property {() => unknown} read What was entered; `undefined` for nothing. Throws where it cannot be read.
 * @property {import("../core/signal.js").Signal<string>} error
 */

/** @typedef {{ params: readonly ParamDocument[], given: Readonly<Record<string, unknown>> }} FormData */

/**
 * The form.
 *
 * @param {string} workflow
 * @param {{ from: string | null }} options A run whose parameters to begin with.
 * @returns {Child}
 */
export function runForm(workflow, { from }) {
  /** @type {import("../core/api.js").Resource<FormData>} */
  const data = resource(async (signal) => {
    /** @type {ParamList} */
    const { params } = await request(["workflows", workflow, "params"], { signal });
    if (from === null) return { params, given: {} };
    /** @type {RunDetail} */
    const run = await request(["runs", from], { signal });
    return { params, given: run.params };
  });
  return loaded(
    data,
    ({ params, given }) =>
      formOf(workflow, params.map((param) => fieldOf(param, given[param.name]))),
  );
}

/**
 * @param {string} workflow
 * @param {readonly Field[]} fields
 */
function formOf(workflow, fields) {
  /** @type {import("../core/signal.js").Signal<Error | undefined>} */
  const error = signal(undefined);
  const busy = signal(false);
  let key = newKey();
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const params = readAll(fields);
    if (params === undefined || busy.peek()) return;
    busy.value = true;
    try {
      /** @type {RunAnswer} */
      const run = await request(["workflows", workflow, "runs"], {
        method: "POST",
        body: { params },
        headers: { "idempotency-key": key },
      });
      announce(`Run of ${workflow} started`);
      go(["runs", run.run_id]);
    } catch (reason) {
      key = newKey();
      error.value = showErrors(errorOf(reason), fields);
    } finally {
      busy.value = false;
    }
  };
  return h(
    "form",
    { class: "run-form", novalidate: true, onsubmit: submit },
    fields.length === 0
      ? h("p", { class: "soft" }, "It has no parameters")
      : fields.map(({ element }) => element),
    () => error.value === undefined ? null : problemBox(error.value),
    h(
      "div",
      { class: "bar-line" },
      h("button", { class: "primary", disabled: () => busy.value }, `Run ${workflow}`),
    ),
  );
}

/**
 * What was entered; `undefined` when something cannot be read.
 *
 * @param {readonly Field[]} fields
 * @returns {Readonly<Record<string, unknown>> | undefined}
 */
function readAll(fields) {
  /** @type {Record<string, unknown>} */
  const params = {};
  let isReadable = true;
  for (const { name, read, error } of fields) {
    try {
      error.value = "";
      const value = read();
      if (value !== undefined) params[name] = value;
    } catch (reason) {
      error.value = errorOf(reason).message;
      isReadable = false;
    }
  }
  if (!isReadable) focusFirstError(fields);
  return isReadable ? params : undefined;
}

/**
 * Puts each error to its field; gives the error where it belongs to none.
 *
 * @param {Error} error
 * @param {readonly Field[]} fields
 */
function showErrors(error, fields) {
  if (!(error instanceof ProblemError) || error.problem.code !== "param-invalid") return error;
  let isPlaced = false;
  for (const { where, message } of error.problem.errors ?? []) {
    const field = fields.find(({ name }) => name === where);
    if (field === undefined) continue;
    field.error.value = message;
    isPlaced = true;
  }
  if (!isPlaced) return error;
  focusFirstError(fields);
  return undefined;
}

/** @param {readonly Field[]} fields */
function focusFirstError(fields) {
  fields.find(({ error }) => error.peek() !== "")?.control.focus();
}

/**
 * @param {ParamDocument} param
 * @param {unknown} given
 * @returns {Field}
 */
function fieldOf(param, given) {
  const { name, type, description, required } = param;
  const id = `param-${name}`;
  const error = signal("");
  const { control, read } = controlOf(param, {
    id,
    value: given === undefined ? param.default : given,
  });
  control.setAttribute("aria-describedby", `${id}-about ${id}-error`);
  const element = h(
    "div",
    { class: () => error.value === "" ? "field" : "field is-wrong" },
    h("label", { for: id }, name, required ? h("span", { class: "soft" }, " (required)") : null),
    h("span", { class: "kind" }, [type, ...rangeText(param)].join(", ")),
    control,
    h("p", { class: "soft", id: `${id}-about` }, description),
    h("p", { class: "field-error", id: `${id}-error`, role: "alert" }, () => error.value),
  );
  return { name, element, control, read, error };
}

/**
 * @param {ParamDocument} param
 * @param {{ id: string, value: unknown }} options
 * @returns {{ control: HTMLElement, read: () => unknown }}
 */
function controlOf({ type, options, required, precision }, { id, value }) {
  const text = value === null || value === undefined
    ? ""
    : typeof value === "string"
    ? value
    : JSON.stringify(value);
  switch (type) {
    case "bool": {
      const control = h("select", { id }, [
        ...(required || value !== null ? [] : [h("option", { value: "" }, "not set")]),
        ...["true", "false"].map((word) =>
          h("option", { value: word, selected: word === text }, word)
        ),
      ]);
      return { control, read: () => control.value === "" ? undefined : control.value === "true" };
    }
    case "choice": {
      const choices = options ?? [];
      const control = h("select", { id }, [
        ...(text === "" ? [h("option", { value: "" }, "Choose …")] : []),
        ...choices.map((choice, index) =>
          h("option", { value: index, selected: choice === value }, choice)
        ),
      ]);
      return {
        control,
        read: () => control.value === "" ? undefined : choices[Number(control.value)],
      };
    }
    case "map":
    case "array": {
      const shown = value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
      const control = h("textarea", {
        id,
        rows: 5,
        spellcheck: "false",
        placeholder: type === "map" ? "{ }" : "[ ]",
      }, shown);
      return {
        control,
        read: () => control.value.trim() === "" ? undefined : parsed(control.value),
      };
    }
    case "int":
    case "float":
    case "decimal": {
      // A text field: a number field hides what is wrong from whoever reads it.
      const control = h("input", {
        id,
        type: "text",
        inputmode: type === "int" ? "numeric" : "decimal",
        autocomplete: "off",
        value: text,
        "data-precision": precision,
      });
      return { control, read: () => numberOf(control.value.trim(), type) };
    }
    case "date":
    case "datetime": {
      const shown = type === "date" ? text.slice(0, 10) : text;
      const control = h("input", {
        id,
        type: type === "date" ? "date" : "text",
        placeholder: type === "date" ? null : "2026-01-31T06:00:00Z",
        value: shown,
      });
      return { control, read: () => control.value === "" ? undefined : control.value };
    }
    case "duration": {
      const placeholder = "30s, 15m, 2h, 1d";
      const control = h("input", {
        id,
        type: "text",
        autocomplete: "off",
        placeholder,
        value: text,
      });
      return { control, read: () => control.value === "" ? undefined : control.value };
    }
    case "str": {
      const control = h("input", { id, type: "text", autocomplete: "off", value: text });
      return {
        control,
        read: () => control.value === "" && text === "" ? undefined : control.value,
      };
    }
    default:
      return type;
  }
}

/**
 * What JSON can carry exactly goes as a number, all else as it was written.
 *
 * @param {string} text
 * @param {"int" | "float" | "decimal"} type
 */
function numberOf(text, type) {
  if (text === "") return undefined;
  const number = Number(text);
  const isExact = type === "int" ? Number.isSafeInteger(number) : Number.isFinite(number);
  return type === "decimal" || !isExact ? text : number;
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${errorOf(error).message}`);
  }
}

/** @param {ParamDocument} param */
function rangeText({ min, max, above, below, pattern }) {
  return [
    ...(min === null ? [] : [`at least ${min}`]),
    ...(above === null ? [] : [`more than ${above}`]),
    ...(max === null ? [] : [`at most ${max}`]),
    ...(below === null ? [] : [`less than ${below}`]),
    ...(pattern === null ? [] : [`like ${pattern}`]),
  ];
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
