/**
 * The table of processes as a program reads it that may.
 *
 * @module
 */
import { HostError } from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { joined } from "./output.ts";

/** A process as it is written in `/proc`. */
export interface ProcessRow {
  /** Its id. */
  readonly pid: number;
  /** Its line there. */
  readonly stat: string;
  /** What it was started with, whatever it did to its environment since. */
  readonly mark: string | undefined;
}

/** Milliseconds that the program has: it starts nothing and reads what is in memory. */
export const MAX_LOOK_MS = 10_000;

/** Bytes that it may print: about so much as 100,000 processes have. */
export const MAX_TABLE_BYTES: number = 64 * 1024 * 1024;

/** What it prints where there is no `/proc`, and behind the last process. */
const ABSENT = "absent";
const END = "end";

// A process that prints a line cannot forge another's: fields end by NUL, which none can hold.
// Builtins alone, since a machine may have hundreds of processes.
const BY_BASH = `
for folder in /proc/[0-9]*; do
  stat=() env=() mark=
  { mapfile -d '' stat <"$folder/stat" && mapfile -d '' env <"$folder/environ"; } 2>/dev/null
  for entry in "\${env[@]}"; do
    case $entry in "$1="*) mark=$entry; break;; esac
  done
  printf '%s\\0%s\\0%s\\0' "\${folder#/proc/}" "\${stat[*]}" "$mark"
done
printf '${END}\\0'`;

/** Bash where it is; else what every system has. */
const BY_SH = `
[ -r /proc/self/stat ] || { printf '${ABSENT}\\0'; exit; }
command -v bash >/dev/null 2>&1 && exec bash -c "$2" bash "$1"
for folder in /proc/[0-9]*; do
  stat=$(cat "$folder/stat" 2>/dev/null)
  mark=$({ tr '\\0' '\\n' <"$folder/environ" | grep "^$1="; } 2>/dev/null)
  printf '%s\\0%s\\0%s\\0' "\${folder#/proc/}" "$stat" "$mark"
done
printf '${END}\\0'`;

/** All processes, with the value of `variable` in their environment. */
export async function processesByProgram(variable: string): Promise<readonly ProcessRow[]> {
  const program = ["sh", "bash"].find((name) => system.isGranted({ permission: "run", name }));
  if (program === undefined) {
    throw new HostError(
      "EACCES",
      'Cannot look at processes: Deno was not granted "--allow-run=sh"',
    );
  }
  const fields = (await printed(program, ["-c", BY_SH, program, variable, BY_BASH])).split("\0");
  if (fields[0] === ABSENT) {
    throw new HostError("ENOSYS", "Cannot look at processes: this system has no /proc");
  }
  const rows = rowsOf(fields, variable);
  // A shell too old for this prints empty fields; and what is cut short tells of some only.
  if (fields.at(-2) !== END || !rows.some(({ pid }) => pid === system.pid)) {
    throw new HostError(
      "EACCES",
      `Cannot look at processes: "${program}" did not read all of /proc`,
    );
  }
  return rows;
}

function rowsOf(fields: readonly string[], variable: string): readonly ProcessRow[] {
  const rows: ProcessRow[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [pid, stat = "", entry = ""] = fields.slice(at, at + 3);
    if (stat === "") continue; // It was gone before it could be looked at.
    const isMarked = entry.startsWith(`${variable}=`);
    rows.push({
      ...{ pid: Number(pid), stat },
      mark: isMarked ? entry.slice(variable.length + 1) : undefined,
    });
  }
  return rows;
}

async function printed(program: string, args: readonly string[]): Promise<string> {
  const child = await system.start(program, {
    ...{ args, cwd: undefined, stdin: undefined },
    env: { PATH: system.env()["PATH"] ?? "", LC_ALL: "C" },
  });
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  const timer = setTimeout(() => killed(child.pid), MAX_LOOK_MS);
  try {
    const read = child.read("stdout", (chunk) => {
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_TABLE_BYTES) killed(child.pid);
      else chunks.push(chunk.slice());
    });
    await Promise.all([read, child.read("stderr", () => {}), child.exited]);
  } finally {
    clearTimeout(timer);
  }
  return new TextDecoder().decode(
    joined(chunks, chunks.reduce((sum, { length }) => sum + length, 0)),
  );
}

function killed(group: number): void {
  try {
    system.kill(-group, "SIGKILL");
  } catch {
    // It is gone, which is what was wanted.
  }
}
