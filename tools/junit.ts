/**
 * Counts what a JUnit report says.
 *
 * @module
 */

/** How many tests ended how. */
export interface Tally {
  /** As they should. */
  readonly passed: number;
  /** By a failure, or an error outside any assertion. */
  readonly failed: number;
  /** Without having run. */
  readonly skipped: number;
}

/** No tests at all. */
export const NONE: Tally = { passed: 0, failed: 0, skipped: 0 };

/**
 * Counts the cases of a report one by one: the totals in its head differ from
 * runner to runner (one counts skipped tests as run, another does not).
 *
 * Text and attributes are escaped in XML, so a `<failure` is always a tag.
 */
export function countCases(xml: string): Tally {
  return xml.split(/<testcase\b/).slice(1).map(outcome).reduce(add, NONE);
}

function outcome(rest: string): Tally {
  const body = rest.split("</testcase>")[0] ?? "";
  if (/<(failure|error)\b/.test(body)) return { ...NONE, failed: 1 };
  return /<skipped\b/.test(body) ? { ...NONE, skipped: 1 } : { ...NONE, passed: 1 };
}

/**
 * How many failures a runner's closing lines speak of: `12 fail` or `6 failed`.
 * A report leaves out files that cannot be loaded; these lines do not.
 */
export function countFailures(output: string): number {
  const [, count] = [...output.matchAll(/(?:^|\|) *(\d+) fail(?:ed)?\b/gm)].at(-1) ?? [];
  return Number(count ?? 0);
}

/** Both together. */
export function add(a: Tally, b: Tally): Tally {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

/** `12 passed, 0 failed`, and `, 3 skipped` where some were. */
export function summary({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : "");
}
