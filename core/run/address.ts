/**
 * How things within a run are named; see the drawing in `event.ts`.
 *
 * @module
 */
import type { JobId } from "../plan/plan.ts";
import type { Address } from "./event.ts";

/** The run itself. */
export const RUN: Address = "";

const STRUCTURAL = /[%/[\]#~]/g;

/** The address of one attempt of a job. */
export function jobAddress(job: JobId, attempt: number): Address {
  return withAttempt(addressPart(job), attempt);
}

/** The address of a branch of the job or stage attempt at `owner`. */
export function branchAddress(owner: Address, key: string): Address {
  return `${owner}[${addressPart(key)}]`;
}

/** The address of a stage in a branch. */
export function stageAddress(branch: Address, key: string): Address {
  return `${branch}/${addressPart(key)}`;
}

/** An address that tells the attempts of one thing apart; the first keeps its plain name. */
export function withAttempt(address: Address, attempt: number): Address {
  return attempt <= 1 ? address : `${address}~${attempt}`;
}

/** An address whatever attempt of its parts it speaks of: `load~2[]/fetch` and `load[]/fetch` are one. */
export function anyAttempt(address: Address): Address {
  return address.includes("~") ? address.replace(/~\d+/g, "") : address;
}

/** The branch that a stage stands in, and the stage's key there. */
export function splitStageAddress(
  stage: Address,
): { readonly branch: Address; readonly key: string } {
  return { branch: stage.slice(0, Math.max(0, stage.lastIndexOf("/"))), key: stageKey(stage) };
}

/** The key of a stage in its branch. */
export function stageKey(stage: Address): string {
  return nameIn(stage.slice(stage.lastIndexOf("/") + 1));
}

/** Whether a stage with this address would stand in this branch, and in none within it. */
export function standsIn(stage: Address, branch: Address): boolean {
  const { length } = branch;
  // In this order: to search backwards for the slash takes longer than all of it.
  return stage[length] === "/" && stage.indexOf("/", length + 1) < 0 && stage.startsWith(branch);
}

/** The job that anything but the run belongs to. */
export function jobOf(address: Address): JobId {
  const end = address.search(/[~[]/);
  return nameIn(end < 0 ? address : address.slice(0, end));
}

// Only what has a meaning in an address is escaped, so that names stay readable.
function addressPart(text: string): string {
  return text.replace(STRUCTURAL, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function nameIn(part: string): string {
  return part.includes("%") ? decodeURIComponent(part) : part;
}
