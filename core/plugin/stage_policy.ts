/**
 * What whoever runs the engine allows stages, whatever a workflow says.
 *
 * @module
 */

import type { Permissions } from "./permissions.ts";

/** What the settings say of stages. */
export interface StagePolicy {
  /** What `bash` stages run in where they do not say. */
  readonly sandbox: "none" | "bubblewrap";
  /** The hosts that `http` stages may reach, in the spelling of permissions; absent for all that are public. */
  readonly allowHosts?: readonly string[];
  /** What scripts of TypeScript and JavaScript get of what they ask for. @default nothing */
  readonly scriptGrant?: Permissions;
}

/** Where nothing was said. */
export const OPEN_POLICY: StagePolicy = { sandbox: "none" };
