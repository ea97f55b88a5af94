/**
 * Errors of the two runtimes as the one that plugins know.
 *
 * @module
 */
import { HostError } from "../core/plugin/ports.ts";
import { messageOf } from "../core/source/message_of.ts";

/** What people read for the codes that they meet. */
const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  EEXIST: "it exists already",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the disk is read-only",
  EIO: "the disk reports an error",
  EMFILE: "too many files are open",
  ELOOP: "its links lead in a circle",
  E2BIG: "its arguments and environment are too long for the system",
  ENAMETOOLONG: "its name is too long for the system",
};

/** What Deno reports without a code. */
const CODES_BY_NAME: Readonly<Record<string, string>> = {
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  NotCapable: "EACCES",
  AlreadyExists: "EEXIST",
  IsADirectory: "EISDIR",
  NotADirectory: "ENOTDIR",
};

/** The error as a {@linkcode HostError}: "Cannot read "x": there is no such file or folder". */
export function hostErrorOf(what: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const code = codeOf(error);
  const reason = isGrant(error) ? `Deno was not granted it: ${messageOf(error)}` : SENTENCES[code];
  return new HostError(code, `Cannot ${what}: ${reason ?? messageOf(error)}`, { cause: error });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "EUNKNOWN";
  if ("code" in error && typeof error.code === "string") return error.code;
  // The number is the system's where Deno knows no class for it.
  return CODES_BY_NAME[error.name] ?? CODES_BY_NUMBER[numberIn(error.message)] ?? "EUNKNOWN";
}

const CODES_BY_NUMBER: Readonly<Record<string, string>> = {
  "5": "EIO",
  "7": "E2BIG",
  "24": "EMFILE",
  "28": "ENOSPC",
  "30": "EROFS",
  "36": "ENAMETOOLONG",
  "40": "ELOOP",
};

function numberIn(message: string): string {
  return /\(os error (\d+)\)/.exec(message)?.[1] ?? "";
}

function isGrant(error: unknown): boolean {
  return error instanceof Error && error.name === "NotCapable";
}
