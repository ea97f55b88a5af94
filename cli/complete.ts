/**
 * `sluice complete`: what teaches a shell to complete, and the answers to its
 * questions.
 *
 * @module
 */
import { RootCommand } from "@bomb.sh/tab";
import { openHost } from "../platform/host.ts";
import { COMMANDS } from "./commands.ts";
import type { CommandSpec, Completion } from "./command_spec.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { looksLikeFile } from "./find_workflow.ts";
import type { Printer } from "./printer.ts";
import { SHELLS } from "./shells.ts";

/** So many of the newest runs are offered. */
const MAX_OFFERED_RUNS = 20;

/** Carries out `complete SHELL`, and `complete -- WORD…` for the script that this prints. */
export async function complete(args: readonly string[], printer: Printer): Promise<ExitCode> {
  const [, shell = "", ...words] = args;
  if (shell === "--") {
    const root = await createRoot(words);
    root.parse([...words]);
    return EXIT.ok;
  }
  if (SHELLS.includes(shell) && words.length === 0) {
    new RootCommand().setup("sluice", "sluice", shell);
    return EXIT.ok;
  }
  const known = SHELLS.join(", ");
  printer.tell(
    `${printer.told.red("error:")} Cannot complete for "${shell}": choose one of ${known}`,
  );
  return EXIT.invalid;
}

/** A value to choose, and what it is. */
type Offer = readonly [value: string, meaning: string];

async function createRoot(words: readonly string[]): Promise<RootCommand> {
  const root = new RootCommand();
  const chosen = COMMANDS.find(({ name }) => name === words[0]);
  const offers = chosen === undefined ? new Map() : await offersFor(chosen, words.at(-1) ?? "");
  for (const spec of COMMANDS) addCommand(root, spec, { offers });
  root.command("complete", "Print what teaches a shell to complete");
  return root;
}

type Offers = ReadonlyMap<Completion, readonly Offer[]>;

function addCommand(
  root: RootCommand,
  { name, summary, operands, options }: CommandSpec,
  { offers }: { readonly offers: Offers },
): void {
  const command = root.command(name, summary);
  for (const operand of operands) {
    command.argument(operand.name, handler(offersOf(offers, operand.completion)), operand.many);
  }
  for (const option of options) {
    const { name, summary, short, value, choices, completion } = option;
    if (value === undefined) command.option(name, summary, short);
    else {
      const chosen = choices?.map((choice): Offer => [choice, ""]);
      command.option(name, summary, handler(chosen ?? offersOf(offers, completion)), short);
    }
  }
}

function offersOf(offers: Offers, completion: Completion | undefined): readonly Offer[] {
  return (completion === undefined ? undefined : offers.get(completion)) ?? [];
}

function handler(offers: readonly Offer[]) {
  return (offer: (value: string, meaning: string) => void) => {
    for (const [value, meaning] of offers) offer(value, meaning);
  };
}

/** What a command may need is looked up beforehand, since its handlers cannot wait. */
async function offersFor(spec: CommandSpec, word: string): Promise<Offers> {
  const kinds = new Set([...spec.operands, ...spec.options].map(({ completion }) => completion));
  const files = kinds.has("file") || kinds.has("workflow") ? await filesAt(word) : [];
  const offers = new Map<Completion, readonly Offer[]>([["file", files]]);
  if (kinds.has("run")) offers.set("run", await runs());
  if (kinds.has("workflow")) {
    offers.set("workflow", looksLikeFile(word) ? files : [...await workflows(), ...files]);
  }
  return offers;
}

/** Workflow files and folders where the word leads; shells are told not to look themselves. */
async function filesAt(word: string): Promise<readonly Offer[]> {
  const folder = word.slice(0, word.lastIndexOf("/") + 1);
  const names = await openHost().listNames(folder === "" ? "." : folder) ?? [];
  return names
    .filter((name) =>
      !name.startsWith(".") && (/\.(ya?ml|json)$/.test(name) || !name.includes("."))
    )
    .map((name) => [`${folder}${name}`, ""]);
}

async function workflows(): Promise<readonly Offer[]> {
  const { openSluice } = await import("../preset.ts");
  await using sluice = await openSluice({ warn: () => {} });
  const { workflows } = await sluice.conf.list();
  return workflows.map(({ name, description }) => [name, description.split("\n")[0] ?? ""]);
}

async function runs(): Promise<readonly Offer[]> {
  const { openSluice } = await import("../preset.ts");
  await using sluice = await openSluice({ warn: () => {} });
  const runs = await (await sluice.runs())?.list({ limit: MAX_OFFERED_RUNS }) ?? [];
  return [["last", "the newest run"], ...runs.map((run): Offer => [run.runId, run.workflow])];
}
