/**
 * The functions that the conformance cases call (shared/conformance/CALLERS.md),
 * under the module path `tasks`.
 *
 * @module
 */
import { z } from "zod";
import { Datetime } from "../../core/expr/datetime.ts";
import { type Caller, type CallerContext, defineCaller } from "../../core/plugin/caller.ts";

const copy = z.object({
  source: z.string(),
  sink: z.string(),
  conversion: z.record(z.string(), z.unknown()).nullish(),
});

export const simpleTask: Caller = defineCaller({
  name: "simple_task",
  tag: "demo",
  input: copy,
  run: ({ source, sink }, { log }) => {
    log(`From ${source} to ${sink}`);
    return { records: 1 };
  },
});

export const simpleCsvTask: Caller = defineCaller({
  name: "simple_csv_task",
  tag: "demo",
  input: copy,
  run: () => ({ records: 1 }),
});

export const simpleTaskAsync: Caller = defineCaller({
  name: "simple_task_async",
  tag: "demo",
  input: copy,
  run: async (_, context) => {
    await pause(100, context);
    return { records: 1 };
  },
});

const privateArguments = z.object({
  _exec: z.string(),
  params: z.record(z.string(), z.unknown()),
});

export const privateArgsTask: Caller = defineCaller({
  name: "private_args_task",
  tag: "demo",
  input: privateArguments,
  run: ({ _exec, params }, { result, extras, log }) => {
    log(`${result.key} with ${Object.keys(extras).length} extras`);
    return { exec: _exec, params };
  },
});

export const privateArgsTaskNotSpecial: Caller = defineCaller({
  name: "private_args_task_not_special",
  tag: "demo",
  input: privateArguments,
  run: ({ _exec, params }) => ({ exec: _exec, params }),
});

export const returnTypeNotValid: Caller = defineCaller({
  name: "return_type_not_valid",
  tag: "raise",
  // deno-lint-ignore no-explicit-any -- What the compiler forbids, and JavaScript does all the same.
  run: (): any => true,
});

export const getItems: Caller = defineCaller({
  name: "get_items",
  tag: "demo",
  run: () => ({ items: [1, 2, 3, 4] }),
});

export const getItemsAgain: Caller = defineCaller({
  name: "get_items",
  tag: "demo2",
  run: () => ({ items: [1, 2, 3, 4] }),
});

const named = z.object({ name: z.string(), data: z.record(z.string(), z.unknown()) });
const typed = z.looseObject({
  args1: z.string(),
  args2: z.string(),
  args3: named,
  kwargs1: z.date().optional(),
  kwargs2: z.unknown().optional(),
});

export const genType: Caller = defineCaller({
  name: "gen_type",
  tag: "demo",
  input: typed,
  output: named,
  run: () => ({ name: "foo", data: { key: "value" } }),
});

const mode = z.object({ mode: z.string() });

export const getStreamInfo: Caller = defineCaller({
  name: "get_stream_info",
  tag: "v1",
  input: z.object({ name: z.string() }),
  run: ({ name }) => ({
    name,
    freq: { mode: "daily" },
    data_freq: { mode: "daily" },
    "priority-groups": [1, 2],
  }),
});

const stream = z.object({ name: z.string(), freq: mode, data_freq: mode });

export const startStream: Caller = defineCaller({
  name: "start_stream",
  tag: "v1",
  input: stream,
  run: () => {
    const date = Datetime.parse("2025-04-01T01:00:00");
    return { "audit-date": date, "logical-date": date };
  },
});

const GROUPS: Readonly<Record<number, readonly string[]>> = {
  1: ["group-01"],
  2: ["group-02", "group-12"],
};

export const getGroupsFromPriority: Caller = defineCaller({
  name: "get_groups_from_priority",
  tag: "v1",
  input: z.object({ priority: z.int(), stream: z.string() }),
  run: ({ priority }) => ({ groups: GROUPS[priority] ?? [] }),
});

export const getProcessesFromGroup: Caller = defineCaller({
  name: "get_processes_from_group",
  tag: "v1",
  input: z.object({ group: z.string(), stream: z.string() }),
  run: ({ group }) => ({ processes: [group.replace("group", "process")] }),
});

export const startProcess: Caller = defineCaller({
  name: "start_process",
  tag: "v1",
  input: z.object({ name: z.string() }),
  run: ({ name }) => ({
    routing: name === "process-01" ? 1 : 2,
    process: { name, extras: { foo: "bar" } },
  }),
});

const route = z.object({ process: z.string(), audit_date: z.date(), secret_token: z.string() });

export const routing01: Caller = defineCaller({
  name: "routing_01",
  tag: "v1",
  input: route,
  secrets: ["secret_token"],
  run: async (_, context) => {
    await pause(1_000, context);
    return { records: 1_000 };
  },
});

export const routing02: Caller = defineCaller({
  name: "routing_02",
  tag: "v1",
  input: route,
  secrets: ["secret_token"],
  run: async (_, context) => {
    await pause(1_000, context);
    return { records: 2_000 };
  },
});

function pause(ms: number, { signal }: CallerContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
