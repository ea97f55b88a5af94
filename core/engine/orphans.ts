/**
 * What an engine that was killed leaves behind: the processes of its attempts.
 *
 * @module
 */
import { type Host, HostError } from "../plugin/ports.ts";
import type { Registry } from "../plugin/registry.ts";
import { quotedName } from "../model/wording.ts";
import { jobOfBranch } from "../run/contexts.ts";
import { demand } from "../run/demand.ts";
import type { RunState } from "../run/state.ts";
import { markOf } from "./marked_host.ts";

/** Where processes may be left. */
export interface OrphanPlaces {
  /** This machine. */
  readonly host: Host;
  /** Knows the runners, which may have left some elsewhere. */
  readonly registry: Registry;
  /** Told where nobody may look for them. */
  readonly warn: (message: string) => void;
}

/**
 * Ends what is left of a run's lost attempts. Before anything is decided: a lost
 * attempt that still goes on must not go on beside the next one. And only once
 * the run is ours: nobody else can begin any more of them.
 */
export async function endOrphans(
  state: RunState,
  { host, registry, warn }: OrphanPlaces,
): Promise<void> {
  const lost = demand(state);
  const marks = new Set(lost.map(({ key }) => markOf(state, key)));
  if (marks.size === 0) return;
  await host.endMarked(marks).catch((error) => {
    if (!isBlind(error)) throw error;
    warn(
      `${error.message}, so nothing that a dead engine of run ${quotedName(state.id)} left ` +
        "running was ended: end it yourself, or a stage may run beside an earlier attempt of its own",
    );
  });
  const places = new Set(lost.map(({ stage }) => jobOfBranch(stage.branch).planned.runsOn.type));
  for (const place of places) {
    if (!registry.runnerNames.includes(place)) continue;
    const kind = await registry.runner(place);
    await kind.endMarked?.(marks, { host, env: host.env() });
  }
}

/** Whether nobody could look, which is no reason to keep the run: it may have left nothing. */
function isBlind(error: unknown): error is HostError {
  return error instanceof HostError && BLIND.includes(error.code);
}

const BLIND: readonly string[] = ["ENOSYS", "EACCES"];
