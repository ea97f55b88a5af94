/**
 * The triggers that come with the engine. Each is loaded when a workflow first
 * uses it.
 *
 * @module
 */
import type { KindEntry } from "../core/plugin/configured_kind.ts";
import type { TriggerKind } from "../core/plugin/trigger.ts";

// Deno reads whatever a literal `import()` names before it runs the first line.
const FILE: string = "./file_trigger.ts";
const WEBHOOK: string = "./webhook.ts";

/** The first-party triggers. */
export const FIRST_PARTY_TRIGGERS: readonly KindEntry<TriggerKind>[] = [
  {
    name: "file",
    load: async () => {
      const { fileTrigger }: typeof import("./file_trigger.ts") = await import(FILE);
      return fileTrigger();
    },
  },
  {
    name: "webhook",
    load: async () => {
      // The endpoint starts these.
      const { WEBHOOK_TRIGGER }: typeof import("./webhook.ts") = await import(WEBHOOK);
      return WEBHOOK_TRIGGER;
    },
  },
];
