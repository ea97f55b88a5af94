/**
 * `sluice audit keygen`, `sluice audit sign`
 *
 * @module
 */
import { HostError } from "../core/plugin/ports.ts";
import { openHost } from "../platform/host.ts";
import {
  type CheckpointKey,
  makeKey,
  readKey,
  signCheckpoint,
} from "../plugins/audit_chain/checkpoint.ts";
import type { AuditCommand } from "./audit_command.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { UsageError } from "./usage_error.ts";

const PRIVATE_FILE_MODE = 0o600;

/** Makes a key: `--key FILE` signs, `FILE.pub` beside it only checks. */
export async function keygen({ invocation, printer }: AuditCommand): Promise<ExitCode> {
  const file = invocation.value("key");
  if (file === undefined) throw new UsageError('Cannot make a key: say where with "--key FILE"');
  const { id, privateText, publicText } = await makeKey();
  const host = openHost();
  try {
    await host.createText(file, privateText, { mode: PRIVATE_FILE_MODE });
    await host.createText(`${file}.pub`, publicText);
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== "EEXIST") throw error;
    throw new UsageError(`There is a key "${file}" already: choose another file`);
  }
  printer.print(id);
  printer.tell(`"${file}" signs: keep it away from the audit; "${file}.pub" only checks`);
  return EXIT.ok;
}

/** Signs how far each audit has come, keeps that beside it and prints it. */
export async function sign({
  invocation,
  printer,
  sluice,
  audits,
}: AuditCommand): Promise<ExitCode> {
  const [key, ...others] = await readKeys(invocation.values("key"));
  if (key === undefined || others.length > 0) {
    throw new UsageError('Cannot sign: say with which key, "--key FILE"');
  }
  if (key.privateKey === undefined) {
    throw new UsageError("Cannot sign with this key: it only checks; take the one without .pub");
  }
  for (const { name, evidence } of audits) {
    if (evidence === undefined) throw new UsageError(`Audit "${name}" has no chain to sign`);
    const { head, records, problems } = await evidence.verify();
    if (problems.length > 0) {
      printer.tell(`Audit "${name}" is not as it was written: see "sluice audit verify"`);
      return EXIT.failed; // Nobody should vouch for that.
    }
    const text = await signCheckpoint({ head, records, atMs: sluice.engine.now() }, key);
    await evidence.keepCheckpoint(text, head);
    printer.print(text.trimEnd());
  }
  return EXIT.ok;
}

/** The keys in these files. Throws a {@linkcode UsageError} for a file that holds none. */
export async function readKeys(files: readonly string[]): Promise<readonly CheckpointKey[]> {
  const host = openHost();
  return await Promise.all(files.map(async (file) => {
    try {
      return await readKey(await host.readText(file));
    } catch (error) {
      if (error instanceof TypeError) {
        throw new UsageError(`Cannot use "${file}": ${error.message}`);
      }
      throw error;
    }
  }));
}
