/**
 * The operations of the runtime that this is. Only its own part is loaded.
 *
 * @module
 */
import type { System } from "./system.ts";

// Deno reads whatever a literal `import()` names, whether or not it is ever
// reached, and that of Bun leads to much of `node:`.
const BUN: string = "./bun_system.ts";

/** The operations of the runtime that this is. */
export const system: System = "Bun" in globalThis
  ? (await systemOfBun()).openSystem()
  : (await import("./deno_system.ts")).openSystem();

function systemOfBun(): Promise<typeof import("./bun_system.ts")> {
  return import(BUN);
}
