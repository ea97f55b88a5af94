/**
 * Where secrets come from, as the section `secrets` of the settings file says:
 *
 * ```yaml
 * secrets:
 *   - {type: env, prefix: MY_}
 *   - {type: file, path: /run/secrets}
 *   - {type: dotenv, path: .env}
 *   - {type: command, command: [pass, show, "etl/{name}"], names: [DB_PASSWORD]}
 * ```
 *
 * @module
 */
import { z } from "zod";
import type { Value } from "../core/expr/value.ts";
import type { Report } from "../core/model/finding.ts";
import { readWith } from "../core/model/issues.ts";
import type { Host } from "../core/plugin/ports.ts";
import { SECRET_NAME, type SecretProvider } from "../core/plugin/secrets.ts";
import { commandSecrets } from "./secrets/command.ts";
import { environmentSecrets } from "./secrets/environment.ts";
import { dotenvSecrets, fileSecrets } from "./secrets/files.ts";

/** The most providers that the settings may name. */
export const MAX_SECRET_PROVIDERS = 20;

/** What the providers of the settings are made with. */
export interface SecretProvidersOptions {
  /** The machine. */
  readonly host: Pick<Host, "spawn" | "env">;
  /** Takes each thing that is wrong, by its path in the section. */
  readonly report: Report;
}

/**
 * The providers that are written, in the order in which they are asked;
 * without a section, the environment's variables that begin with
 * `SLUICE_SECRET_`. None where something is wrong.
 */
export function secretProviders(
  written: Value | undefined,
  { host, report }: SecretProvidersOptions,
): readonly SecretProvider[] {
  if (written === undefined) return [environmentSecrets(host)];
  const options = { path: [], subject: "secrets", report };
  const read = readWith(providersSchema(), written, options) ?? [];
  return read.map((provider) => providerOf(provider, host));
}

type WrittenProvider = z.infer<ReturnType<typeof providerSchema>>;

function providerOf(
  written: WrittenProvider,
  host: SecretProvidersOptions["host"],
): SecretProvider {
  switch (written.type) {
    case "env": {
      const { names, prefix } = written;
      if (names !== undefined) return environmentSecrets(host, { names });
      return prefix === undefined ? environmentSecrets(host) : environmentSecrets(host, { prefix });
    }
    case "file":
      return fileSecrets({ path: written.path, checkMode: written.check_mode });
    case "dotenv":
      return dotenvSecrets({ path: written.path, checkMode: written.check_mode });
    case "command":
      return commandSecrets(host, written);
    default:
      return written satisfies never;
  }
}

function providersSchema() {
  return z.array(providerSchema()).max(MAX_SECRET_PROVIDERS);
}

function providerSchema() {
  const path = z.string().min(1);
  const check_mode = z.boolean().optional();
  const name = z.string().regex(SECRET_NAME, {
    error: "The name of a secret has letters, digits and underscores, and begins with no digit",
  });
  return z.discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("env"),
      prefix: z.string().min(1).optional(),
      names: z.array(name).optional(),
    }).refine(({ prefix, names }) => prefix === undefined || names === undefined, {
      error: 'Secrets of the environment have "names" or a "prefix", not both',
    }),
    z.strictObject({ type: z.literal("file"), path, check_mode }),
    z.strictObject({ type: z.literal("dotenv"), path, check_mode }),
    z.strictObject({
      type: z.literal("command"),
      command: z.array(z.string()).min(1),
      names: z.array(name),
    }),
  ], { error: 'The "type" of a provider is "env", "file", "dotenv" or "command"' });
}
