/**
 * `sluice audit verify`
 *
 * @module
 */
import type { Audit, AuditEvidence, AuditProblem, AuditVerdict } from "../core/plugin/sink.ts";
import { openHost } from "../platform/host.ts";
import { checkCheckpoint, type CheckpointKey } from "../plugins/audit_chain/checkpoint.ts";
import type { AuditCommand } from "./audit_command.ts";
import { readKeys } from "./audit_keys.ts";
import { EXIT, type ExitCode } from "./exit_code.ts";
import { printJson } from "./print_json.ts";
import type { Printer } from "./printer.ts";
import { terminalText } from "./terminal_text.ts";
import { UsageError } from "./usage_error.ts";

/** What is known of the audits from elsewhere. */
interface Known {
  readonly heads: readonly string[];
  readonly keys: readonly CheckpointKey[];
  /** Checkpoints that were kept elsewhere, as texts. */
  readonly checkpoints: readonly string[];
}

interface Verdict extends AuditVerdict {
  readonly audit: string;
  /** How many checkpoints were right; absent without a key. */
  readonly checkpoints?: number;
}

/** Says whether the audits are as they were written. */
export async function verify({ invocation, printer, audits }: AuditCommand): Promise<ExitCode> {
  const known: Known = {
    heads: invocation.values("head").map(headOf),
    keys: await readKeys(invocation.values("key")),
    checkpoints: await linesIn(invocation.values("checkpoint")),
  };
  if (known.checkpoints.length > 0 && known.keys.length === 0) {
    throw new UsageError('Cannot check a checkpoint without a key: say "--key FILE.pub"');
  }
  const verdicts: Verdict[] = [];
  for (const audit of audits) verdicts.push(await verdictOn(audit, known));
  if (invocation.has("json")) printJson(printer, verdicts.length === 1 ? verdicts[0] : verdicts);
  else for (const verdict of verdicts) tell(verdict, { printer, isOne: verdicts.length === 1 });
  return verdicts.every(({ problems }) => problems.length === 0) ? EXIT.ok : EXIT.failed;
}

function headOf(text: string): string {
  if (/^\d{1,15}:[0-9a-f]{64}$/.test(text)) return text;
  throw new UsageError(
    `Cannot use --head "${text}": it takes what an earlier verification printed, a number, a colon and 64 characters`,
  );
}

async function linesIn(files: readonly string[]): Promise<readonly string[]> {
  const texts = await Promise.all(files.map((file) => openHost().readText(file)));
  return texts.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
}

async function verdictOn({ name, evidence }: Audit, known: Known): Promise<Verdict> {
  if (evidence === undefined) throw new UsageError(`Audit "${name}" cannot be verified`);
  if (known.keys.length === 0) return { audit: name, ...await evidence.verify(known) };
  const { heads, problems } = await signedHeads(evidence, known);
  const verdict = await evidence.verify({ heads: [...known.heads, ...heads] });
  return {
    audit: name,
    ...verdict,
    checkpoints: heads.length,
    problems: [...verdict.problems, ...problems],
  };
}

async function signedHeads(
  evidence: AuditEvidence,
  { keys, checkpoints }: Known,
): Promise<{ readonly heads: readonly string[]; readonly problems: readonly AuditProblem[] }> {
  const heads: string[] = [];
  const problems: AuditProblem[] = [];
  const texts = [...await evidence.checkpoints(), ...checkpoints];
  for (const text of texts) {
    const checked = await checkCheckpoint(text, keys);
    if (checked.ok) heads.push(checked.head);
    else problems.push({ path: "checkpoints", message: checked.message });
  }
  // Whoever cuts off records cuts off the checkpoints that would tell.
  if (texts.length === 0) problems.push({ path: "checkpoints", message: NO_CHECKPOINT });
  return { heads, problems };
}

const NO_CHECKPOINT = 'There is no checkpoint: sign one with "sluice audit sign"';

function tell(
  { audit, links, records, head, checkpoints, problems }: Verdict,
  { printer, isOne }: { readonly printer: Printer; readonly isOne: boolean },
): void {
  for (const { position, path, message } of problems) {
    const link = position === undefined ? "" : `link ${position}`;
    const where = path === "" ? link : link === "" ? path : `${path} (${link})`;
    printer.print(terminalText(where === "" ? message : `${where}: ${message}`));
  }
  const counts = [
    counted(records, "record"),
    counted(links, "link"),
    ...(checkpoints === undefined ? [] : [counted(checkpoints, "checkpoint")]),
    problems.length === 0 ? "no problems" : counted(problems.length, "problem"),
  ];
  printer.tell(`${isOne ? "" : `${audit}: `}${counts.join(", ")}`);
  printer.tell(`head ${head}`);
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}
