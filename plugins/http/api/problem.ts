/**
 * What an error looks like: `application/problem+json` (RFC 9457).
 *
 * @module
 */
import { z } from "@hono/zod-openapi";
import type { Place } from "../../../core/source/span.ts";

/** The media type of errors. */
export const PROBLEM_TYPE = "application/problem+json";

/** What went wrong, as a word that programs can rely on. */
export type ProblemCode =
  /** 400: the request cannot be read. */
  | "request-unreadable"
  /** 401: no token, a wrong one, or a session that is over. */
  | "token-missing"
  /** 401: a webhook without a valid signature. */
  | "signature-wrong"
  /** 403: the token does not have the scope. */
  | "scope-missing"
  /** 403: asked from another site. */
  | "origin-refused"
  /** 403: a definition came with the request, and that is not allowed here. */
  | "inline-refused"
  /** 404: there is no such workflow, run, record or route. */
  | "not-found"
  /** 409: it is not in a state for this: another engine drives the run, or it has ended. */
  | "conflict"
  /** 408: the body takes too long to come. */
  | "body-too-slow"
  /** 413: the body is too large. */
  | "body-too-large"
  /** 415: the body is of another type than `application/json`. */
  | "type-refused"
  /** 421: the `Host` is none that this server answers for. */
  | "host-refused"
  /** 422: something in the request does not fit; `errors` has all of it. */
  | "request-invalid"
  /** 422: a parameter of the workflow does not fit; `errors` has all that do not. */
  | "param-invalid"
  /** 422: the idempotency key belongs to a request with other parameters; `errors` has what differs. */
  | "key-reused"
  /** 422: the workflow is wrong; `diagnostics` has all of it. */
  | "workflow-invalid"
  /** 429: too many requests, or too much under way; `Retry-After` says when to try again. */
  | "too-many"
  /** 500: we did something wrong. */
  | "internal"
  /** 503: the server is about to end. */
  | "ending";

/** Something that does not fit. */
export interface ProblemError {
  /** What it is in: a parameter of the workflow, or a path such as `query/limit`. */
  readonly where: string;
  /** What is wrong with it. */
  readonly message: string;
}

/** Something wrong with what a workflow's author wrote. */
export interface DiagnosticDocument {
  /** Stable and documented: `"need-unknown"`. */
  readonly code: string;
  /** `error`, `warning` or `info`. */
  readonly severity: "error" | "warning" | "info";
  /** What is wrong. */
  readonly message: string;
  /** Where: the file, and from where to where in it; lines and columns count from 1. */
  readonly place: Place;
  /** Other places that help to explain. */
  readonly related?: readonly { readonly message: string; readonly place: Place }[] | undefined;
  /** What to write instead, and where. */
  readonly fix?: { readonly text: string; readonly place: Place } | undefined;
}

/** An error. */
export interface Problem {
  /** Names the kind of error: `urn:sluice:problem:` and the code. */
  readonly type: string;
  /** The kind of error, in words. */
  readonly title: string;
  /** The HTTP status. */
  readonly status: number;
  /** What is so now and what to do. */
  readonly detail: string;
  /** The kind of error, for programs. */
  readonly code: ProblemCode;
  /** What the command ends with for the same: 2 where the caller was wrong, 1 otherwise. */
  readonly exit_code: number;
  /** All that does not fit, where that is the reason. */
  readonly errors?: readonly ProblemError[] | undefined;
  /** All that is wrong with the workflow, where that is the reason. */
  readonly diagnostics?: readonly DiagnosticDocument[] | undefined;
}

const PositionSchema = z.object({ line: z.number().int(), column: z.number().int() });

const PlaceSchema = z.object({
  file: z.string(),
  span: z.object({ start: PositionSchema, end: PositionSchema }),
});

/** Something wrong with what a workflow's author wrote. */
export const DiagnosticSchema: z.ZodType<DiagnosticDocument> = z.object({
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  message: z.string(),
  place: PlaceSchema,
  related: z.array(z.object({ message: z.string(), place: PlaceSchema })).optional(),
  fix: z.object({ text: z.string(), place: PlaceSchema }).optional(),
}).openapi("Diagnostic");

const CODES = [
  "request-unreadable",
  "token-missing",
  "signature-wrong",
  "scope-missing",
  "origin-refused",
  "inline-refused",
  "not-found",
  "conflict",
  "body-too-slow",
  "body-too-large",
  "type-refused",
  "host-refused",
  "request-invalid",
  "param-invalid",
  "key-reused",
  "workflow-invalid",
  "too-many",
  "internal",
  "ending",
] as const;

/** An error. */
export const ProblemSchema: z.ZodType<Problem> = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  code: z.enum(CODES),
  exit_code: z.number().int(),
  errors: z.array(z.object({ where: z.string(), message: z.string() })).optional(),
  diagnostics: z.array(DiagnosticSchema).optional(),
}).openapi("Problem");
