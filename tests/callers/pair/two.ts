/** The other file, which exports a function of the first one again, and one with the name of another. @module */
import { type Caller, defineCaller } from "../../../core/plugin/caller.ts";

export { first } from "./one.ts";
export const second: Caller = defineCaller({ name: "second", run: () => ({ from: "two" }) });
export const twin: Caller = defineCaller({ name: "twin", run: () => ({ from: "two" }) });
