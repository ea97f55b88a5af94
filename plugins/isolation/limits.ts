/**
 * What an isolated attempt may use, and by what it is held to that.
 *
 * @module
 */
import type { IsolationLimits } from "../../core/plugin/isolation.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";

const MIB = 1024 * 1024;

/** What an attempt may use where nobody says. */
export const DEFAULT_LIMITS: Required<Omit<IsolationLimits, "heartbeatMs">> = {
  memoryBytes: 1024 * MIB,
  cpuMs: 10 * 60_000,
  outputLength: 128 * MIB,
};

/** The least and the most that may be said. */
export const LIMIT_BOUNDS: Readonly<Record<keyof IsolationLimits, readonly [number, number]>> = {
  memoryBytes: [32 * MIB, 64 * 1024 * MIB],
  cpuMs: [1_000, 7 * 24 * 3_600_000],
  outputLength: [1, 16 * 1024 * MIB],
  heartbeatMs: [100, 24 * 3_600_000],
};

/** Bytes that V8 sets aside for machine code and its own, of which little is ever used. */
const RESERVED_BYTES = 640 * MIB;

/** Seconds that a process has to end by itself once its processor time is up. */
const CPU_GRACE_S = 1;

/** The limits of an attempt, whole. */
export type WholeLimits =
  & Required<Omit<IsolationLimits, "heartbeatMs">>
  & Pick<IsolationLimits, "heartbeatMs">;

/**
 * The limits with what nobody said filled in.
 *
 * @throws {StageError} for one out of bounds.
 */
export function wholeLimits(given: IsolationLimits, defaults: IsolationLimits): WholeLimits {
  const limits = { ...DEFAULT_LIMITS, ...defaults, ...given };
  const { memoryBytes, cpuMs, outputLength, heartbeatMs = LIMIT_BOUNDS.heartbeatMs[0] } = limits;
  const said = Object.entries({ memoryBytes, cpuMs, outputLength, heartbeatMs });
  for (const [name, value] of said) assertWithin(name, value);
  return limits;
}

function assertWithin(name: string, value: number): void {
  const [, [least, most]] = Object.entries(LIMIT_BOUNDS).find(([key]) => key === name) ??
    [name, [value, value]];
  if (value >= least && value <= most) return;
  throw new StageError(
    `Cannot hold the code to "${name}" of ${value}: it must be from ${least} to ${most}`,
    { name: "ValueError", retryable: false },
  );
}

/** Takes limits and a command; the kernel holds it to them from its first instruction, whoever watches. */
const LIMITED =
  'ulimit -c 0; ulimit -d "$1"; ulimit -S -t "$2"; ulimit -H -t "$3"; shift 3; exec "$@"';

/** Arguments for `sh` that start a command with the kernel's own limits on it. */
export function limitedArgs(
  command: readonly string[],
  { memoryBytes, cpuMs }: WholeLimits,
): readonly string[] {
  const kilobytes = Math.ceil((RESERVED_BYTES + memoryBytes) / 1024);
  const seconds = Math.ceil(cpuMs / 1_000);
  const limits = [kilobytes, seconds, seconds + CPU_GRACE_S].map(String);
  return ["-c", LIMITED, "sh", ...limits, ...command];
}

/** The flag by which V8 bounds its heap. */
export function heapFlag({ memoryBytes }: WholeLimits): string {
  return `--v8-flags=--max-old-space-size=${Math.floor(memoryBytes / MIB)}`;
}
