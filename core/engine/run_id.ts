/**
 * How runs are named.
 *
 * @module
 */
import { Datetime } from "../expr/datetime.ts";
import { referenceId } from "../expr/id.ts";
import { sha256Hex } from "../expr/sha256.ts";

/** The longest run id. */
export const MAX_RUN_ID_CHARS = 200;

/** Letters, digits and a few signs: an id is safe in a path, a URL and a shell. */
const RUN_ID = /^[A-Za-z0-9][A-Za-z0-9._:@+~-]*$/;

/** Whether a text may be a run id. */
export function isRunId(text: string): boolean {
  return text.length <= MAX_RUN_ID_CHARS && RUN_ID.test(text);
}

/**
 * A new id in the reference's form (C-269): the time in UTC to the microsecond,
 * `T`, and ten digits for the workflow. `chance` from 0 to below 1 gives the
 * microseconds, which the clock does not know.
 */
export function newRunId(
  workflow: string,
  { nowMs, chance }: { nowMs: number; chance: number },
): string {
  return runIdOf({ nowMs, chance, digits: referenceId(workflow) });
}

function runIdOf(
  { nowMs, chance, digits }: {
    readonly nowMs: number;
    readonly chance: number;
    readonly digits: string;
  },
): string {
  const time = new Date(nowMs).toISOString().replace(/\D/g, "");
  const micros = String(Math.floor(chance * 1000)).padStart(3, "0");
  return `${time}${micros}T${digits}`;
}

/** The ids of the runs of one engine: no two are the same, however many start within a millisecond. */
export class RunIds {
  #latestMicros = 0;
  /** The digits of the latest workflow: whoever starts many runs starts many of one. */
  #latest = { workflow: "", digits: referenceId("") };

  /** A {@linkcode newRunId} that this engine has not given before. */
  next(
    workflow: string,
    { nowMs, chance }: { readonly nowMs: number; readonly chance: number },
  ): string {
    const micros = nowMs * 1_000 + Math.floor(chance * 1_000);
    this.#latestMicros = Math.max(micros, this.#latestMicros + 1);
    const own = this.#latestMicros % 1_000;
    // Half a microsecond on, so that no rounding takes it to the one before.
    const drawn = { nowMs: (this.#latestMicros - own) / 1_000, chance: (own + 0.5) / 1_000 };
    return runIdOf({ ...drawn, digits: this.#digitsOf(workflow) });
  }

  #digitsOf(workflow: string): string {
    if (this.#latest.workflow !== workflow) {
      this.#latest = { workflow, digits: referenceId(workflow) };
    }
    return this.#latest.digits;
  }
}

/** The id of the run for a schedule slot; derivable, so that starting twice is starting once. */
export function releaseRunId(workflow: string, logicalDateMs: number): string {
  const slot = new Date(logicalDateMs).toISOString().replace(/:00\.000Z$/, "Z");
  return `${runIdPart(workflow)}@${slot}`;
}

/** The slot of a {@linkcode releaseRunId}; `undefined` of any other id. */
export function slotOfRunId(runId: string): number | undefined {
  const text = runId.slice(runId.lastIndexOf("@") + 1);
  return runId.includes("@") ? Datetime.parse(text)?.epochMs : undefined;
}

/** The id of the run that follows another one; derivable as well. */
export function followerRunId(workflow: string, followedRunId: string): string {
  return `${runIdPart(workflow)}@after-${sha256Hex(followedRunId).slice(0, CHILD_DIGITS)}`;
}

/** The id of the run for something that a trigger tells of; derivable as well. */
export function occurrenceRunId(
  workflow: string,
  { trigger, key }: { readonly trigger: string; readonly key: string },
): string {
  const digest = sha256Hex(JSON.stringify([workflow, key])).slice(0, KEY_DIGITS);
  return `${runIdPart(workflow)}@${trigger}-${digest}`;
}

/** The id of the run that a stage starts: the same again when its engine died. */
export function childRunId(parentRunId: string, stageKey: string): string {
  const stem = parentRunId.slice(0, MAX_RUN_ID_CHARS - CHILD_DIGITS - 1);
  return `${stem}.${sha256Hex(`${parentRunId}/${stageKey}`).slice(0, CHILD_DIGITS)}`;
}

/** The id of the run that somebody asked for under a key of their own: asked again, it is the same. */
export function keyedRunId(workflow: string, key: string): string {
  return `${runIdPart(workflow)}@key-${sha256Hex(`${workflow}/${key}`).slice(0, KEY_DIGITS)}`;
}

const CHILD_DIGITS = 12;
// Others choose the keys, so nobody must find two that fall together.
const KEY_DIGITS = 32;
const MAX_PART_CHARS = 120;

function runIdPart(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]/g, "-");
  const plain = safe === name && name.length <= MAX_PART_CHARS && isRunId(name);
  return plain
    ? name
    : `${safe.slice(0, MAX_PART_CHARS).replace(/^[^A-Za-z0-9]+/, "w")}-${
      sha256Hex(name).slice(0, CHILD_DIGITS)
    }`;
}
