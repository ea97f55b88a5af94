/**
 * The operations of the runtime that this is. Only its own part is loaded.
 *
 * @module
 */
import type { System } from "./system.ts";

/** The operations of the runtime that this is. */
export const system: System = "Bun" in globalThis
  ? (await import("./bun_system.ts")).openSystem()
  : (await import("./deno_system.ts")).openSystem();
