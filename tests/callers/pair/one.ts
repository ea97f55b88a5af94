/** One of two files that are one module path. @module */
import { type Caller, defineCaller } from "../../../core/plugin/caller.ts";

export const first: Caller = defineCaller({ name: "first", run: () => ({ from: "one" }) });
export const twin: Caller = defineCaller({ name: "twin", run: () => ({ from: "one" }) });
