/**
 * What `release` holds: which slot a run stands for, and which run it follows.
 *
 * @module
 */
import type { Triggers } from "../../model/triggers.ts";
import type { Workflow } from "../../model/workflow.ts";
import type { Site } from "../site.ts";
import {
  type Absence,
  DATETIME,
  oneOf,
  type Property,
  strictObject,
  STRING,
  type Type,
} from "../types/type.ts";
import { aroundSite } from "./around_site.ts";

const TITLE = '"release"';

/** What a run that follows another one knows of it. */
const FOLLOWED = ["workflow", "run_id", "status"] as const;

/** A condition asks whether there is a release, or one that follows another. */
const ASKS = /\brelease\?/;
const ASKS_FOLLOWED = /\brelease\??\.(?:workflow|run_id|status)\?/;

/** The name `release` at a site. */
export function releaseProperty(workflow: Workflow, site: Site): Property {
  const { triggers, unread, path } = workflow;
  const isUnread = unread.touches([...path, "on"]);
  const absent = isUnread || isAsked(ASKS, site) ? undefined : withoutRelease(triggers);
  const follows = isUnread || triggers.releases.length > 0;
  const mayFollowNone = !isUnread && !isAsked(ASKS_FOLLOWED, site) && startsOtherwise(triggers);
  const type: Type = {
    ...strictObject({
      ...{ type: STRING, logical_date: DATETIME },
      ...(follows && followedTypes(triggers, mayFollowNone ? FOLLOWS_NONE : undefined)),
    }, TITLE),
    ...(follows ? {} : { explain: followsNone }),
  };
  return absent === undefined ? { type } : { type, absent };
}

const FOLLOWS_NONE = "only a run that another workflow's end has started follows a run";

/** Why a run may stand for no slot; `undefined` when whatever starts it gives it one. */
function withoutRelease(triggers: Triggers): string | undefined {
  const { manual, schedules, releases, others } = triggers;
  const slotless = others.find((trigger) => trigger.slotless);
  if (slotless !== undefined) return `a run that "${slotless.type}" starts stands for no slot`;
  const startsByItself = schedules.length + releases.length + others.length > 0;
  return manual || !startsByItself ? "a run that is started by hand stands for no slot" : undefined;
}

function startsOtherwise({ manual, schedules, others }: Triggers): boolean {
  return manual || schedules.length + others.length > 0;
}

function followedTypes(
  { releases }: Triggers,
  absent: string | undefined,
): Readonly<Record<(typeof FOLLOWED)[number], Property>> {
  const names = releases.map(({ workflow }) => workflow);
  const optional = absent === undefined ? {} : { absent };
  return {
    workflow: { type: names.length === 0 ? STRING : oneOf(...names), ...optional },
    run_id: { type: STRING, ...optional },
    status: { type: oneOf("SUCCESS", "FAILED", "CANCEL"), ...optional },
  };
}

function followsNone(name: string): Absence | undefined {
  if (!FOLLOWED.some((known) => known === name)) return undefined;
  const message =
    `${TITLE} has "${name}" only where the workflow follows another one; write "release: WORKFLOW" under "on"`;
  return { code: "property-unknown", message };
}

/** Whether what reads it runs only if a condition has asked for it. */
function isAsked(asks: RegExp, { job, stage, branch }: Site): boolean {
  const readers = [stage, ...Array.from(aroundSite(branch), ({ stage }) => stage), job];
  return readers.some((reader) =>
    typeof reader?.condition === "string" && asks.test(reader.condition)
  );
}
