/**
 * What the contracts of routes have in common.
 *
 * @module
 */
import { OpenAPIHono, type RouteConfig, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { closestName } from "../../core/source/closest_name.ts";
import { boundedBody } from "./access/body.ts";
import { type HttpEnv, needs } from "./access/guard.ts";
import { RunId, WorkflowName } from "./api/names.ts";
import { PROBLEM_TYPE, ProblemSchema } from "./api/problem.ts";
import type { Scope } from "./api/server.ts";
import { DEFAULT_LIMITS } from "./options.ts";
import { ProblemAnswer } from "./problems.ts";

/** Where the routes are. */
export const API = "/api/v1";

/** The largest position that a query may name. */
export const MAX_POSITION: number = Number.MAX_SAFE_INTEGER;

/** What takes routes. */
export type Api = OpenAPIHono<HttpEnv>;

/** The path of a run. */
export const RunPath: z.ZodObject<{ run: typeof RunId }> = z.object({ run: RunId });

/** The path of a workflow. */
export const WorkflowPath: z.ZodObject<{ name: typeof WorkflowName }> = z.object({
  name: WorkflowName,
});

/** What a route is asked with behind the `?`: nothing but this, as a filter that is misspelt would let all through. */
export function queryOf<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  const names = Object.keys(shape);
  return z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === "unrecognized_keys" && Array.isArray(keys)
        ? keys.map((key) => unknownText(String(key), names)).join("; ")
        : undefined,
  });
}

function unknownText(name: string, known: readonly string[]): string {
  const meant = closestName(name, known);
  const hint = meant === undefined
    ? (known.length === 0 ? "nothing is known" : `known are ${known.join(", ")}`)
    : `did you mean "${meant}"?`;
  return `"${name}" is unknown here; ${hint}`;
}

/** No query at all. */
export const NO_QUERY: z.ZodObject<Record<never, never>, z.core.$strict> = queryOf({});

/** `?wait=30s`: how long the answer may be held back for the run to end. */
export const WaitQuery: z.ZodObject<{ wait: z.ZodOptional<z.ZodString> }, z.core.$strict> = queryOf(
  {
    wait: z.string().regex(
      /^\d{1,5}(ms|s)?$/,
      `Is no wait such as "30s": at most ${DEFAULT_LIMITS.waitMs / 1_000}s, ` +
        "unless the settings of the server say otherwise",
    ).optional(),
  },
);

/** Something that takes routes; a request that does not fit is a problem with all that is wrong. */
export function openApi(): Api {
  return new OpenAPIHono<HttpEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const errors = result.error.issues.map(({ path, message }) => ({
        where: [result.target, ...path].map(String).join("/"),
        message,
      }));
      const [first] = errors;
      throw new ProblemAnswer("request-invalid", `${first?.where}: ${first?.message}`, { errors });
    },
  });
}

/** A route that needs a scope: who asks is known before the body is read. */
export function secured(
  scope: Scope,
): {
  readonly security: { [name: string]: string[] }[];
  readonly middleware: MiddlewareHandler<HttpEnv>[];
} {
  return {
    security: [{ token: [scope] }, { session: [scope] }],
    middleware: [needs(scope), boundedBody],
  };
}

/** A route for everybody. */
export const PUBLIC: {
  readonly security: { [name: string]: string[] }[];
  readonly middleware: MiddlewareHandler<HttpEnv>[];
} = { security: [], middleware: [boundedBody] };

/** An answer as a contract has it. */
export interface Answer {
  /** The schema of its document; without one the answer is a text of this type, or has no body. */
  readonly schema?: z.ZodType;
  /** Its media type. @default "application/json" */
  readonly type?: string;
  /** What it means. */
  readonly description: string;
}

/** The answers of a route, with the problem that any of them may be instead. */
export function answers(byStatus: Readonly<Record<number, Answer>>): RouteConfig["responses"] {
  const good = Object.entries(byStatus).map(([status, answer]) => [status, responseOf(answer)]);
  return {
    ...Object.fromEntries(good),
    default: {
      description: "What went wrong",
      content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
    },
  };
}

/** A body of JSON that may be left out. */
export function optionalBody<T extends z.ZodType>(
  schema: T,
): {
  readonly required: false;
  readonly content: { readonly "application/json": { readonly schema: T } };
} {
  return { required: false, content: { "application/json": { schema } } };
}

/** A body of JSON. */
export function requiredBody<T extends z.ZodType>(
  schema: T,
): {
  readonly required: true;
  readonly content: { readonly "application/json": { readonly schema: T } };
} {
  return { required: true, content: { "application/json": { schema } } };
}

function responseOf({ schema, type, description }: Answer): RouteConfig["responses"][string] {
  if (schema === undefined && type === undefined) return { description };
  const content = { schema: schema ?? z.string() };
  return { description, content: { [type ?? "application/json"]: content } };
}
