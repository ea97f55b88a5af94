/**
 * Runs with secrets, and all that they left behind.
 *
 * @module
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSluice, type Sluice } from "../../preset.ts";
import type { SecretProvider } from "../../core/plugin/secrets.ts";
import type { ValueObject } from "../../core/expr/value.ts";
import type { RunEvent } from "../../core/run/event.ts";

/** What a run left. */
export interface Left {
  readonly status: string;
  readonly context: ValueObject;
  readonly lines: readonly string[];
  readonly events: readonly RunEvent[];
  /** Everything that is on disk: journal, logs, audits. */
  readonly files: string;
}

/** A provider that knows these. */
export function knownSecrets(secrets: Readonly<Record<string, string>>): SecretProvider {
  return { name: "test", read: (name) => Promise.resolve(secrets[name]) };
}

/** Runs the only workflow of a text, in an engine with a folder of its own. */
export async function runWithSecrets(
  text: string,
  secrets: Readonly<Record<string, string>>,
  options: { readonly params?: ValueObject; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Left> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-secrets-"));
  try {
    const { params = {}, env = { PATH: PATH } } = options;
    const lines: string[] = [];
    const events: RunEvent[] = [];
    const sink = {
      name: "test",
      line: (_: string, { text }: { readonly text: string }) => void lines.push(text),
      events: (_: string, more: readonly RunEvent[]) => void events.push(...more),
    };
    const result = await (async () => {
      await using sluice: Sluice = await openSluice({
        ...{ state: folder, conf: folder, env, sinks: [sink] },
        plugins: [{ name: "test", secrets: [knownSecrets(secrets)] }],
      });
      const { workflows: [workflow], diagnostics } = await sluice.loadText(text, "w.yml");
      if (workflow === undefined) throw new Error(JSON.stringify(diagnostics));
      return await (await sluice.engine.start(workflow, { params })).result;
    })();
    const { status, context } = result;
    return { status, context, lines, events, files: await textIn(folder) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const PATH = "/usr/local/bin:/usr/bin:/bin";

async function textIn(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = await Promise.all(
    files.map((file) => readFile(join(file.parentPath, file.name), "latin1")),
  );
  return texts.join("\n");
}
