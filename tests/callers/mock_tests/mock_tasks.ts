/**
 * The function of the conformance case whose extras name another registry
 * folder.
 *
 * @module
 */
import { type Caller, defineCaller } from "../../../core/plugin/caller.ts";

export const getInfo: Caller = defineCaller({
  name: "get_info",
  tag: "v1",
  run: () => ({ "get-info": "success" }),
});
