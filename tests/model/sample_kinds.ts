/**
 * Stage kinds as tests of the model need them: how they are written, without
 * anything that carries them out.
 *
 * @module
 */
import { z } from "zod";
import type { StageSyntax } from "../../core/model/stage_syntax.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const list = z.array(z.unknown());

/** Kinds in the manner of the first-party ones. */
export const SAMPLE_KINDS: readonly StageSyntax[] = [
  {
    name: "empty",
    keys: [],
    summary: "Says something",
    fields: { echo: z.string().optional(), sleep: z.number().optional() },
  },
  {
    name: "bash",
    keys: ["bash"],
    summary: "Runs a shell script",
    fields: { bash: z.string(), env: z.record(z.string(), scalar).optional() },
    code: () => ({ bash: "bash" }),
  },
  {
    name: "script",
    keys: ["run"],
    summary: "Runs a script",
    fields: {
      run: z.string(),
      vars: z.record(z.string(), z.unknown()).optional(),
      lang: z.enum(["ts", "js", "python"]).optional(),
      deps: z.array(z.string()).optional(),
    },
    code: ({ lang }, scriptLang) => ({
      run: lang === "python" ? "python" : lang === "ts" ? "ts" : scriptLang,
    }),
  },
  {
    name: "call",
    keys: ["uses"],
    summary: "Calls a function",
    fields: { uses: z.string(), with: z.record(z.string(), z.unknown()).optional() },
  },
  {
    name: "trigger",
    keys: ["trigger"],
    summary: "Starts another workflow",
    fields: { trigger: z.string(), params: z.record(z.string(), z.unknown()).optional() },
  },
  { name: "raise", keys: ["raise"], summary: "Fails", fields: { raise: z.string() } },
  {
    name: "foreach",
    keys: ["foreach"],
    summary: "Runs stages for each item",
    fields: {
      foreach: z.unknown(),
      stages: list.optional(),
      concurrent: z.number().optional(),
      use_index_as_key: z.boolean().optional(),
    },
    bodies: () => ({ stages: ["stages"] }),
  },
  {
    name: "until",
    keys: ["until", "stages"],
    summary: "Runs stages until something holds",
    fields: {
      until: z.string(),
      item: scalar.optional(),
      stages: list,
      "max-loop": z.union([z.number(), z.string()]).optional(),
    },
    raw: ["until"],
    bodies: () => ({ stages: ["stages"] }),
  },
  {
    name: "parallel",
    keys: ["parallel"],
    summary: "Runs branches at once",
    fields: {
      parallel: z.record(z.string(), list),
      "max-workers": z.union([z.number(), z.string()]).optional(),
    },
    bodies: ({ parallel }) =>
      Object.fromEntries(Object.keys(parallel ?? {}).map((name) => [name, ["parallel", name]])),
  },
  {
    name: "case",
    keys: ["case", "match"],
    summary: "Runs the stages of one case",
    fields: {
      case: z.string(),
      match: z.array(z.record(z.string(), z.unknown())),
      "skip-not-match": z.boolean().optional(),
    },
    bodies: ({ match }) =>
      Object.fromEntries(
        (Array.isArray(match) ? match : []).map((entry, at) => [
          String(at),
          ["match", at, "else" in entry ? "else" : "stages"],
        ]),
      ),
  },
];
