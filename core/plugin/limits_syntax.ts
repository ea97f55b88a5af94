/**
 * Limits as they are written: `{ memory: 256MiB, cpu: 30s }`.
 *
 * @module
 */
import { z } from "zod";
import { parseByteSize } from "../model/byte_size.ts";
import { parseDuration } from "../expr/duration.ts";
import { type IsolationLimits, LIMIT_BOUNDS } from "./isolation.ts";

/** Limits as somebody wrote them. */
export interface WrittenLimits {
  /** `256MiB`. */
  readonly memory?: number | string | undefined;
  /** `30s`. */
  readonly cpu?: number | string | undefined;
  /** `1MiB`. */
  readonly output?: number | string | undefined;
  /** `10s`. */
  readonly heartbeat?: number | string | undefined;
}

/** How limits are written: sizes and lengths of time, within their bounds. */
export function limitsSchema(): z.ZodType<WrittenLimits> {
  return z.strictObject({
    memory: bounded("memoryBytes", parseByteSize).describe("Memory: 256MiB."),
    cpu: bounded("cpuMs", parseDuration).describe("Processor time: 30s."),
    output: bounded("outputLength", parseByteSize).describe("What it may print: 1MiB."),
    heartbeat: bounded("heartbeatMs", parseDuration)
      .describe("Within what it must give a sign of life, again and again: 10s."),
  });
}

/** What was written, in the units of the engine. */
export function limitsOf({ memory, cpu, output, heartbeat }: WrittenLimits): IsolationLimits {
  const entries = [
    ["memoryBytes", memory === undefined ? undefined : parseByteSize(memory)],
    ["cpuMs", cpu === undefined ? undefined : parseDuration(cpu)],
    ["outputLength", output === undefined ? undefined : parseByteSize(output)],
    ["heartbeatMs", heartbeat === undefined ? undefined : parseDuration(heartbeat)],
  ] as const;
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function bounded(
  name: keyof IsolationLimits,
  parse: (written: number | string) => number | undefined,
) {
  const [least, most] = LIMIT_BOUNDS[name];
  const { from, to } = SAID[name];
  return z.union([z.number(), z.string()], { error: `This must be from ${from} to ${to}` })
    .refine((written) => {
      const value = parse(written);
      return value !== undefined && value >= least && value <= most;
    }, { error: `This must be from ${from} to ${to}` }).optional();
}

const SAID: Readonly<
  Record<keyof IsolationLimits, { readonly from: string; readonly to: string }>
> = {
  memoryBytes: { from: "32MiB", to: "64GiB" },
  cpuMs: { from: "1s", to: "7d" },
  outputLength: { from: "1B", to: "16GiB" },
  heartbeatMs: { from: "100ms", to: "24h" },
};
