/**
 * Secrets in files: one for each, or many in one.
 *
 * @module
 */
import { SECRET_NAME, type SecretProvider } from "../../core/plugin/secrets.ts";
import { parseDotenv } from "./dotenv.ts";
import { type PrivateFileOptions, readPrivateText } from "./private_file.ts";

/** Where files with secrets are. */
export interface FileSecretsOptions extends PrivateFileOptions {
  /** The folder, or the file. */
  readonly path: string;
}

/** Reads each secret from the file of its name in a folder, without the newline at its end. */
export function fileSecrets({ path, ...options }: FileSecretsOptions): SecretProvider {
  return {
    name: `file ${path}`,
    read: async (name) => {
      if (!SECRET_NAME.test(name)) return undefined;
      const text = await readPrivateText(`${path}/${name}`, options);
      return text?.replace(/\r?\n$/, "");
    },
  };
}

/**
 * Reads secrets from one file of lines `NAME=value`, each time anew: it is
 * short, and whoever rotates what stands in it restarts no daemon.
 */
export function dotenvSecrets({ path, ...options }: FileSecretsOptions): SecretProvider {
  return {
    name: `dotenv ${path}`,
    read: async (name) => {
      const text = await readPrivateText(path, options);
      return text === undefined ? undefined : parseDotenv(text, path).get(name);
    },
  };
}
