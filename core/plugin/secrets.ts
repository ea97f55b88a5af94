/**
 * Where secrets come from.
 *
 * @module
 */

/** The longest secret, in UTF-16 code units: 64 KiB. */
export const MAX_SECRET_CHARS: number = 64 * 1024;

/** What a variable of the engine's environment begins with that is a secret, where the settings say nothing else. */
export const SECRET_PREFIX = "SLUICE_SECRET_";

/** How a secret may be called: as an environment variable. */
export const SECRET_NAME: RegExp = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Keeps secrets. Each is read once for a run, before it begins, by the name
 * that a workflow writes: `${{ secrets.NAME }}`.
 *
 * @example
 * ```ts
 * import { openSluice } from "@sluice/sluice";
 * import type { SecretProvider } from "./secrets.ts";
 *
 * const vault: SecretProvider = {
 *   name: "vault",
 *   read: (name) => Promise.resolve(name === "TOKEN" ? "s3cr3t" : undefined),
 * };
 * await using sluice = await openSluice({
 *   ...{ memory: true, audit: false },
 *   plugins: [{ name: "vault", secrets: [vault] }],
 * });
 * ```
 */
export interface SecretProvider {
  /** For messages: `env`, `file /run/secrets`. */
  readonly name: string;
  /** The secret of this name, or `undefined` where it has none. Throws for one that it has and cannot give. */
  read(name: string): Promise<string | undefined>;
}
