/**
 * Kills real runs with SIGKILL at random moments, on each runtime that is
 * installed, and takes them up again until they get through: each night, with
 * another seed each time. The suite does the same a hundred times.
 *
 * ```text
 * [ROUNDS=1000] [SEED=1] deno task kill
 * ```
 *
 * @module
 */
import { ROOT } from "./repo.ts";

const ROUNDS = Deno.env.get("ROUNDS") ?? "1000";
const SEED = Deno.env.get("SEED") ?? String(Math.floor(Date.now() / 1_000));
const TEST = "./tests/durability/kill_test.ts";

const RUNTIMES = [
  { program: "deno", args: ["test", "-A", "--no-check", TEST] },
  { program: "bun", args: ["test", TEST] },
];

async function main(): Promise<number> {
  let failed = 0;
  for (const { program, args } of RUNTIMES) {
    console.log(`${ROUNDS} kills on ${program}, SEED=${SEED}`);
    if (!await passes(program, args)) failed++;
  }
  return failed;
}

async function passes(program: string, args: readonly string[]): Promise<boolean> {
  try {
    const child = new Deno.Command(program, { args: [...args], cwd: ROOT, env: { ROUNDS, SEED } });
    return (await child.spawn().status).success;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log(`skipped: ${program} is not installed`);
    return true;
  }
}

if (import.meta.main) Deno.exit(await main());
