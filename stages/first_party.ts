/**
 * The stage kinds that come with the engine. Each is loaded when a workflow
 * first uses it, so that a run which needs only `bash` loads only `bash`.
 *
 * @module
 */
import type { StageEntry } from "../core/plugin/plugin.ts";

// Deno reads whatever a literal `import()` names before it runs the first line;
// it cannot see through a variable, so only what is used is read.
const BASH: string = "./bash.ts";
const SCRIPT: string = "./script/script.ts";
const TRIGGER: string = "./trigger.ts";
const CALL: string = "./call.ts";
const PARALLEL: string = "./parallel.ts";
const FOREACH: string = "./foreach.ts";
const UNTIL: string = "./until.ts";
const CASE: string = "./case.ts";
const VIRTUAL_PYTHON: string = "./virtual_python.ts";
const DOCKER: string = "./docker.ts";
const HTTP_REQUEST: string = "./http_request.ts";
const SQLITE_QUERY: string = "./sqlite_query.ts";
const RAISE: string = "./raise.ts";
const EMPTY: string = "./empty.ts";

/** The first-party stage kinds. */
export const FIRST_PARTY_STAGES: readonly StageEntry[] = [
  {
    name: "bash",
    keys: ["bash"],
    load: async () => {
      const { bash }: typeof import("./bash.ts") = await import(BASH);
      return bash();
    },
  },
  {
    name: "script",
    keys: ["run"],
    load: async () => {
      const { script }: typeof import("./script/script.ts") = await import(SCRIPT);
      return script();
    },
  },
  {
    name: "trigger",
    keys: ["trigger"],
    load: async () => {
      const { trigger }: typeof import("./trigger.ts") = await import(TRIGGER);
      return trigger();
    },
  },
  {
    name: "call",
    keys: ["uses"],
    load: async () => {
      const { call }: typeof import("./call.ts") = await import(CALL);
      return call();
    },
  },
  {
    name: "parallel",
    keys: ["parallel"],
    load: async () => {
      const { parallel }: typeof import("./parallel.ts") = await import(PARALLEL);
      return parallel();
    },
  },
  {
    name: "foreach",
    keys: ["foreach"],
    load: async () => {
      const { foreach }: typeof import("./foreach.ts") = await import(FOREACH);
      return foreach();
    },
  },
  {
    name: "until",
    keys: ["until"],
    load: async () => {
      const { until }: typeof import("./until.ts") = await import(UNTIL);
      return until();
    },
  },
  {
    name: "case",
    keys: ["case", "match"],
    load: async () => {
      const { caseStage }: typeof import("./case.ts") = await import(CASE);
      return caseStage();
    },
  },
  {
    name: "virtual_python",
    keys: ["deps", "run"],
    load: async () => {
      const { virtualPython }: typeof import("./virtual_python.ts") = await import(VIRTUAL_PYTHON);
      return virtualPython();
    },
  },
  {
    name: "docker",
    keys: ["image"],
    load: async () => {
      const { docker }: typeof import("./docker.ts") = await import(DOCKER);
      return docker();
    },
  },
  {
    name: "http",
    keys: ["http"],
    load: async () => {
      const { httpRequest }: typeof import("./http_request.ts") = await import(HTTP_REQUEST);
      return httpRequest();
    },
  },
  {
    name: "sqlite",
    keys: ["sqlite"],
    load: async () => {
      const { sqliteQuery }: typeof import("./sqlite_query.ts") = await import(SQLITE_QUERY);
      return sqliteQuery();
    },
  },
  {
    name: "raise",
    keys: ["raise"],
    load: async () => {
      const { raise }: typeof import("./raise.ts") = await import(RAISE);
      return raise();
    },
  },
  {
    name: "empty",
    keys: [],
    load: async () => {
      const { empty }: typeof import("./empty.ts") = await import(EMPTY);
      return empty();
    },
  },
];
