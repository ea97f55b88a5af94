/**
 * Secrets in the environment of the engine.
 *
 * @module
 */
import type { Host } from "../../core/plugin/ports.ts";
import { SECRET_PREFIX, type SecretProvider } from "../../core/plugin/secrets.ts";

/** Which variables are secrets. */
export type EnvironmentSecretsOptions =
  /** Those whose name is this and the secret's name. */
  | { readonly prefix: string }
  /** These. */
  | { readonly names: readonly string[] };

/** Reads secrets from variables. Stages do not see these unless a workflow hands them on. */
export function environmentSecrets(
  host: Pick<Host, "env">,
  options: EnvironmentSecretsOptions = { prefix: SECRET_PREFIX },
): SecretProvider {
  const variableOf = (name: string): string | undefined => {
    if ("prefix" in options) return options.prefix + name;
    return options.names.includes(name) ? name : undefined;
  };
  return {
    // With the prefix, whoever lacks a secret knows which variable to set.
    name: "prefix" in options ? `env ${options.prefix}*` : "env",
    read: (name) => {
      const [variable, env] = [variableOf(name), host.env()];
      const isSet = variable !== undefined && Object.hasOwn(env, variable);
      return Promise.resolve(isSet ? env[variable] : undefined);
    },
  };
}
