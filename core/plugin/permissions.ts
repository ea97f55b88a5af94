/**
 * What a plugin may reach of the machine beyond computing.
 *
 * @module
 */

/**
 * Names in the spelling of Deno's own flags. An absent or empty list grants
 * nothing; there is no way to write "everything". `run`, `ffi` and `sys` are
 * not here because each of them is the whole machine.
 */
export interface Permissions {
  /** Hosts, with or without a port: `"api.example.com:443"`, `"[::1]:8080"`. */
  readonly net?: readonly string[];
  /** Files and folders that may be read, with all below them. */
  readonly read?: readonly string[];
  /** Files and folders that may be written, with all below them. */
  readonly write?: readonly string[];
  /** Names of environment variables. */
  readonly env?: readonly string[];
}
