/**
 * @module
 */
import signalJs from "./core/signal.js" with { type: "text" };
/** Files. */
export const PAGE_FILES: ReadonlyMap<string, { type: string; body: string }> = new Map([["/page/core/signal.js", { type: "text/javascript", body: signalJs }]]);
