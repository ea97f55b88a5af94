/**
 * What Deno and Bun do differently.
 *
 * @module
 */
export { systemClock } from "./clock.ts";
export { openHost } from "./host.ts";
export { account, args, exit, onSignal, readStdin, terminal } from "./process.ts";
export type { Terminal } from "./system.ts";
export { thisWriter, writerLives } from "./writer.ts";
