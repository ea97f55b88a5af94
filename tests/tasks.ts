/**
 * The functions of the conformance cases, where their configuration looks for
 * them: `WORKFLOW_CORE_REGISTRY_CALLER=tests`.
 *
 * @module
 */
export * from "./callers/tasks.ts";
