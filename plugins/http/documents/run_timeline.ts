/**
 * A run as a list of parts, each behind the one that it stands in.
 *
 * @module
 */
import { reasonText } from "../../../core/engine/render/reason_text.ts";
import { jobAddress } from "../../../core/run/address.ts";
import type {
  BranchState,
  JobState,
  RunState,
  ScopeState,
  StageState,
} from "../../../core/run/state.ts";
import type { PartDocument, PartStatus, RunTimeline } from "../api/runs.ts";
import { isoOrNull, isoText, stateStatus } from "./run_document.ts";

/** The most parts that are listed, jobs apart. */
export const MAX_LISTED_PARTS = 20_000;

/** A run as it was after its first `position` events. */
export function runTimeline(
  state: RunState,
  { position, length }: { readonly position: number; readonly length: number },
): RunTimeline {
  const listing = new PartListing(state);
  for (const job of state.jobs.values()) listing.addJob(job);
  const { id, plan, at, startedAt, settledAt } = state;
  return {
    ...{ run_id: id, workflow: plan?.workflow ?? "", status: stateStatus(state), position, length },
    at: isoText(at),
    started_at: isoText(startedAt),
    ended_at: isoOrNull(settledAt),
    parts: listing.parts,
    truncated: listing.truncated,
  };
}

/** What stands above a part. */
interface Above {
  readonly parent: string;
  readonly depth: number;
}

class PartListing {
  readonly parts: PartDocument[] = [];
  truncated = false;
  readonly #state: RunState;
  #room = MAX_LISTED_PARTS;

  constructor(state: RunState) {
    this.#state = state;
  }

  addJob(job: JobState): void {
    const { id } = job.planned;
    const address = jobAddress(id, job.attempt);
    this.parts.push({
      ...NEUTRAL,
      ...{ kind: "job", address, parent: null, depth: 0, label: id },
      ...this.#progress(job, address),
      kept: job.kept !== undefined,
    });
    if (job.scope !== undefined) this.#addScope(job.scope, { parent: address, depth: 1 });
  }

  #addScope(scope: ScopeState, above: Above): void {
    for (const branch of scope.branches) {
      if (!this.#hasRoom()) return;
      this.#addBranch(branch, above);
    }
  }

  #addBranch(branch: BranchState, { parent, depth }: Above): void {
    const { address, key, phase, outcome, failure, cancel, startedAt, settledAt, scope } = branch;
    const { owner, expansion: { noun } } = scope;
    const alone = owner.kind === "job" ? owner.planned.strategy === undefined : noun === "case";
    this.parts.push({
      ...NEUTRAL,
      ...{ kind: "branch", address, parent, depth, label: key, noun, alone },
      status: phase === "settled" ? outcome ?? "pending" : phase,
      started_at: isoOrNull(startedAt),
      ended_at: isoOrNull(settledAt),
      attempt: startedAt === undefined ? 0 : 1,
      reason: cancel === undefined ? null : reasonText(cancel),
      failure: failureOf(failure),
    });
    for (const stage of branch.states) {
      if (stage === undefined) continue;
      if (!this.#hasRoom()) return;
      this.#addStage(stage, { parent: address, depth: depth + 1 });
    }
  }

  #addStage(stage: StageState, { parent, depth }: Above): void {
    const { address, name, planned, scope } = stage;
    this.parts.push({
      ...NEUTRAL,
      ...{ kind: "stage", address, parent, depth, label: name, stage_kind: planned.kind },
      ...this.#progress(stage, address),
    });
    if (scope !== undefined) this.#addScope(scope, { parent: address, depth: depth + 1 });
  }

  #progress(part: JobState | StageState, address: string): Pick<PartDocument, Progress> {
    const { phase, outcome, startedAt, settledAt, attempt, reason, cancel, failure } = part;
    const why = reason ?? cancel;
    return {
      status: phase === "settled" ? outcome ?? "pending" : phase satisfies PartStatus,
      started_at: isoOrNull(attempt === 0 ? undefined : startedAt),
      ended_at: isoOrNull(settledAt),
      attempt,
      due_at: phase === "waiting" ? isoOrNull(this.#state.dues.get(address)) : null,
      reason: why === undefined ? null : reasonText(why),
      failure: failureOf(failure),
    };
  }

  #hasRoom(): boolean {
    if (this.#room-- > 0) return true;
    this.truncated = true;
    return false;
  }
}

type Progress = "status" | "started_at" | "ended_at" | "attempt" | "due_at" | "reason" | "failure";

const NEUTRAL = {
  noun: null,
  stage_kind: null,
  alone: false,
  due_at: null,
  kept: false,
} as const;

function failureOf(failure: JobState["failure"]): PartDocument["failure"] {
  return failure === undefined ? null : { name: failure.name, message: failure.message };
}
