/**
 * The shells that can be taught to complete.
 *
 * @module
 */

/** The shells that can be taught to complete. */
export const SHELLS: readonly string[] = ["bash", "zsh", "fish", "powershell"];
