/**
 * Deno as a process of its own.
 *
 * @module
 */

/** How it ended. */
export interface DenoEnd {
  /** Whether it did what it was asked for. */
  readonly success: boolean;
  /** What it said of what went wrong. */
  readonly said: string;
}

/** Runs Deno in a folder; what it prints is thrown away but for what it says. */
export async function runDeno(args: readonly string[], folder: string): Promise<DenoEnd> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  return { success, said: new TextDecoder().decode(stderr) };
}
