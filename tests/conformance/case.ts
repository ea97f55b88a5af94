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
  readonly stance?: "match" | "deviate";
  readonly load_error?: JsonObject;
  readonly raised?: { readonly name: string };
  /** What a test of the reference asserts, by path; `"<any>"` stands for anything. */
  readonly expected_from_test?: JsonObject;
  readonly any_of?: boolean;
  readonly asserted?: readonly { readonly as: string; readonly equals: Json }[];
  readonly volatile?: readonly string[];
  readonly executable?: boolean;
  readonly python_specific?: Json;
}

/** What came of a case here. */
export type Outcome =
  | { readonly kind: "result"; readonly status: string; readonly context: JsonObject }
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
