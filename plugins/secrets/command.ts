/**
 * Secrets that a program prints, such as the command of a password manager.
 *
 * @module
 */
import type { Host } from "../../core/plugin/ports.ts";
import type { SecretProvider } from "../../core/plugin/secrets.ts";

/** Milliseconds that the program may take. */
export const SECRET_COMMAND_TIMEOUT_MS = 30_000;

/** What stands for the secret's name in an argument. */
export const NAME_PLACEHOLDER = "{name}";

/** Which program, for which secrets. */
export interface CommandSecretsOptions {
  /** The program and its arguments, in which `{name}` stands for the secret's name. Without a shell. */
  readonly command: readonly string[];
  /** The secrets that it has; it is not asked for others. */
  readonly names: readonly string[];
}

/** Reads a secret from what a program prints on standard output, without the newline at its end. */
export function commandSecrets(
  host: Pick<Host, "spawn" | "env">,
  { command: [program = "", ...args], names }: CommandSecretsOptions,
): SecretProvider {
  return {
    name: `command ${program}`,
    read: async (name) => {
      if (!names.includes(name)) return undefined;
      const result = await host.spawn(program, {
        args: args.map((argument) => argument.replaceAll(NAME_PLACEHOLDER, name)),
        env: host.env(),
        signal: AbortSignal.timeout(SECRET_COMMAND_TIMEOUT_MS),
      });
      // Not what it printed: that may be a secret, or a part of one.
      if (result.exitCode !== 0) throw new Error(`"${program}" ${endOf(result)}`);
      if (result.truncated) throw new Error(`"${program}" printed too much for a secret`);
      return result.stdout.replace(/\r?\n$/, "");
    },
  };
}

function endOf(
  { exitCode, signal }: { readonly exitCode: number | null; readonly signal: string | null },
): string {
  return signal === null ? `failed with exit code ${exitCode}` : `was ended by ${signal}`;
}
