/**
 * One way to write a test for both runtimes: `Deno.test` where there is Deno,
 * `bun:test` where there is Bun.
 *
 * @module
 */

/** Registers a test. */
export type Test = (name: string, body: () => void | Promise<void>) => void;

const BUN_TEST = "bun:test";
const LONGEST_TEST_MS = 120_000;

async function testOfBun(): Promise<Test> {
  const { test } = await import(BUN_TEST);
  return (name, body) => test(name, body, LONGEST_TEST_MS);
}

/** Registers a test with the runtime that runs this file. */
export const test: Test = "Bun" in globalThis ? await testOfBun() : (name, body) => {
  Deno.test(name, body);
};
