/**
 * Files that nobody else may read.
 *
 * @module
 */
import { open } from "node:fs/promises";

/** How such a file is read. */
export interface PrivateFileOptions {
  /** Whether a file that others may read is refused. @default true */
  readonly checkMode?: boolean | undefined;
}

/** Bytes of the longest file of secrets: 1 MiB. */
export const MAX_SECRET_FILE_BYTES: number = 1024 * 1024;

/**
 * The text of a file; `undefined` where there is none.
 *
 * @throws {Error} for a file that others may read, that is no file, or too long.
 */
export async function readPrivateText(
  path: string,
  { checkMode = true }: PrivateFileOptions = {},
): Promise<string | undefined> {
  const handle = await opened(path);
  if (handle === undefined) return undefined;
  try {
    // Of the file that is open, since the name may stand for another one a moment later.
    const { mode, size } = await handle.stat();
    if ((mode & TYPE_BITS) !== REGULAR_FILE) throw new Error(`"${path}" is no file`);
    if (checkMode && (mode & OTHERS) !== 0) throw tooOpen(path, mode);
    if (size > MAX_SECRET_FILE_BYTES) {
      throw new Error(`"${path}" has more than ${MAX_SECRET_FILE_BYTES} bytes`);
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

const TYPE_BITS = 0o170000;
const REGULAR_FILE = 0o100000;
const PERMISSION_BITS = 0o777;
/** Whatever the group and everybody else may do. */
const OTHERS = 0o077;

async function opened(path: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return undefined;
    throw new Error(`"${path}" cannot be opened (${code})`, { cause: error });
  }
}

function tooOpen(path: string, mode: number): Error {
  const written = (mode & PERMISSION_BITS).toString(8).padStart(4, "0");
  return new Error(
    `"${path}" has mode ${written}, so others may read it; run "chmod 600 ${path}", ` +
      'or write "check_mode: false" where that is meant',
  );
}
