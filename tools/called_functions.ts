/**
 * Which functions of the built command a start calls.
 *
 * @module
 */
import type { FoundFunctions, FunctionRange } from "./eager_functions.ts";
import { runDeno } from "./run_deno.ts";

/** What people do most, and what a start of anything needs. */
const COMMANDS = [["run", "one.yml"], ["list", "--conf", "."]];

const WORKFLOW = `one:
  type: Workflow
  params: {name: {type: str, default: world}}
  jobs:
    only:
      stages: [{name: Greet, id: greet, bash: 'echo "Hello \${{ params.name }}"'}]
`;

interface Coverage {
  readonly url: string;
  readonly functions: readonly {
    readonly ranges: readonly {
      readonly startOffset: number;
      readonly endOffset: number;
      readonly count: number;
    }[];
  }[];
}

/** Runs what people run most, and gives the functions of each file by its URL. */
export async function calledFunctions(main: string): Promise<ReadonlyMap<string, FoundFunctions>> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-start-" });
  try {
    const coverage = `${folder}/coverage`;
    await runCommands(main, { folder, flags: [`--coverage=${coverage}`] });
    const found = new Map<string, FoundFunctions>();
    for await (const { name } of Deno.readDir(coverage)) {
      const seen: Coverage = JSON.parse(await Deno.readTextFile(`${coverage}/${name}`));
      found.set(seen.url, joined(found.get(seen.url), functionsOf(seen)));
    }
    return found;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Throws when what people run most does not run. */
export async function assertRuns(main: string): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-start-" });
  try {
    await runCommands(main, { folder, flags: [] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runCommands(
  main: string,
  { folder, flags }: { readonly folder: string; readonly flags: readonly string[] },
): Promise<void> {
  await Deno.writeTextFile(`${folder}/one.yml`, WORKFLOW);
  for (const command of COMMANDS) {
    const args = ["run", "-A", "--no-config", ...flags, main, ...command];
    const { success, said } = await runDeno(args, folder);
    if (!success) throw new Error(`"sluice ${command.join(" ")}" fails as it was built: ${said}`);
  }
}

function functionsOf({ functions }: Coverage): FoundFunctions {
  const all: FunctionRange[] = [];
  const called: FunctionRange[] = [];
  // The first is the file itself.
  for (const { ranges: [range] } of functions.slice(1)) {
    if (range === undefined) continue;
    const found = { start: range.startOffset, end: range.endOffset };
    all.push(found);
    if (range.count > 0) called.push(found);
  }
  return { all, called };
}

function joined(before: FoundFunctions | undefined, found: FoundFunctions): FoundFunctions {
  if (before === undefined) return found;
  return {
    all: distinct([...before.all, ...found.all]),
    called: distinct([...before.called, ...found.called]),
  };
}

function distinct(ranges: readonly FunctionRange[]): readonly FunctionRange[] {
  return [...new Map(ranges.map((range) => [`${range.start} ${range.end}`, range])).values()];
}
