/**
 * This process as a command: what it was given and how it ends.
 *
 * @module
 */
import type { Need } from "../core/model/need.ts";
import { HostError } from "../core/plugin/ports.ts";
import { system } from "./current_system.ts";
import { joined } from "./output.ts";
import type { Terminal } from "./system.ts";

/** Bytes of standard input that are read at most: 64 MiB. */
export const MAX_STDIN_BYTES: number = 64 * 1024 * 1024;

/** The arguments behind the program's name. */
export function args(): readonly string[] {
  return system.args;
}

/** Ends this process. */
export function exit(code: number): never {
  return system.exit(code);
}

/** Where people look. */
export function terminal(): Terminal {
  return system.terminal();
}

/** Calls `handler` at each such signal, instead of what would happen, until disposed. */
export function onSignal(name: "SIGINT" | "SIGTERM" | "SIGHUP", handler: () => void): Disposable {
  const stop = system.onSignal(name, handler);
  return { [Symbol.dispose]: stop };
}

/**
 * All of standard input as text.
 *
 * @throws {HostError} `EFBIG` beyond {@linkcode MAX_STDIN_BYTES}.
 */
export async function readStdin(): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of system.stdin()) {
    size += chunk.length;
    if (size > MAX_STDIN_BYTES) throw tooMuch();
    chunks.push(chunk);
  }
  return new TextDecoder().decode(joined(chunks, size));
}

function tooMuch(): HostError {
  return new HostError("EFBIG", `Standard input has more than ${MAX_STDIN_BYTES} bytes`);
}

/** Which runtime this is, with its version: `Deno/2.9.6`. */
export function runtimeName(): string {
  return navigator.userAgent;
}

/** Whether this process is allowed something; without a name, all of its kind. */
export function isGranted(need: Pick<Need, "permission" | "name">): boolean {
  return system.isGranted(need);
}

/** Who runs this process, and where. */
export interface RunBy {
  /** The user's name, or their number where it has none. */
  readonly user?: string;
  /** The machine's name. */
  readonly host?: string;
}

/**
 * Who runs this process and where: the system says so, and the environment,
 * which anybody may set, only where the system may not be asked.
 */
export function account(): RunBy {
  const { USER, LOGNAME, USERNAME, HOSTNAME } = system.env();
  const { uid, host = HOSTNAME } = system.account();
  const user = uid === undefined ? USER || LOGNAME || USERNAME : nameOf(uid);
  return { ...(user ? { user } : {}), ...(host ? { host } : {}) };
}

/** Who asks for something by hand. */
export function userName(): string {
  return account().user ?? "user";
}

const USERS = "/etc/passwd";

function nameOf(uid: number): string {
  const lines = usersText().split("\n").map((line) => line.split(":"));
  return lines.find(([, , number]) => number === String(uid))?.[0] ?? String(uid);
}

/** Empty where users are kept elsewhere, or nobody may look: a number says who it was, too. */
function usersText(): string {
  if (!system.isGranted({ permission: "read", name: USERS })) return "";
  try {
    return system.readTextNow(USERS);
  } catch {
    return "";
  }
}
