/**
 * What an isolated attempt may use, and by what it is held to that.
 *
 * @module
 */
import { type IsolationLimits, LIMIT_BOUNDS, LIMIT_NAMES } from "../../core/plugin/isolation.ts";
import { StageError } from "../../core/plugin/stage_kind.ts";

const MIB = 1024 * 1024;

/** What an attempt may use where nobody says. */
export const DEFAULT_LIMITS: Required<Omit<IsolationLimits, "heartbeatMs">> = {
  memoryBytes: 1024 * MIB,
  cpuMs: 10 * 60_000,
  outputLength: 128 * MIB,
};

/** Bytes that V8 sets aside for machine code and its own, of which little is ever used. */
const RESERVED_BYTES = 640 * MIB;

/** Seconds that a process has to end by itself once its processor time is up. */
const CPU_GRACE_S = 1;

/** The limits of an attempt, whole. */
export type WholeLimits =
  & Required<Omit<IsolationLimits, "heartbeatMs">>
  & Pick<IsolationLimits, "heartbeatMs">;

/** What the limits of an attempt follow from, besides what it says itself. */
export interface LimitFacts {
  /** What holds where it says nothing. */
  readonly defaults: IsolationLimits;
  /** What it may not go beyond. */
  readonly most: IsolationLimits;
}

/**
 * The limits with what nobody said filled in: the default, or what is the most
 * where that is less.
 *
 * @throws {StageError} for one out of bounds.
 */
export function wholeLimits(
  given: IsolationLimits,
  { defaults, most }: LimitFacts = { defaults: {}, most: {} },
): WholeLimits {
  for (const name of LIMIT_NAMES) assertWithin(name, { value: given[name], most: most[name] });
  const usual: IsolationLimits = { ...DEFAULT_LIMITS, ...defaults };
  const whole = LIMIT_NAMES.map((name) => {
    const value = given[name] ?? usual[name];
    return [name, value === undefined ? undefined : Math.min(value, most[name] ?? value)] as const;
  });
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(whole.filter(([, value]) => value)) };
}

function assertWithin(
  name: keyof IsolationLimits,
  { value, most }: { readonly value: number | undefined; readonly most: number | undefined },
): void {
  const [least, bound] = LIMIT_BOUNDS[name];
  const highest = Math.min(bound, most ?? bound);
  if (value === undefined || (value >= least && value <= highest)) return;
  const whose = highest === bound ? "" : ", which the settings allow at most";
  throw new StageError(
    `Cannot hold the code to "${name}" of ${value}: it must be from ${least} to ${highest}${whose}`,
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
