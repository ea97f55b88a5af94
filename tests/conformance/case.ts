/** A case of the reference's corpus: a workflow, how it is called, and what must come of it. @module */

/** Plain JSON. */
export type Json = null | boolean | number | string | readonly Json[] | {
  readonly [name: string]: Json;
};

/** A mapping of JSON. */
export type JsonObject = { readonly [name: string]: Json };

/** How the workflow is called. */
export interface CaseCall {
  readonly timeout?: number;
  readonly max_job_parallel?: number;
  readonly run_id?: string;
  readonly extras?: JsonObject;
  readonly job?: string;
  readonly release?: Json;
  readonly release_type?: string;
  /** The call is cancelled when the reference looks for the so many and first time. */
  readonly cancel_after_checks?: number;
  /** Several calls in a row; what is expected is of the last. */
  readonly steps?: readonly CaseCall[];
}

/** `NAME.expect.json`. */
export interface Case {
  readonly case: string;
  readonly title: string;
  /** The document in `NAME.yml`. */
  readonly workflow: string;
  readonly mode: "execute" | "rerun" | "release" | "job" | "stage";
  readonly config: Readonly<Record<string, string | null>>;
  readonly call?: CaseCall;
  readonly params: JsonObject;
  readonly status: string | null;
  readonly context: JsonObject | null;
  readonly provenance: string;
  readonly kind?: string;
  readonly stance?: "match" | "deviate";
  readonly load_error?: JsonObject;
  readonly raised?: { readonly name: string };
  /** What a test of the reference asserts, by path; `"<any>"` stands for anything. */
  readonly expected_from_test?: JsonObject;
  readonly any_of?: boolean;
  readonly asserted?: readonly Assertion[];
  /** What came of all steps but the last. */
  readonly earlier_steps?: readonly { readonly status: string }[];
  readonly volatile?: readonly string[];
  readonly executable?: boolean;
  readonly python_specific?: Json;
}

/** What a test of the reference compares with. */
export interface Assertion {
  /** Of what it speaks: `workflow`, `jobs:`, `job:J[:matrix]`, `stage:J:S`, `stages:J` or `raw`. */
  readonly as: string;
  readonly equals: Json;
}

/** What came of a case here. */
export type Outcome =
  | {
    readonly kind: "result";
    readonly status: string;
    readonly context: JsonObject;
    /** The statuses of all steps but the last. */
    readonly earlier: readonly string[];
  }
  | {
    readonly kind: "load-error";
    readonly message: string;
    /** The codes of what is wrong. */
    readonly codes: readonly string[];
  }
  | { readonly kind: "raised"; readonly name: string; readonly message: string };

/** What we do on purpose instead of what the reference does. */
export interface Deviation {
  /** Why, in a line. */
  readonly reason: string;
  /** The status that must come out; absent when the document must not load. */
  readonly status?: string;
  /** Paths in the context and what must stand there; `null` for nothing. */
  readonly expect?: Readonly<Record<string, Json>>;
  /** The document must be refused with a message that contains this. */
  readonly load_error?: string;
}

/** What a case asks for that nobody here knows how to do: it must not pass for having been ignored. */
export function unknownIn(wanted: Case): readonly string[] {
  const { mode, kind, call = {}, stance, asserted = [] } = wanted;
  return [
    ...unknownNames(wanted, FIELDS).map((name) => `the field "${name}"`),
    ...[call, ...(call.steps ?? [])].flatMap((each) =>
      unknownNames(each, CALL_FIELDS).map((name) => `"${name}" of the call`)
    ),
    ...(MODES.has(mode) ? [] : [`the mode "${mode}"`]),
    ...(kind === undefined || KINDS.has(kind) ? [] : [`the kind "${kind}"`]),
    ...(stance === undefined || STANCES.has(stance) ? [] : [`the stance "${stance}"`]),
    ...asserted.filter(({ as }) => !ASSERTED.test(as)).map(({ as }) => `an assertion as "${as}"`),
    ...tagsIn(wanted.params).map((tag) => `a value tagged "${tag}"`),
  ];
}

const MODES: ReadonlySet<string> = new Set(["execute", "rerun", "release", "job", "stage"]);
const KINDS: ReadonlySet<string> = new Set(["cancellation"]);
const STANCES: ReadonlySet<string> = new Set(["match", "deviate"]);
const ASSERTED = /^(?:workflow|jobs:|job:[^:]+(?::matrix)?|stage:[^:]+:.+|stages:.+|raw)$/;
const TAGS: ReadonlySet<string> = new Set(["$datetime", "$date"]);

const CALL_FIELDS: ReadonlySet<string> = new Set([
  ...["timeout", "max_job_parallel", "run_id", "extras", "job", "release", "release_type"],
  ...["cancel_after_checks", "steps"],
]);

const FIELDS: ReadonlySet<string> = new Set([
  ...["case", "title", "workflow", "mode", "config", "call", "params", "status", "context"],
  ...["provenance", "kind", "stance", "load_error", "raised", "expected_from_test", "any_of"],
  ...["asserted", "earlier_steps", "volatile", "executable", "python_specific"],
  // These are for people to read.
  ...["source", "elapsed_reference_s", "why", "adapted", "note", "files"],
]);

function unknownNames(written: object, known: ReadonlySet<string>): readonly string[] {
  return Object.keys(written).filter((name) => !known.has(name));
}

function tagsIn(value: Json): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = Object.keys(value).filter((name) => name.startsWith("$") && !TAGS.has(name));
  return [...own, ...Object.values(value).flatMap(tagsIn)];
}
