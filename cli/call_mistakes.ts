/**
 * Stages whose `uses` names no function that could be found from here.
 *
 * Functions are not loaded to look: that would run them. What is said of them
 * is read off the names of files and their text, and so is a warning.
 *
 * @module
 */
import { hasTemplate } from "../core/expr/template.ts";
import { type Stage, stagesOf, type Workflow } from "../core/model/workflow.ts";
import { DEFAULT_TAG } from "../core/plugin/caller.ts";
import { absolutePath } from "../core/plugin/paths.ts";
import { StageError } from "../core/plugin/stage_kind.ts";
import type { Host } from "../core/plugin/ports.ts";
import type { Diagnostic } from "../core/source/diagnostic.ts";
import { type CallName, parseUses } from "../stages/call/find_caller.ts";
import { moduleFiles } from "../stages/call/load_modules.ts";

/** Where functions are looked for. */
export interface CallFacts {
  /** The machine. */
  readonly host: Pick<Host, "readText" | "cwd">;
  /** The setting `registryCaller`. */
  readonly folders: readonly string[];
}

/** What is wrong with the `uses` of these workflows, as far as that can be told without running anything. */
export async function callMistakes(
  workflows: readonly Workflow[],
  facts: CallFacts,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const { jobs, document } of workflows) {
    for (const stage of [...jobs.values()].flatMap((job) => [...stagesOf(job.stages)])) {
      const mistake = await mistakeOf(stage, facts);
      if (mistake === undefined) continue;
      const span = document.locate([...stage.path, "uses"]);
      found.push({ ...mistake, place: { file: document.file, span } });
    }
  }
  return found;
}

type Mistake = Omit<Diagnostic, "place">;

async function mistakeOf({ syntax, input }: Stage, facts: CallFacts): Promise<Mistake | undefined> {
  const { uses } = input;
  if (syntax.name !== "call" || typeof uses !== "string" || hasTemplate(uses)) return undefined;
  const call = callIn(uses);
  if (call === undefined) {
    return {
      code: "uses-form",
      severity: "error",
      message: `Cannot call "${uses}": write "module/function@tag", such as "tasks/store@v1"`,
    };
  }
  const message = await whatIsMissing(call, { uses, ...facts });
  return message === undefined
    ? undefined
    : { code: "function-missing", severity: "warning", message };
}

function callIn(uses: string): CallName | undefined {
  try {
    return parseUses(uses);
  } catch (error) {
    if (error instanceof StageError) return undefined;
    throw error;
  }
}

/** Whoever takes functions from elsewhere may name and mark them there. */
const FROM_ELSEWHERE = /\bfrom\s*["']\.|\bexport\s*\*/;

/** Under whose name GitHub publishes its own actions. */
const ACTIONS = "actions";

async function whatIsMissing(
  { modulePath, name, tag }: CallName,
  { uses, host, folders }: CallFacts & { readonly uses: string },
): Promise<string | undefined> {
  const files: string[] = [];
  for (const folder of folders) {
    const path = absolutePath(folder, host.cwd());
    files.push(...await moduleFiles({ path }, modulePath));
  }
  const file = modulePath.join("/");
  if (files.length === 0 && modulePath[0] === ACTIONS) {
    return `There is no module for "${uses}": actions of GitHub do not run here; write what it does as "bash:" or as a function of your own`;
  }
  if (files.length === 0) {
    const searched = folders.map((folder) => `"${folder}"`).join(", ");
    return `There is no module for "${uses}" in ${searched}: write ${file}.ts there, or name its folder in "registry_caller" of the settings`;
  }
  const texts = await Promise.all(files.map((path) => host.readText(path)));
  if (texts.some((text) => FROM_ELSEWHERE.test(text))) return undefined;
  const named = texts.filter((text) => says(text, name));
  if (tag === DEFAULT_TAG && named.length > 0) return undefined;
  if (named.some((text) => says(text, tag))) return undefined;
  if (named.length > 0) {
    return `The module ${file} defines no "${name}" with the tag "${tag}": write a tag that is there`;
  }
  return `The module ${file} defines no "${name}": export defineCaller({ name: "${name}", tag: "${tag}", … }) from it`;
}

/** A name is written as it is called, or with `_` for `-`. */
function says(text: string, name: string): boolean {
  return [name, name.replaceAll("-", "_")].some((spelling) =>
    ['"', "'", "`"].some((quote) => text.includes(quote + spelling + quote))
  );
}
