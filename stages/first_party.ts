/**
 * The stage kinds that come with the engine. Each is loaded when a workflow
 * first uses it, so that a run which needs only `bash` loads only `bash`.
 *
 * @module
 */
import type { StageEntry } from "../core/plugin/plugin.ts";

/** The first-party stage kinds. */
export const FIRST_PARTY_STAGES: readonly StageEntry[] = [
  { name: "bash", keys: ["bash"], load: async () => (await import("./bash.ts")).bash() },
  {
    name: "script",
    keys: ["run"],
    load: async () => (await import("./script/script.ts")).script(),
  },
  {
    name: "trigger",
    keys: ["trigger"],
    load: async () => (await import("./trigger.ts")).trigger(),
  },
  { name: "call", keys: ["uses"], load: async () => (await import("./call.ts")).call() },
  {
    name: "parallel",
    keys: ["parallel"],
    load: async () => (await import("./parallel.ts")).parallel(),
  },
  {
    name: "foreach",
    keys: ["foreach"],
    load: async () => (await import("./foreach.ts")).foreach(),
  },
  { name: "until", keys: ["until"], load: async () => (await import("./until.ts")).until() },
  {
    name: "case",
    keys: ["case", "match"],
    load: async () => (await import("./case.ts")).caseStage(),
  },
  {
    name: "virtual_python",
    keys: ["deps", "run"],
    load: async () => (await import("./virtual_python.ts")).virtualPython(),
  },
  { name: "docker", keys: ["image"], load: async () => (await import("./docker.ts")).docker() },
  { name: "raise", keys: ["raise"], load: async () => (await import("./raise.ts")).raise() },
  { name: "empty", keys: [], load: async () => (await import("./empty.ts")).empty() },
];
