/**
 * Asking the endpoint.
 *
 * @module
 */
/** @import { Problem, Scope, SessionDocument } from "../../api/mod.ts" */
/** @import { Signal } from "./signal.js" */
import { effect, onEnd, signal, untracked } from "./signal.js";

const BASE = new URL("../../api/v1/", import.meta.url);

/** The browser keeps the cookie; this only says whether asking for the session makes sense. */
const SIGNED_IN = "sluice.signed-in";

/**
 * Who is signed in: `undefined` for nobody.
 *
 * @type {Signal<SessionDocument | undefined>}
 */
export const session = signal(undefined);

/** An error as the endpoint tells it. */
export class ProblemError extends Error {
  /** @override */
  name = "ProblemError";

  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail);
    /** @readonly */
    this.problem = problem;
  }
}

/**
 * What is asked.
 *
 * @typedef {object} Question
 * @property {"GET" | "POST" | "DELETE"} [method]
 * @property {Readonly<Record<string, string | number | null | undefined>>} [query]
 * @property {unknown} [body]
 * @property {Readonly<Record<string, string>>} [headers]
 * @property {AbortSignal} [signal]
 */

/**
 * The address of a route; parts of the path may hold any sign.
 *
 * @param {readonly string[]} path
 * @param {Question["query"]} [query]
 * @returns {string}
 */
export function routeOf(path, query = {}) {
  const url = new URL(path.map(encodeURIComponent).join("/"), BASE);
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") {
      url.searchParams.set(name, String(value));
    }
  }
  return url.href;
}

/**
 * Asks for a document. Throws a {@linkcode ProblemError} where the endpoint refuses.
 *
 * @template [T=unknown]
 * @param {readonly string[]} path
 * @param {Question} [question]
 * @returns {Promise<T>}
 */
export async function request(path, { method = "GET", query, body, headers, signal } = {}) {
  const answer = await fetch(routeOf(path, query), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!answer.ok) throw await problemOf(answer);
  const text = await answer.text();
  return JSON.parse(text === "" ? "null" : text);
}

/**
 * Whether whoever is signed in may do this.
 *
 * @param {Scope} scope
 * @returns {boolean}
 */
export function may(scope) {
  return session.value?.scopes.includes(scope) === true;
}

/**
 * Exchanges a token for a session.
 *
 * @param {string} token
 */
export async function signIn(token) {
  await request(["session"], { method: "POST", body: { token } });
  localStorage.setItem(SIGNED_IN, "yes");
  await findSession();
}

/** Takes up the session that this browser has, if it has one. */
export async function findSession() {
  if (localStorage.getItem(SIGNED_IN) === null) return;
  try {
    session.value = await request(["session"]);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    localStorage.removeItem(SIGNED_IN);
  }
}

/** Ends the session. */
export async function signOut() {
  await request(["session"], { method: "DELETE" });
  localStorage.removeItem(SIGNED_IN);
  session.value = undefined;
}

/**
 * A document that is being asked for, as a page shows it.
 *
 * @template T
 * @typedef {object} Resource
 * @property {Signal<T | undefined>} value The newest one that came.
 * @property {Signal<Error | undefined>} error Why none came.
 * @property {() => void} reload Asks again.
 */

/**
 * Asks now, and again when what the question depends on has changed.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} question
 * @returns {Resource<T>}
 */
export function resource(question) {
  /** @type {Signal<T | undefined>} */
  const value = signal(undefined);
  /** @type {Signal<Error | undefined>} */
  const error = signal(undefined);
  const round = signal(0);
  effect(() => {
    round.value;
    const controller = new AbortController();
    onEnd(() => controller.abort());
    question(controller.signal).then(
      (answer) => {
        if (controller.signal.aborted) return;
        value.value = answer;
        error.value = undefined;
      },
      (reason) => {
        if (!controller.signal.aborted) error.value = errorOf(reason);
      },
    );
  });
  return {
    value,
    error,
    reload: () => {
      round.value = untracked(() => round.value) + 1;
    },
  };
}

/**
 * Whatever was thrown, as an error.
 *
 * @param {unknown} thrown
 * @returns {Error}
 */
export function errorOf(thrown) {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/**
 * @param {Response} answer
 * @returns {Promise<ProblemError>}
 */
async function problemOf(answer) {
  /** @type {Problem} */
  const problem = await answer.json().catch(() => ({
    detail: `The server answered with status ${answer.status}`,
  }));
  if (problem.code === "token-missing") {
    localStorage.removeItem(SIGNED_IN);
    session.value = undefined;
  }
  return new ProblemError(problem);
}
