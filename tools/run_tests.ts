/**
 * Runs the tests on the runtimes that are installed and ends with one line
 * that counts them all.
 *
 * ```text
 * run_tests.ts [--only=deno|docs|bun] [test files or folders]
 * ```
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import { add, countCases, countFailures, NONE, summary, type Tally } from "./junit.ts";
import { fromFileUrl, repoFiles, ROOT, sourceFiles } from "./repo.ts";

const BUN_VERSION = "1.4.5";

/** One run of one runtime over some of the tests. */
interface Suite {
  readonly title: string;
  /** The command, less the option that names the report. */
  readonly command: readonly string[];
  /** The option that names the report. */
  readonly report: (path: string) => string;
  /** Whether there is something to see while it runs. */
  readonly isLively: boolean;
}

/** The unit tests on Deno. */
function denoSuite(paths: readonly string[]): Suite {
  const tests = paths.length > 0 ? paths : ["tests"];
  return {
    title: `Deno ${Deno.version.deno}`,
    command: [Deno.execPath(), ...DENO_TEST, "--parallel", ...tests],
    report: (path) => `--junit-path=${path}`,
    isLively: true,
  };
}

// Types are checked once, by `deno task check`, not again by each test run.
const DENO_TEST = ["test", "-A", "--no-check", "--reporter=dot"];

/** The examples in the documentation, on Deno: JSDoc, README and docs/. */
async function docsSuite(): Promise<Suite> {
  const files = [...await sourceFiles(), ...await repoFiles(["README.md", "docs"], /\.md$/)];
  return {
    title: "Examples in the documentation",
    command: [Deno.execPath(), ...DENO_TEST, "--doc", ...await withExamples(files)],
    report: (path) => `--junit-path=${path}`,
    isLively: true,
  };
}

/** Deno also loads a file whose examples it runs, so only those that have any. */
async function withExamples(files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, ROOT))));
  return files.filter((_, at) => /^[ *]*```(ts|js)$/m.test(texts[at] ?? ""));
}

/** The unit tests on Bun, or `undefined` where Bun is not installed. */
async function bunSuite(paths: readonly string[]): Promise<Suite | undefined> {
  const version = await versionOf("bun");
  if (version === undefined) return undefined;
  const tests = (paths.length > 0 ? paths : ["tests"]).map((path) => `./${path}`);
  return {
    title: `Bun ${version}`,
    command: ["bun", "test", "--only-failures", "--reporter=junit", ...tests],
    report: (path) => `--reporter-outfile=${path}`,
    isLively: false,
  };
}

async function versionOf(command: string): Promise<string | undefined> {
  try {
    const { stdout } = await new Deno.Command(command, { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Runs a suite and counts what became of its tests. */
async function tally(suite: Suite, folder: string): Promise<Tally> {
  console.log(`\n${suite.title}`);
  const report = `${folder}/${crypto.randomUUID()}.xml`;
  const [program = "", subcommand = "", ...rest] = suite.command;
  const args = [subcommand, suite.report(report), ...rest];
  const { success, output } = await watch(program, args, { isLively: suite.isLively });
  const counted = countCases(await Deno.readTextFile(report).catch(() => ""));
  // A file that cannot be loaded is in no report; what was printed or the exit code tells.
  const failed = Math.max(counted.failed, countFailures(output), success ? 0 : 1);
  const result = { ...counted, failed };
  console.log(`${suite.title}: ${summary(result)}`);
  return result;
}

interface Watched {
  readonly success: boolean;
  /** What it printed, unless a person saw it. */
  readonly output: string;
}

/** Runs a command; a person sees it at work, a log only what went wrong. */
async function watch(
  program: string,
  args: readonly string[],
  { isLively }: Pick<Suite, "isLively">,
): Promise<Watched> {
  const isSeen = isLively && Deno.stdout.isTerminal();
  const command = new Deno.Command(program, {
    args: [...args],
    cwd: fromFileUrl(ROOT),
    stdin: "null",
    stdout: isSeen ? "inherit" : "piped",
    stderr: isSeen ? "inherit" : "piped",
  });
  if (isSeen) return { success: (await command.spawn().status).success, output: "" };
  const { success, stdout, stderr } = await command.output();
  const output = plain(stdout) + plain(stderr);
  if (!success) console.log(output);
  return { success, output };
}

/** The text without colours and without the dots of tests that passed. */
function plain(bytes: Uint8Array): string {
  const text = stripVTControlCharacters(new TextDecoder().decode(bytes));
  return text.split("\n").filter((line) => !/^[.,!]$/.test(line)).join("\n");
}

interface Request {
  readonly only?: string;
  readonly paths: readonly string[];
}

function parse(args: readonly string[]): Request {
  const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length);
  const paths = args.filter((arg) => !arg.startsWith("--"));
  return { paths, ...(only === undefined ? {} : { only }) };
}

async function suitesFor({ only, paths }: Request): Promise<Suite[]> {
  const wanted = (name: string) => only === undefined || only === name;
  const suites: (Suite | undefined)[] = [];
  if (wanted("deno")) suites.push(denoSuite(paths));
  if (wanted("docs") && paths.length === 0) suites.push(await docsSuite());
  if (wanted("bun")) suites.push(await bunSuite(paths) ?? bunIsMissing());
  return suites.filter((suite) => suite !== undefined);
}

function bunIsMissing(): undefined {
  console.log(
    `Bun is not installed, so its suite does not run; "npm install -g bun@${BUN_VERSION}" installs it`,
  );
}

/** Bun takes packages from node_modules, which Deno lays out. */
async function installPackages(): Promise<void> {
  const args = ["install", "--quiet"];
  const { success } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: fromFileUrl(ROOT),
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  if (!success) throw new Error("Cannot install the packages that deno.json names");
}

async function main(): Promise<number> {
  await installPackages();
  const folder = await Deno.makeTempDir({ prefix: "sluice-tests-" });
  try {
    let total = NONE;
    for (const suite of await suitesFor(parse(Deno.args))) {
      total = add(total, await tally(suite, folder));
    }
    console.log(`\n${summary(total)}`);
    return total.failed === 0 && total.passed > 0 ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

if (import.meta.main) Deno.exit(await main());
