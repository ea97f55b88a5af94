/**
 * Checks that the documentation tells the truth. In README.md and docs/:
 *
 * | block | is |
 * |---|---|
 * | `ts` | run by `deno task test`; `ts ignore tasks.ts` is put beside the shell's instead |
 * | `yaml` | a workflow that `sluice check` accepts; `yaml hello.yml` also puts the file beside the shell's |
 * | `yaml wrong etl.yml` | a file for the shell's only: a session shows what is wrong with it |
 * | `yaml fragment` | a part of one, shown only |
 * | `sh run` | a session that is run and must print what stands there; `exit=1` says how its commands end |
 * | `sh` | shown only |
 *
 * and every local link leads somewhere. All blocks of a page share one fresh
 * folder in which the repo's own files can be seen.
 *
 * @module
 */
import { cp } from "node:fs/promises";
import { type Block, type Page, readPage } from "./markdown.ts";
import { fromFileUrl, repoFiles, ROOT } from "./repo.ts";
import { printed, readTranscript } from "./transcript.ts";

/** A page and the folder in which its blocks live. */
interface Stage {
  readonly file: string;
  readonly page: Page;
  readonly folder: string;
}

const DIAGNOSTICS_FAILED = 1;

async function main(): Promise<number> {
  const pages = await readPages();
  const problems = [...brokenLinks(pages)];
  for (const [file, page] of pages) problems.push(...await wrongBlocks(file, page));
  for (const problem of problems) console.error(problem);
  const blocks = [...pages.values()].reduce((sum, page) => sum + page.blocks.length, 0);
  console.log(`${pages.size} pages, ${blocks} code blocks, ${problems.length} wrong`);
  return problems.length === 0 ? 0 : DIAGNOSTICS_FAILED;
}

async function readPages(): Promise<Map<string, Page>> {
  const files = await repoFiles(["README.md", "CHANGELOG.md", "docs", "conf"], /\.md$/);
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(new URL(file, ROOT))));
  return new Map(files.map((file, at) => [file, readPage(texts[at] ?? "")]));
}

function* brokenLinks(pages: ReadonlyMap<string, Page>): Iterable<string> {
  for (const [file, page] of pages) {
    for (const { target, line } of page.links) {
      const [path = "", anchor] = target.split("#");
      const url = path === "" ? new URL(file, ROOT) : new URL(path, new URL(file, ROOT));
      const place = `${file}:${line}`;
      if (!exists(url)) yield `${place} Link leads nowhere: ${target}`;
      const aimed = pages.get(url.href.slice(ROOT.href.length));
      if (anchor && aimed && !aimed.anchors.has(anchor)) {
        yield `${place} No such heading: ${target}`;
      }
    }
  }
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false; // whatever the reason, a reader cannot follow it either
  }
}

async function wrongBlocks(file: string, page: Page): Promise<string[]> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-docs-" });
  try {
    await showRepo(folder);
    const problems: string[] = [];
    for (const block of page.blocks) problems.push(...await wrongIn(block, { file, page, folder }));
    return problems;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What running a workflow leaves behind stays in the folder, not in the repo. */
const OWN = new Set([".git", ".sluice", "audits"]);

/** What blocks write into, so a link to it will not do. */
const CONF = "conf";

async function showRepo(folder: string): Promise<void> {
  for await (const { name } of Deno.readDir(ROOT)) {
    const path = fromFileUrl(new URL(name, ROOT));
    if (name === CONF) await cp(path, `${folder}/${name}`, { recursive: true });
    else if (!OWN.has(name)) await Deno.symlink(path, `${folder}/${name}`);
  }
}

async function wrongIn(block: Block, stage: Stage): Promise<string[]> {
  await putModule(block, stage);
  const found = block.language === "yaml"
    ? await wrongYaml(block, stage)
    : block.language === "sh" && block.marks.includes("run")
    ? await wrongSession(block, stage)
    : [];
  return found.map((problem) => `${stage.file}:${block.line} ${problem}`);
}

/** A module that a session uses. */
async function putModule({ language, marks, text }: Block, { folder }: Stage): Promise<void> {
  const name = marks.find((mark) => mark.endsWith(".ts"));
  if (language === "ts" && name !== undefined) {
    await Deno.writeTextFile(`${folder}/${name}`, `${text}\n`);
  }
}

async function wrongYaml({ marks, text }: Block, { folder }: Stage): Promise<string[]> {
  if (marks.includes("fragment")) return [];
  const name = marks.find((mark) => mark.endsWith(".yml")) ?? "block.yml";
  await Deno.writeTextFile(`${folder}/${name}`, `${text}\n`);
  if (marks.includes("wrong")) return [];
  if (!/^\s*type:\s*Workflow\b/m.test(text)) {
    return ["This is no workflow; mark a part of one with `yaml fragment`"];
  }
  const { success, output } = await shell(`sluice check ${name}`, folder);
  return success ? [] : [output];
}

async function wrongSession(block: Block, { folder }: Stage): Promise<string[]> {
  const exit = Number(block.marks.find((mark) => mark.startsWith("exit="))?.slice(5) ?? 0);
  const problems: string[] = [];
  for (const { command, expected } of readTranscript(block.text)) {
    const { code, output } = await shell(command, folder);
    if (code !== exit) problems.push(`"${command}" ended with ${code}, not ${exit}:\n${output}`);
    else if (!printed(expected, output)) problems.push(`"${command}" printed:\n${output}`);
  }
  return problems;
}

interface Ended {
  readonly success: boolean;
  readonly code: number;
  readonly output: string;
}

/** What a reader has: `deno`, and `sluice` as the installed command. */
const COMMANDS = [
  'deno() { "$DENO" "$@"; }',
  'sluice() { "$DENO" run -A "$REPO/cli.ts" "$@"; }',
  "exec 2>&1",
].join("\n");

async function shell(command: string, cwd: string): Promise<Ended> {
  const { success, code, stdout } = await new Deno.Command("bash", {
    args: ["-c", `${COMMANDS}\n${command}`],
    cwd,
    env: { DENO: Deno.execPath(), REPO: fromFileUrl(ROOT), NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return { success, code, output: new TextDecoder().decode(stdout) };
}

if (import.meta.main) Deno.exit(await main());
