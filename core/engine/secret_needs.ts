/**
 * What the engine's process must be allowed to read the secrets of a workflow.
 *
 * @module
 */
import { references } from "../expr/references.ts";
import type { Value, ValueObject } from "../expr/value.ts";
import type { Need } from "../model/need.ts";
import type { Stage, Workflow } from "../model/workflow.ts";
import { isWrittenList, isWrittenMapping } from "../model/written.ts";
import { SECRET_PREFIX } from "../plugin/secrets.ts";
import type { Settings } from "./settings.ts";

const REASON = "secrets of the workflow";

/** What reading them needs: the variables, folders and programs of the providers that the settings name. */
export function secretNeeds(
  { env, jobs }: Workflow,
  { stages, settings: { secrets } }: {
    readonly stages: readonly Stage[];
    readonly settings: Settings;
  },
): readonly Need[] {
  const written = [env, ...Array.from(jobs.values(), (job) => job.env)];
  const named = [...written, ...stages.map(({ input }) => input)].flatMap(secretsIn);
  const handedOver = stages.flatMap(({ syntax }) => syntax.secretNames ?? []);
  const names = [...new Set([...named, ...handedOver])];
  if (names.length === 0) return [];
  const providers: Value = secrets === undefined ? [{ type: "env" }] : secrets.value;
  if (!isWrittenList(providers)) return []; // Whoever opens them says what is wrong.
  return providers.filter(isWrittenMapping).flatMap((provider) => needsOf(provider, names));
}

function secretsIn(value: Value): readonly string[] {
  if (typeof value === "string") {
    if (!value.includes("secrets")) return [];
    return references(value).flatMap(({ root, segments: [name] }) =>
      root === "secrets" && name !== undefined ? [name] : []
    );
  }
  if (isWrittenList(value)) return value.flatMap(secretsIn);
  return isWrittenMapping(value) ? Object.values(value).flatMap(secretsIn) : [];
}

function needsOf(
  { type, prefix, names: listed, path, command }: ValueObject,
  names: readonly string[],
): readonly Need[] {
  const only = isWrittenList(listed) ? names.filter((name) => listed.includes(name)) : undefined;
  const [program] = isWrittenList(command) ? command : [];
  switch (type) {
    case "env": {
      const start = typeof prefix === "string" ? prefix : SECRET_PREFIX;
      const variables = only ?? names.map((name) => start + name);
      return variables.map((name) => ({ permission: "env", name, reason: REASON }));
    }
    case "file":
    case "dotenv":
      return typeof path === "string" ? [{ permission: "read", name: path, reason: REASON }] : [];
    case "command":
      return typeof program === "string"
        ? [{ permission: "run", name: program, reason: REASON }]
        : [];
    default:
      return [];
  }
}
