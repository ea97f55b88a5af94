/** Every line of PERFORMANCE, in its order. @module */
import type { Bench } from "./bench.ts";

/** A file with benchmarks; loaded when one of them is wanted, so that none pays for the others. */
interface BenchFile {
  readonly ids: readonly string[];
  readonly load: () => Promise<Readonly<Record<string, Bench>>>;
}

const FILES: readonly BenchFile[] = [
  {
    ids: ["P1", "P1s", "P2a", "P2b"],
    load: async () => ({ ...await import("./cold_start.ts") }),
  },
  { ids: ["P3"], load: async () => ({ ...await import("./bash_row.ts") }) },
  { ids: ["P4", "P5"], load: async () => ({ ...await import("./empty_stages.ts") }) },
  { ids: ["P6"], load: async () => ({ ...await import("./many_at_once.ts") }) },
  { ids: ["P7"], load: async () => ({ ...await import("./matrix_legs.ts") }) },
  {
    ids: ["P8a", "P8b", "P8c"],
    load: async () => ({ ...await import("./many_jobs.ts") }),
  },
  { ids: ["P9"], load: async () => ({ ...await import("./replay.ts") }) },
  { ids: ["P10"], load: async () => ({ ...await import("./large_file.ts") }) },
  { ids: ["P11"], load: async () => ({ ...await import("./expressions.ts") }) },
  { ids: ["P12a", "P12b", "P12c"], load: async () => ({ ...await import("./script_stage.ts") }) },
  { ids: ["P13"], load: async () => ({ ...await import("./output.ts") }) },
  { ids: ["P14a", "P14b", "P15"], load: async () => ({ ...await import("./http.ts") }) },
  {
    ids: ["P16a", "P16as", "P16b", "P16c"],
    load: async () => ({ ...await import("./schedules.ts") }),
  },
  { ids: ["P17"], load: async () => ({ ...await import("./short_runs.ts") }) },
  { ids: ["P18"], load: async () => ({ ...await import("./stored_runs.ts") }) },
];

/** The ids of the rows that a command line names, `P8` for all that begin so; all without any. */
export function wantedIds(names: readonly string[]): readonly string[] {
  const ids = FILES.flatMap((file) => file.ids);
  for (const name of names) {
    if (!ids.some((id) => isNamed(id, name))) {
      throw new Error(`There is no benchmark "${name}": choose from ${ids.join(", ")}`);
    }
  }
  return names.length === 0 ? ids : ids.filter((id) => names.some((name) => isNamed(id, name)));
}

/** The row with this id. */
export async function rowWith(id: string): Promise<Bench> {
  const file = FILES.find(({ ids }) => ids.includes(id));
  const row = Object.values(await file?.load() ?? {}).find((bench) => bench.id === id);
  if (row === undefined) throw new Error(`There is no benchmark "${id}"`);
  return row;
}

// "P1" is not "P10", but "P2" is "P2a" and "P2b".
function isNamed(id: string, name: string): boolean {
  return id === name || id.replace(/[a-z]+$/, "") === name;
}
