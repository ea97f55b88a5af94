/**
 * What a child is started with: a module short enough to be its own address,
 * which runs the text that it is sent first.
 *
 * A module is read by the runtime for its imports and its types before it runs,
 * and its address is looked at again and again. For a text as long as that of
 * the runner that takes a third of the whole start; for what a function is
 * made of it takes nothing.
 *
 * @module
 */

/** What a child runs. */
export interface ChildProgram {
  /** Its main module, in JavaScript. Runs on Deno, Bun and Node. */
  readonly main: string;
  /** What it must be sent before anything else. */
  readonly text: string;
}

/** The program that carries out one attempt. */
export async function childProgram(): Promise<ChildProgram> {
  // The only place that says where it is kept.
  const { default: runner } = await import("./runner.js", { with: { type: "text" } });
  const text = `${runner}\n//# sourceURL=sluice:runner\n`; // How it calls itself in stacks.
  return { main: mainOf(new TextEncoder().encode(text).length), text };
}

/** A module as its own address: it is the same wherever the engine was loaded from. */
export function addressOf(module: string): string {
  return `data:text/javascript;base64,${btoa(module)}`; // It is ASCII, as its tests would tell.
}

/** Reads exactly the text, since what comes after it is for the text to read. */
function mainOf(sizeBytes: number): string {
  return `
const { Deno } = globalThis;
const fs = Deno ? undefined : await import("node:fs");
const bytes = new Uint8Array(${sizeBytes});
for (let at = 0; at < bytes.length;) {
  const rest = bytes.subarray(at);
  const size = fs ? fs.readSync(0, rest) : Deno.stdin.readSync(rest);
  if (!size) (Deno ?? process).exit(0);
  at += size;
}
await new (async () => {}).constructor(new TextDecoder().decode(bytes))();
`.trim();
}
