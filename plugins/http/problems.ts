/**
 * Errors as answers: each is a problem document, whoever threw what.
 *
 * @module
 */
import {
  EventError,
  ParamError,
  WorkflowError,
  WorkflowNotFoundError,
} from "../../core/engine/errors.ts";
import { ExpressionError } from "../../core/expr/expression_error.ts";
import { JournalError } from "../../core/plugin/journal.ts";
import { type Problem, PROBLEM_TYPE, type ProblemCode, type ProblemError } from "./api/problem.ts";
import { diagnosticDocument } from "./documents/diagnostic_document.ts";
import { SECURITY_HEADERS } from "./replies.ts";

/** What else an error says. */
export interface ProblemFacts {
  /** All that does not fit. */
  readonly errors?: readonly ProblemError[];
  /** All that is wrong with the workflow. */
  readonly diagnostics?: Problem["diagnostics"];
  /** Seconds after which to try again. */
  readonly retryAfterSeconds?: number;
}

/** Thrown where a request cannot be answered otherwise. */
export class ProblemAnswer extends Error {
  /** The error's class as users see it. */
  override readonly name = "ProblemAnswer";

  /**
   * Makes one.
   *
   * @param code What went wrong.
   * @param detail What is so now and what to do.
   */
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly facts: ProblemFacts = {},
  ) {
    super(detail);
  }
}

/** The answer that tells of a problem. */
export function problemResponse({ code, detail, facts }: ProblemAnswer): Response {
  const { status, title } = KINDS[code];
  const { errors, diagnostics, retryAfterSeconds } = facts;
  const problem: Problem = {
    ...{ type: `urn:sluice:problem:${code}`, title, status, detail, code },
    exit_code: status < 500 && status !== 429 ? CALLER_WAS_WRONG : FAILED,
    ...(errors && { errors }),
    ...(diagnostics && { diagnostics }),
  };
  return new Response(JSON.stringify(problem), {
    status,
    headers: {
      ...SECURITY_HEADERS,
      "content-type": PROBLEM_TYPE,
      ...(status === 401 ? { "www-authenticate": 'Bearer realm="sluice"' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
  });
}

/** The problem that an error amounts to; `undefined` for one that nobody expects. */
export function problemOf(error: unknown): ProblemAnswer | undefined {
  if (error instanceof ProblemAnswer) return error;
  if (error instanceof ParamError) return paramProblem(error);
  if (error instanceof WorkflowNotFoundError) return new ProblemAnswer("not-found", error.message);
  if (error instanceof EventError) return new ProblemAnswer("request-invalid", error.message);
  if (error instanceof ExpressionError) return new ProblemAnswer("request-invalid", error.message);
  if (error instanceof JournalError) return journalProblem(error);
  if (!(error instanceof WorkflowError)) return undefined;
  if (error.cause instanceof JournalError) return journalProblem(error.cause);
  if (error.diagnostics.length === 0) return new ProblemAnswer("conflict", error.message);
  return new ProblemAnswer("workflow-invalid", error.message, {
    diagnostics: error.diagnostics.map(diagnosticDocument),
  });
}

const CALLER_WAS_WRONG = 2;
const FAILED = 1;

const KINDS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  "request-unreadable": { status: 400, title: "The request cannot be read" },
  "token-missing": { status: 401, title: "A token is needed" },
  "signature-wrong": { status: 401, title: "The signature is not valid" },
  "scope-missing": { status: 403, title: "The token may not do this" },
  "origin-refused": { status: 403, title: "Another site may not ask this" },
  "inline-refused": { status: 403, title: "Definitions are not taken from requests" },
  "not-found": { status: 404, title: "There is no such thing" },
  "conflict": { status: 409, title: "It is not in a state for this" },
  "body-too-slow": { status: 408, title: "The body takes too long" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "type-refused": { status: 415, title: "The body is of a type that is not taken" },
  "host-refused": { status: 421, title: "This server does not answer for this host" },
  "request-invalid": { status: 422, title: "Something in the request does not fit" },
  "param-invalid": { status: 422, title: "A parameter does not fit" },
  "key-reused": { status: 422, title: "The key belongs to another request" },
  "workflow-invalid": { status: 422, title: "The workflow is wrong" },
  "too-many": { status: 429, title: "Too much at once" },
  "internal": { status: 500, title: "The server made a mistake" },
  "ending": { status: 503, title: "The server is about to end" },
};

function paramProblem({ message, mistakes }: ParamError): ProblemAnswer {
  const errors = mistakes.map(({ paramName, message }) => ({ where: paramName, message }));
  return new ProblemAnswer("param-invalid", message, { errors });
}

function journalProblem(error: JournalError): ProblemAnswer | undefined {
  switch (error.code) {
    case "not-found":
      return new ProblemAnswer("not-found", error.message);
    case "busy":
    case "exists":
    case "overtaken":
    case "fenced":
      return new ProblemAnswer("conflict", error.message);
    case "closed":
      return new ProblemAnswer("ending", error.message);
    case "io":
      return undefined;
    default:
      return error.code satisfies never;
  }
}
