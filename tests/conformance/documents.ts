/**
 * What the checker says of the documents that the reference loads, and why it
 * is right to.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Diagnostic } from "../../core/source/diagnostic.ts";
import { openSluice } from "../../preset.ts";

/** Why a complaint is right although the reference loads the document; the first that fits counts. */
const REASONS: readonly Reason[] = [
  {
    code: "name-unknown",
    says: /^"stages" is known only within/,
    why: "a job's own fields see no stages in the reference either: it fails when it gets there",
  },
  {
    code: "name-unknown",
    why: "a template names a variable of the Python code around it; the reference fails there, too",
  },
  {
    code: "property-unknown",
    why: "the stage, the output or the axis is not there; the reference fails when it gets there",
  },
  {
    code: "expression-syntax",
    why:
      "methods of Python values are called; the reference leaves the template as text (§2 row 2)",
  },
  {
    code: "runner-options",
    says: /"container_name"/,
    why: "a container belongs to an attempt, of which there may be several at once",
  },
  {
    code: "runner-options",
    why: 'the reference\'s container provider reads "source" and "target" of a volume (C-107)',
  },
  {
    code: "key-unknown",
    why: "the reference ignores the key, so its author does not get what is written",
  },
  { code: "trigger-unknown", why: "the workflow that is triggered is no part of the document" },
  { code: "release-unknown", why: "the workflow that is waited for is no part of the document" },
  {
    code: "value-invalid",
    why: "the trigger is the name of another file's entry; the reference refuses these workflows",
  },
  { code: "script-command", why: 'the reference executes "run" as Python, and fails there, too' },
  { code: "param-undeclared", why: "a run without the parameter fails there (S-096)" },
  { code: "key-inert", why: "read by nothing in the reference either" },
  { code: "runner-missing", why: "none of these providers works in the reference either (W-27)" },
  { code: "schedule-params", why: "a scheduled run has no parameters and would be refused" },
  { code: "trigger-missing", why: "exists only in the reference's documentation (D-001 to D-010)" },
  { code: "job-unreachable", why: "a job that needs one that is always skipped never runs" },
];

interface Reason {
  readonly code: string;
  readonly says?: RegExp;
  readonly why: string;
}

/** What came of the documents. */
export interface DocumentsVerdict {
  /** How many the reference loads. */
  readonly documents: number;
  /** Of how many nothing is said. */
  readonly clean: number;
  /** How often each reason counted. */
  readonly justified: ReadonlyMap<string, number>;
  /** What is said without a reason. */
  readonly unjustified: readonly string[];
}

/** Checks every document that the reference loads; `root` holds `load.json`. */
export async function judgeDocuments(root: string): Promise<DocumentsVerdict> {
  await using sluice = await openSluice({ memory: true, audit: false, conf: join(root, "none") });
  const load: LoadTable = JSON.parse(await readFile(join(root, "load.json"), "utf8"));
  const justified = new Map<string, number>();
  const unjustified: string[] = [];
  let [documents, clean] = [0, 0];
  for (const [file, { docs = [] }] of Object.entries(load)) {
    if (!docs.some(({ loads }) => loads)) continue;
    documents++;
    const text = wholeOf(await readFile(join(root, file), "utf8"), docs);
    const { diagnostics } = await sluice.loadText(text, file);
    const complaints = diagnostics.filter(({ severity }) => severity !== "info");
    if (complaints.length === 0) clean++;
    for (const complaint of complaints) {
      const reason = reasonFor(complaint);
      if (reason === undefined) unjustified.push(lineOf(complaint));
      else justified.set(keyOf(reason), (justified.get(keyOf(reason)) ?? 0) + 1);
    }
  }
  return { documents, clean, justified, unjustified };
}

interface LoadedDocument {
  readonly name: string;
  readonly loads: boolean;
}

type LoadTable = Readonly<Record<string, { readonly docs?: readonly LoadedDocument[] }>>;

/** A fragment with jobs alone was given the rest of a workflow before the reference was asked. */
function wholeOf(text: string, docs: readonly LoadedDocument[]): string {
  const isFragment = docs.some(({ name }) => name === "(wrapped fragment)");
  const isNameless = /^jobs:/m.test(text) && !/^name:/m.test(text);
  return isFragment && isNameless ? `${text}\nname: fragment\n` : text;
}

function reasonFor({ code, message }: Diagnostic): Reason | undefined {
  return REASONS.find((reason) => reason.code === code && (reason.says?.test(message) ?? true));
}

function keyOf({ code, why }: Reason): string {
  return `${code}: ${why}`;
}

function lineOf({ code, severity, message, place: { file, span: { start } } }: Diagnostic): string {
  return `${file}:${start.line} ${severity}[${code}] ${message}`;
}
